//! `tessera db`: the store as a whole.

use clap::Subcommand;
use serde_json::json;

use crate::{
    app::App,
    jobs::sweep,
    model::timestamp::Timestamp,
    store::{Migrations, Overdue, Store},
};

use super::{
    console::Console,
    figures::{counted, grouped, size},
    problem::{Exit, Outcome, Problem},
    sheet::Sheet,
    times::long_span,
};

/// Up to how many overdue rows are counted.
const COUNT_LIMIT: i64 = 10_000;

#[derive(Debug, Subcommand)]
pub(super) enum DbCommand {
    /// Tell the engine, the schema, the size and how far the sweep is
    #[command(before_help = "tessera db status")]
    Status,
    /// Bring the schema up to date
    #[command(before_help = "tessera db migrate\n\
                             TESSERA_STORE__URL=postgres://… tessera db migrate")]
    Migrate,
    /// Delete ended tokens that were kept long enough, now
    #[command(before_help = "tessera db sweep\ntessera db sweep --dry-run")]
    Sweep {
        /// Only say how many rows would go
        #[arg(short = 'n', long)]
        dry_run: bool,
    },
}

/// The commands that work on any schema, and without keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bare {
    Status,
    Migrate,
}

impl DbCommand {
    pub(super) fn needs_a_store(&self) -> bool {
        !matches!(self, Self::Migrate)
    }

    /// Whether it needs nothing but the store itself.
    pub(super) fn bare(&self) -> Option<Bare> {
        match self {
            Self::Status => Some(Bare::Status),
            Self::Migrate => Some(Bare::Migrate),
            Self::Sweep { .. } => None,
        }
    }
}

/// From how many entries on their average size says something.
const ENOUGH_ENTRIES: i64 = 1000;

/// Runs a command that needs nothing but the store. `address` is fit to be shown.
pub(super) async fn run_bare(
    command: Bare,
    store: &Store,
    (address, now): (&str, Timestamp),
    console: &mut Console,
) -> Outcome {
    match command {
        Bare::Status => status(store, (address, now), console).await,
        Bare::Migrate => migrate(store, console).await,
    }
}

/// Runs a command that needs everything open.
pub(super) async fn run(command: &DbCommand, app: &App, console: &mut Console) -> Outcome {
    match (command, command.bare()) {
        (_, Some(bare)) => {
            let address = app.config().store.url.masked();
            run_bare(bare, &app.store, (&address, app.now()), console).await
        }
        (DbCommand::Sweep { dry_run: true }, _) => preview(app, console).await,
        _ => sweep_now(app, console).await,
    }
}

async fn status(
    store: &Store,
    (address, now): (&str, Timestamp),
    console: &mut Console,
) -> Outcome {
    let facts = store.facts().await?;
    let (mut last, mut overdue) = (None, Overdue { rows: 0, oldest: None });
    if facts.schema > 0 {
        let mut store = store.read().await?;
        last = store.lease_finished_at(sweep::LEASE).await?;
        overdue = store.overdue_tokens(now, COUNT_LIMIT).await?;
    }
    // Of a nearly empty database it would tell nothing but how large an empty one is.
    let an_entry = (facts.entries >= ENOUGH_ENTRIES).then(|| facts.bytes / facts.entries);
    let lag = sweep::lag(&overdue, now);
    if console.json() {
        console.object(&json!({
            "engine": facts.engine, "address": address, "schema": facts.schema,
            "newest_known_schema": facts.newest_known, "entries": facts.entries,
            "entries_are_estimated": facts.is_estimate, "bytes": facts.bytes,
            "bytes_per_entry": an_entry, "last_sweep_at": last.map(Timestamp::rfc3339),
            "overdue_rows": overdue.rows, "sweep_lag_seconds": lag.as_secs(),
        }));
        return Ok(Exit::Yes);
    }
    let mut sheet = Sheet::default();
    sheet.detailed("Store", format!("{},", facts.engine), address);
    let (schema, newest) = (facts.schema, facts.newest_known);
    let schema = if schema == 0 { "none yet".to_owned() } else { schema.to_string() };
    sheet.detailed("Schema", format!("{schema},"), format!("newest known {newest}"));
    let about = if facts.is_estimate { "about " } else { "" };
    sheet.fact("Entries", format!("{about}{}", grouped(facts.entries)));
    let an_entry = an_entry.map(|bytes| format!(", {} bytes an entry", grouped(bytes)));
    sheet.fact("Size", format!("{}{}", size(facts.bytes), an_entry.unwrap_or_default()));
    let last = last
        .map_or("never done".to_owned(), |at| format!("last {}", console.times(now).relative(at)));
    sheet.detailed("Sweep", format!("{last},"), overdue_words(&overdue, now));
    console.sheet(&sheet);
    Ok(Exit::Yes)
}

async fn migrate(store: &Store, console: &mut Console) -> Outcome {
    let before = store.facts().await?.schema;
    store.migrate(Migrations::Auto).await?;
    let after = store.facts().await?.schema;
    if console.json() {
        console.object(&json!({"from": before, "to": after}));
    } else if before == after {
        console.done(&format!("The schema is up to date: {after}"));
    } else {
        console.done(&format!("Brought the schema from {before} to {after}"));
    }
    Ok(Exit::Yes)
}

async fn preview(app: &App, console: &mut Console) -> Outcome {
    let (now, overdue) = (app.now(), sweep::preview(app).await?);
    if console.json() {
        let lag = sweep::lag(&overdue, now).as_secs();
        console.object(&json!({"overdue_rows": overdue.rows, "sweep_lag_seconds": lag}));
    } else {
        console.answer(&overdue_words(&overdue, now));
    }
    Ok(Exit::Yes)
}

async fn sweep_now(app: &App, console: &mut Console) -> Outcome {
    let Some(rows) = sweep::sweep(app).await? else {
        return Err(Problem::new(Exit::No, "another server is sweeping right now"));
    };
    if console.json() {
        console.object(&json!({"deleted_rows": rows}));
    } else {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        console.done(&format!("Swept {}", counted(rows, "row")));
    }
    Ok(Exit::Yes)
}

/// How many rows may go, and how long the oldest of them has waited.
fn overdue_words(overdue: &Overdue, now: Timestamp) -> String {
    let least = if overdue.rows >= COUNT_LIMIT { "at least " } else { "" };
    let lag = sweep::lag(overdue, now);
    let since = if overdue.rows == 0 { String::new() } else { format!(", for {}", long_span(lag)) };
    format!("{least}{} overdue{since}", counted(overdue.rows, "row"))
}

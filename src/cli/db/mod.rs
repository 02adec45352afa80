//! `tessera db`: the store as a whole.

mod backup;
mod copy;
mod obstacle;
mod restore;

use clap::Subcommand;
use serde_json::json;

use crate::{
    acts::{Operator, moving::Mover},
    app::{App, KeyFile},
    config::{Config, Loaded, MasterSource},
    jobs::sweep,
    model::timestamp::Timestamp,
    store::{self, Migrations, Overdue, Store},
};

use self::{backup::BackupArguments, copy::CopyArguments, restore::RestoreArguments};
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
    /// Write a backup: one file of one moment, while servers run
    #[command(before_help = "tessera db backup /backup/tessera-$(date +%F).db\n\
                             tessera db backup nightly.db --force --quiet")]
    #[command(after_help = BACKUP_HELP)]
    Backup(BackupArguments),
    /// Restore a backup, with every token in it dead
    #[command(before_help = "tessera db restore /backup/tessera-2026-11-22.db\n\
                             tessera db restore nightly.db --replace\n\
                             tessera db restore --in-place")]
    #[command(after_help = RESTORE_HELP)]
    Restore(RestoreArguments),
    /// Copy the store to another place or engine, with every token alive
    #[command(before_help = "tessera db copy postgres://tessera@db-1/tessera\n\
                             tessera db copy sqlite:/var/lib/tessera/tessera.db\n\
                             pass show tessera-db | tessera db copy -")]
    #[command(after_help = COPY_HELP)]
    Copy(CopyArguments),
    /// Delete ended tokens that were kept long enough, now
    #[command(before_help = "tessera db sweep\ntessera db sweep --dry-run")]
    Sweep {
        /// Only say how many rows would go
        #[arg(short = 'n', long)]
        dry_run: bool,
    },
}

/// The commands that work on any schema, and without keys.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bare<'c> {
    Status,
    Migrate,
    Backup(&'c BackupArguments),
}

/// The commands that find their stores themselves, and want to be alone with them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Move<'c> {
    Restore(&'c RestoreArguments),
    Copy(&'c CopyArguments),
}

/// A store, and who does something with it.
pub(super) struct Here<'h> {
    pub(super) store: &'h Store,
    /// Where it is, fit to be shown.
    pub(super) address: &'h str,
    /// The settings that name it and its master key.
    pub(super) config: &'h Config,
    pub(super) mover: Mover<'h>,
}

const BACKUP_HELP: &str =
    "The file is an SQLite file of its own layout, whichever engine the store is on,
and restores into either. It is checked, and yours alone to read. The master key
is not in it. On PostgreSQL, pg_dump and point-in-time recovery do what this
cannot: restore to the second before a mistake, keep a standby, back up a large
database in part. Use them there, and after restoring run db restore --in-place.";

const RESTORE_HELP: &str =
    "No server may have the store open. Nothing is changed before the backup was
looked through and the master key fits; then all is done, or nothing. What was
revoked after the backup stays dead, because everything else dies with it.";

const COPY_HELP: &str =
    "No server may have either store open, and the target must be empty or absent.
Rows are compared after they arrived; then all is done, or nothing. Ids, keys
and sealed data stay as they are, so the target needs the same master key.";

impl DbCommand {
    pub(super) fn needs_a_store(&self) -> bool {
        match self {
            Self::Migrate => false,
            Self::Restore(arguments) => arguments.in_place,
            _ => true,
        }
    }

    /// Whether it needs nothing but the store itself.
    pub(super) fn bare(&self) -> Option<Bare<'_>> {
        match self {
            Self::Status => Some(Bare::Status),
            Self::Migrate => Some(Bare::Migrate),
            Self::Backup(arguments) => Some(Bare::Backup(arguments)),
            Self::Restore(_) | Self::Copy(_) | Self::Sweep { .. } => None,
        }
    }

    /// Whether it finds its stores itself.
    pub(super) fn moves(&self) -> Option<Move<'_>> {
        match self {
            Self::Restore(arguments) if !arguments.in_place => Some(Move::Restore(arguments)),
            Self::Copy(arguments) => Some(Move::Copy(arguments)),
            _ => None,
        }
    }
}

/// From how many entries on their average size says something.
const ENOUGH_ENTRIES: i64 = 1000;

/// Runs a command that needs nothing but the store.
pub(super) async fn run_bare(command: Bare<'_>, here: &Here<'_>, console: &mut Console) -> Outcome {
    match command {
        Bare::Status => status(here.store, (here.address, here.mover.now), console).await,
        Bare::Migrate => migrate(here.store, console).await,
        Bare::Backup(arguments) => backup::run(arguments, here, console).await,
    }
}

/// Runs a command that finds its stores itself.
pub(super) async fn run_move(
    command: Move<'_>,
    loaded: &Loaded,
    mover: Mover<'_>,
    console: &mut Console,
) -> Outcome {
    match command {
        Move::Restore(arguments) => restore::run(arguments, loaded, mover, console).await,
        Move::Copy(arguments) => copy::run(arguments, loaded, mover, console).await,
    }
}

/// Runs a command that needs everything open.
pub(super) async fn run(
    command: &DbCommand,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    if let Some(bare) = command.bare() {
        let config = app.config();
        let address = config.store.url.masked();
        let mover = Mover { operator, now: app.now(), random: &app.random };
        let here = Here { store: &app.store, address: &address, config: &config, mover };
        return run_bare(bare, &here, console).await;
    }
    match command {
        DbCommand::Sweep { dry_run: true } => preview(app, console).await,
        DbCommand::Sweep { dry_run: false } => sweep_now(app, console).await,
        DbCommand::Restore(arguments) => restore::in_place(arguments, app, operator, console).await,
        _ => Err(Problem::new(Exit::No, "a running server has the store open")
            .next("stop the server, then try again")),
    }
}

/// Where the master key in force is.
async fn key_words(here: &Here<'_>) -> String {
    if let Some(file) = KeyFile::of(here.config) {
        let in_force = master_check(here.store).await.ok().flatten();
        let path = in_force.map_or_else(|| file.path().to_owned(), |check| file.holder(&check));
        return format!("it is in {}", path.display());
    }
    match &here.config.keys.master {
        MasterSource::Value(_) => "it is the value of keys.master".to_owned(),
        MasterSource::File(path) => format!("it is in {}", path.display()),
        MasterSource::BesideStore => "keys.master sets it".to_owned(),
    }
}

async fn master_check(store: &Store) -> Result<Option<Vec<u8>>, store::Error> {
    store.read().await?.master_check().await
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

//! `tessera db copy`: the store in another place, with every token alive.

use std::time::Instant;

use serde_json::json;
use uuid::Uuid;

use crate::{
    acts::moving::Mover,
    app::{OpenError, open_options},
    cli::{
        console::Console,
        figures::{grouped, size},
        open::{Reached, reach},
        problem::{Exit, Outcome, Problem},
        progress::Bar,
        source::Source,
        table::{Cell, Table, column},
    },
    config::{Config, Loaded, StoreUrl, parse_store_url},
    store::{
        self, OpenOptions,
        moving::{Copied, Copy, Obstacle},
    },
};

const TARGET_HELP: &str = "sqlite:PATH or postgres://USER@HOST/DATABASE without a password; - to read \
                           the URL from standard input, file:PATH from a file";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CopyArguments {
    #[arg(value_name = "TARGET", help = TARGET_HELP)]
    target: String,
    /// Copy beside running servers, to rehearse: the copy's tokens are dead
    #[arg(long)]
    while_running: bool,
}

/// Copies the store that the settings name.
pub(in crate::cli) async fn run(
    arguments: &CopyArguments,
    loaded: &Loaded,
    mover: Mover<'_>,
    console: &mut Console,
) -> Outcome {
    let began = Instant::now();
    let target = target(&arguments.target, console).await?;
    let address = target.masked();
    let from = loaded.config.store.url.masked();
    refuse_itself(&loaded.config.store.url, &target)?;
    let copy = prepare(arguments, loaded, target).await?;
    let event = mover.event("store.copied", &address, Some(format!("from {from}")));
    let copied = {
        let bar = Bar::on(console);
        copy.run(&event, &|progress| bar.show(progress)).await?
    };
    tell(&copied, (&address, began.elapsed().as_secs_f64()), console);
    if !console.json() {
        let key = if arguments.while_running {
            "It was made beside running servers: its tokens are dead, try all else."
        } else {
            "Every token is as it was. Start no server on the old store any more."
        };
        console.warn(key);
        console.warn("The new store opens with the same master key: set keys.master.");
    }
    Ok(Exit::Yes)
}

/// Finds both stores.
async fn prepare(
    arguments: &CopyArguments,
    loaded: &Loaded,
    target: StoreUrl,
) -> Result<Copy, Problem> {
    let while_running = arguments.while_running;
    let open = async |config: Config| {
        let source = open_options(&config, Uuid::nil());
        let mut aim = config;
        aim.store.url = target.clone();
        let aim: OpenOptions = open_options(&aim, Uuid::nil());
        match Copy::prepare(&source, &aim, while_running).await {
            Err(Obstacle::Store(error @ store::Error::Owned(_))) if is_of(&error, &source) => {
                Err(OpenError::Store(error))
            }
            other => Ok(other),
        }
    };
    match reach(loaded, open).await? {
        Reached::Open(prepared) => Ok(prepared.map_err(in_use)?),
        Reached::Server(_) => Err(in_use(Obstacle::InUse("1 running server".to_owned()))),
    }
}

/// Whether it is about the source, not the target.
fn is_of(error: &store::Error, source: &OpenOptions) -> bool {
    matches!(error, store::Error::Owned(path) if Some(path) == source.address.sqlite_path())
}

fn in_use(obstacle: Obstacle) -> Problem {
    match obstacle {
        Obstacle::InUse(who) => Problem::new(Exit::No, format!("{who} may still write to a store"))
            .said("what is written to the old store meanwhile would be lost")
            .next("stop every server on both stores; or rehearse with --while-running"),
        other => other.into(),
    }
}

/// Reads where to copy to.
async fn target(argument: &str, console: &mut Console) -> Result<StoreUrl, Problem> {
    let source = match argument.split_once(':') {
        _ if argument == "-" => Some(Source::StandardInput),
        Some(("file", path)) => Some(Source::File(path.into())),
        _ => None,
    };
    let text = match &source {
        Some(source) => console.read(source).await?.expose().trim().to_owned(),
        None => argument.to_owned(),
    };
    let url = parse_store_url(&text).map_err(|(problem, remedy)| {
        Problem::new(Exit::Wrong, format!("the target {problem}")).next(remedy)
    })?;
    if source.is_none() && url.has_password() {
        return Err(Problem::new(Exit::Wrong, "there is a password in the target's URL")
            .said("other users of this machine see arguments, and your shell keeps them")
            .next("leave it out and use PGPASSFILE, or give the URL as - or file:PATH"));
    }
    Ok(url)
}

/// Refuses to copy a file onto itself.
fn refuse_itself(source: &StoreUrl, target: &StoreUrl) -> Result<(), Problem> {
    let (StoreUrl::Sqlite(one), StoreUrl::Sqlite(other)) = (source, target) else { return Ok(()) };
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) if one == other => {
            Err(Problem::new(Exit::Wrong, "that is the store itself")
                .tried(target.masked())
                .next("name another file"))
        }
        _ => Ok(()),
    }
}

fn tell(copied: &Copied, (address, seconds): (&str, f64), console: &mut Console) {
    let rows: u64 = copied.tables.iter().map(|(_, rows)| rows).sum();
    let entries = copied.tables.iter().find(|(name, _)| *name == "tokens");
    let entries = entries.map_or(0, |(_, rows)| *rows);
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = rows as f64 / seconds.max(0.001);
    if console.json() {
        let tables: serde_json::Map<_, _> =
            copied.tables.iter().map(|(name, rows)| ((*name).to_owned(), json!(rows))).collect();
        console.object(&json!({
            "target": address, "rows": rows, "entries": entries, "bytes": copied.bytes,
            "seconds": seconds, "rows_per_second": rate.round(), "tables": tables,
        }));
        return;
    }
    let number = |number: u64| grouped(i64::try_from(number).unwrap_or(i64::MAX));
    let mut table = Table::new(&[column("TABLE"), column("ROWS")]);
    for (name, rows) in copied.tables.iter().filter(|(_, rows)| *rows > 0) {
        table.row([Cell::from(name), Cell::from(number(*rows))]);
    }
    console.table(&table);
    #[expect(clippy::cast_possible_truncation, reason = "a figure for people")]
    let rate = grouped(rate.round() as i64);
    console.done(&format!(
        "Copied {} rows to {address}, compared row by row: {}, {seconds:.1} s, {rate} rows/s",
        number(rows),
        size(copied.bytes)
    ));
}

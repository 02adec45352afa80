//! `tessera db backup`: one file of one moment, while the store is used.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use serde_json::json;

use crate::{
    acts::moving,
    cli::{
        console::Console,
        figures::{counted_entries, size},
        problem::{Exit, Outcome, Problem},
        progress::Bar,
    },
    store::moving::BackupOptions,
};

use super::{Here, key_words};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct BackupArguments {
    /// The file to write
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace a backup that is there
    #[arg(long)]
    force: bool,
}

pub(super) async fn run(
    arguments: &BackupArguments,
    here: &Here<'_>,
    console: &mut Console,
) -> Outcome {
    let began = Instant::now();
    let path = from_where_it_was_typed(&arguments.file, console)?;
    let options = BackupOptions {
        path: &path,
        force: arguments.force,
        now: here.mover.now,
        version: env!("CARGO_PKG_VERSION"),
    };
    let made = {
        let bar = Bar::on(console);
        moving::back_up(here.store, here.mover, &options, &|progress| bar.show(progress)).await?
    };
    let bytes = i64::try_from(made.bytes).unwrap_or(i64::MAX);
    let took = began.elapsed().as_secs_f64();
    if console.json() {
        console.object(&json!({
            "file": path.display().to_string(), "entries": made.entries, "bytes": made.bytes,
            "seconds": took,
        }));
        return Ok(Exit::Yes);
    }
    let (entries, size) = (counted_entries(made.entries), size(bytes));
    console.done(&format!("Wrote {}: {entries}, {size}, in {took:.1} s, checked", path.display()));
    console.warn(&format!("The master key is not in it: {}.", key_words(here).await));
    console.say("  Keep it safe elsewhere: without it, nobody can restore this backup.");
    Ok(Exit::Yes)
}

/// The file as the one who typed the command means it: they may be somewhere else than the server
/// that they handed it to.
fn from_where_it_was_typed(file: &Path, console: &Console) -> Result<PathBuf, Problem> {
    match &console.facts().folder {
        _ if file.is_absolute() => Ok(file.to_owned()),
        Some(folder) => Ok(Path::new(folder).join(file)),
        None => Err(Problem::new(Exit::Wrong, "nobody knows which folder this was typed in")
            .next("write the whole path of the file")),
    }
}

//! `tessera db restore`: a backup in the place of a store, with nothing that was revoked since.

use std::{path::PathBuf, time::Instant};

use serde_json::json;
use uuid::Uuid;

use crate::{
    acts::{Operator, moving, moving::Mover},
    app::{App, OpenError, master_check, open_options},
    cli::{
        console::Console,
        figures::{counted_entries, size},
        open::{Reached, place_problem, reach},
        problem::{Exit, Outcome, Problem},
        progress::Bar,
    },
    config::{Config, Loaded},
    store::{
        self,
        moving::{BackupFacts, Obstacle, Restoration, inspect},
    },
};

/// What restoring means for those who hold tokens.
const DEAD: &str = "Every token and browser session until now is dead: what was revoked since the
  backup cannot be told from what was not. People sign in again; machines ask for
  new tokens.";

/// What no restoring can know.
const REVIEW: &str = "Clients, secrets, users and signing keys are as they were at the backup.
  Disable, retire and withdraw again what was since. A JWT that somebody checks
  without asking us goes on until it expires.";

const IN_PLACE_HELP: &str = "Restore nothing: end the tokens of a store that pg_restore, \
                             point-in-time recovery or a snapshot put back";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RestoreArguments {
    /// The backup
    #[arg(value_name = "FILE", required_unless_present = "in_place")]
    file: Option<PathBuf>,
    #[arg(long, conflicts_with = "file", help = IN_PLACE_HELP)]
    pub(super) in_place: bool,
    /// Replace a store that is not empty
    #[arg(long, conflicts_with = "in_place")]
    replace: bool,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

/// Restores a backup into the store that the settings name.
pub(in crate::cli) async fn run(
    arguments: &RestoreArguments,
    loaded: &Loaded,
    mover: Mover<'_>,
    console: &mut Console,
) -> Outcome {
    let began = Instant::now();
    let Some(file) = &arguments.file else { return Err(stop_first()) };
    let config = &loaded.config;
    let facts = inspect(file, config.store.timeout).await?;
    let check = master_check(config).map_err(|error| place_problem(loaded, error))?;
    facts.refuse_other_key(&check)?;
    let restoration = prepare(arguments, loaded, &facts).await?;
    announce(&facts, restoration.replaces(), mover, console);
    if let Some(entries) = restoration.replaces()
        && !arguments.yes
    {
        console.confirm(&entries.to_string()).await?;
    }
    let detail = format!("of {}, {} entries", facts.made_at.rfc3339(), facts.entries);
    let event = mover.event("store.restored", &file.display().to_string(), Some(detail));
    let restored = {
        let bar = Bar::on(console);
        restoration.run((&event, mover.now), &|progress| bar.show(progress)).await?
    };
    let took = began.elapsed().as_secs_f64();
    let aside = restored.set_aside.map(|path| path.display().to_string());
    if console.json() {
        console.object(&json!({
            "entries": facts.entries, "backup_made_at": facts.made_at.rfc3339(), "seconds": took,
            "replaced_store": aside, "tokens_ended": true,
        }));
        return Ok(Exit::Yes);
    }
    let (entries, address) = (counted_entries(facts.entries), config.store.url.masked());
    console.done(&format!("Restored {entries} into {address}, in {took:.1} s"));
    if let Some(aside) = aside {
        console.say(&format!("  The store that was there is now {aside}"));
    }
    console.warn(DEAD);
    console.warn(REVIEW);
    Ok(Exit::Yes)
}

/// Finds the store; where another has it open, that is the end.
async fn prepare(
    arguments: &RestoreArguments,
    loaded: &Loaded,
    facts: &BackupFacts,
) -> Result<Restoration, Problem> {
    let backup = arguments.file.clone().unwrap_or_default();
    let open = async |config: Config| {
        let options = open_options(&config, Uuid::nil());
        match Restoration::prepare(&options, &backup, facts.clone()).await {
            Err(Obstacle::Store(error @ store::Error::Owned(_))) => Err(OpenError::Store(error)),
            other => Ok(other),
        }
    };
    let restoration = match reach(loaded, open).await? {
        Reached::Server(_) => return Err(stop_first()),
        Reached::Open(prepared) => prepared?,
    };
    if !arguments.replace {
        restoration.refuse_filled().map_err(Problem::from)?;
    }
    Ok(restoration)
}

fn stop_first() -> Problem {
    Problem::new(Exit::No, "a running server has the store open")
        .said("a backup is never restored under it")
        .next("stop the server, restore, then start it again")
}

/// Says what is about to happen.
fn announce(facts: &BackupFacts, replaces: Option<i64>, mover: Mover<'_>, console: &mut Console) {
    let made = console.times(mover.now).stated(facts.made_at);
    let bytes = size(i64::try_from(facts.bytes).unwrap_or(i64::MAX));
    let BackupFacts { version, engine, .. } = facts;
    console.say(&format!(
        "The backup is of {made}: {}, {bytes}, by Tessera {version} on {engine}.",
        counted_entries(facts.entries)
    ));
    console.say("When it is restored, every token in it will be dead.");
    if let Some(entries) = replaces {
        let what = if entries > 0 {
            format!("a store of {}", counted_entries(entries))
        } else {
            "what is in its place".to_owned()
        };
        console.say(&format!("It replaces {what}. It can't be undone."));
    }
}

/// Ends the tokens of a store that something else put back.
pub(super) async fn in_place(
    arguments: &RestoreArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    if !arguments.in_place {
        return Err(stop_first());
    }
    let entries = app.store.facts().await?.entries;
    console.say(&format!(
        "This ends every token in the store, which has {}. It can't be undone.",
        counted_entries(entries)
    ));
    if !arguments.yes {
        console.confirm(&entries.to_string()).await?;
    }
    moving::restored_in_place(app, operator).await?;
    if console.json() {
        console.object(&json!({"entries": entries, "tokens_ended": true}));
        return Ok(Exit::Yes);
    }
    console.done("Ended every token; every running server knows");
    console.warn(REVIEW);
    Ok(Exit::Yes)
}

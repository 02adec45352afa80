//! What the keys tell: who signs and for how long, and whether the next step comes in time.

use std::time::Duration;

use crate::{
    acts::{
        self,
        keys::{self, KeyFacts},
        master_key,
    },
    app::{self, App},
    cli::{problem::Problem, times::long_span},
    config::Wrong,
    model::{
        key_rotation::KeyStep, secret::same, signing_key::SigningKeyState, timestamp::Timestamp,
    },
};

use super::Finding;

/// A step that is late by this much will not come by itself.
const LATE: Duration = Duration::from_mins(10);

/// Whether what has to be signed can be, and will be.
pub(super) async fn keys(app: &App, now: Timestamp) -> Finding {
    if app.store.is_disabled() {
        return own(app);
    }
    match look(app).await {
        Ok((all, master_fits)) => match unsafe_master(app).await {
            Some(finding) if master_fits => finding,
            _ => judge(&all, master_fits, app, now),
        },
        Err(error) => {
            let (what, _) = Problem::from(error).told();
            Finding::broken("Keys", what, "tessera key list")
        }
    }
}

/// Whether the file of keys is there, and signs as the settings want it.
fn own(app: &App) -> Finding {
    let config = app.config();
    let Some(path) = &config.keys.file else {
        let remedy = "set keys.file: without it every JWT ends with the server";
        return Finding::warning("Keys", "they are in the memory of each server only", remedy);
    };
    if app.issuer.is_loopback() && path.try_exists().is_ok_and(|exists| !exists) {
        let says = format!("{} is not there yet", path.display());
        return Finding::warning("Keys", says, "tessera serve makes it");
    }
    let keys = match app::read_own_keys(path) {
        Ok(keys) => keys,
        Err(Wrong { problem, remedy }) => return Finding::broken("Keys", problem, remedy),
    };
    let mut words = Vec::new();
    for needed in config.algorithms() {
        let Some(kid) = keys.signing(needed) else {
            let says = format!("{} has no key that signs {needed}", path.display());
            return Finding::broken("Keys", says, "append one; docs/without-a-store.md says how");
        };
        words.push(format!("{kid} signs {needed}"));
    }
    words.dedup();
    Finding::fine("Keys", format!("{}; kept in {}", words.join(", "), path.display()))
}

async fn look(app: &App) -> acts::Result<(Vec<KeyFacts>, bool)> {
    Ok((keys::list(app).await?, master_key::is_in_force(app).await?))
}

/// Where the settings have the master key, if that is not the one in force: then it is in memory
/// only, and lost with this server.
async fn unsafe_master(app: &App) -> Option<Finding> {
    let kept = app::master_check(&app.config());
    let in_force = async { app.store.read().await?.master_check().await };
    let in_force = in_force.await.ok().flatten()?;
    let problem = match kept {
        Ok(kept) if same(&kept, &in_force) => return None,
        Ok(_) => "keys.master has another key than the one in force".to_owned(),
        Err(error) => error.to_string(),
    };
    let says = format!("the master key is in this server's memory only: {problem}");
    let remedy = "put the key back where keys.master says; or, while this server runs: \
                  tessera key rewrap";
    Some(Finding::broken("Keys", says, remedy))
}

fn judge(all: &[KeyFacts], master_fits: bool, app: &App, now: Timestamp) -> Finding {
    let needed = app.config().tokens.access.algorithm;
    let signs = |facts: &&KeyFacts| facts.key.state == SigningKeyState::Active;
    if !master_fits {
        let remedy = "set keys.master to the one in force, and restart";
        return Finding::broken("Keys", "another master key is in force", remedy);
    }
    if !all.iter().filter(signs).any(|facts| facts.key.algorithm == needed) {
        let remedy = format!("tessera key rotate {needed} --now");
        return Finding::broken("Keys", format!("no key signs {needed}"), remedy);
    }
    let ahead = app.config().keys.rotation.ahead();
    let words: Vec<String> = all.iter().filter_map(|facts| word(facts, ahead, now)).collect();
    let says = format!("{}; the master key fits", words.join(", "));
    let late = |facts: &&KeyFacts| facts.next.is_some_and(|(_, at)| now.since(at) > LATE);
    match all.iter().find(late) {
        Some(facts) => {
            let says = format!("{says}; {} is late with its next step", facts.key.kid);
            Finding::warning("Keys", says, "is a server running? then look into its log")
        }
        None => Finding::fine("Keys", says),
    }
}

/// What a key does, if it does anything or soon will.
fn word(facts: &KeyFacts, ahead: Duration, now: Timestamp) -> Option<String> {
    let key = &facts.key;
    let more = |at: Timestamp| long_span(at.since(now));
    let until = match facts.next {
        Some((KeyStep::Stage, at)) => format!(" for {} more", more(at.plus(ahead))),
        Some((KeyStep::Retire, at)) => format!(" for {} more", more(at)),
        _ => String::new(),
    };
    match key.state {
        SigningKeyState::Active => Some(format!("{} signs {}{until}", key.kid, key.algorithm)),
        SigningKeyState::Staged => Some(format!("{} is published", key.kid)),
        SigningKeyState::Retiring | SigningKeyState::Revoked => None,
    }
}

//! Why a token works or does not: every check, not only the first that fails. Looking consumes
//! nothing, so the later ones can say what they would come to.

use crate::{
    cli::times::{Times, long_span},
    model::{
        attempt::Attempt,
        client::ClientStatus,
        standing::{Refusal, StandingEntry},
        status_word::StatusWord,
        timestamp::Timestamp,
        token_entry::EntryStatus,
        token_string::Recognised,
        verdict,
    },
};

use super::show::ended;

/// One thing that must hold for a token to work.
#[derive(Debug)]
pub(super) struct Check {
    /// Its name for programs.
    pub(super) name: &'static str,
    /// Its name for people, true if it passes.
    pub(super) title: &'static str,
    /// Whether it holds.
    pub(super) passes: bool,
    /// What is known about it.
    pub(super) detail: String,
}

/// What the string alone tells. `token` is only counted.
pub(super) fn shape(recognised: Option<&Recognised>, token: &str) -> Check {
    let detail = match recognised {
        Some(Recognised::Reference(_)) => "a reference".to_owned(),
        Some(Recognised::Located(..)) => "a reference that names its entry".to_owned(),
        Some(Recognised::Jwt) => "a JWT".to_owned(),
        None => format!("it has {} characters; ours have others", token.chars().count()),
    };
    Check { name: "shape", title: "Looks like one of ours", passes: recognised.is_some(), detail }
}

/// That there is no entry, or that a JWT is not ours.
pub(super) fn no_entry(recognised: Option<&Recognised>, keep_ended: &str) -> Check {
    let detail = match recognised {
        Some(Recognised::Jwt) => {
            format!("not signed by us for our issuer, or swept: kept for {keep_ended} once ended")
        }
        _ => format!("none, or swept: ended ones are kept for {keep_ended}"),
    };
    Check { name: "entry", title: "Entry exists", passes: false, detail }
}

/// What the entry and all around it say, in the order in which it is judged.
pub(super) fn checks(found: &StandingEntry, times: &Times<'_>) -> Vec<Check> {
    let entry = &found.entry;
    let (client, made) = (&entry.client_id, times.zoned(entry.created_at));
    let check = |name, title, passes, detail| Check { name, title, passes, detail };
    let stands = matches!(entry.status, EntryStatus::Valid | EntryStatus::Inactive);
    let mut checks = vec![
        check("entry", "Entry exists", true, format!("made {made} for {client}")),
        check("not_ended", "Not revoked, replaced or used", stands, ending(found, times)),
        check(
            "standing",
            "What it hangs on is there",
            !is_cut_off(found, times.now),
            hangs_on(found, times.now),
        ),
    ];
    if entry.status == EntryStatus::Inactive {
        checks.push(check("confirmed", "Confirmed", false, "a person still has to".to_owned()));
    }
    if let Some(start) = entry.not_before {
        checks.push(check("start", "Start", times.now >= start, times.stated(start)));
    }
    let passes = entry.expires_at.is_none_or(|end| times.now < end);
    checks.push(check("expiry", "Expiry", passes, expiry(entry.expires_at, times)));
    checks
}

/// What to do about a token that does not work.
pub(super) fn advice(found: &StandingEntry, word: StatusWord, times: &Times<'_>) -> Option<String> {
    let client = &found.entry.client_id;
    let disabled = ClientStatus::Disabled.as_str();
    match word {
        StatusWord::Active | StatusWord::Expiring => None,
        StatusWord::NotYet => {
            found.entry.not_before.map(|start| format!("It works from {} on.", times.stated(start)))
        }
        StatusWord::Waiting => Some("It works once a person has confirmed it.".to_owned()),
        StatusWord::CutOff if found.standing.client_status.as_deref() == Some(disabled) => {
            Some(format!("It works again after: tessera client enable {client}"))
        }
        _ => Some(format!("{client} has to ask for a new one.")),
    }
}

/// How the row ended, if it did.
fn ending(found: &StandingEntry, times: &Times<'_>) -> String {
    let entry = &found.entry;
    if entry.ended_at.is_none() {
        let status = entry.status;
        return if status == EntryStatus::Valid { String::new() } else { status.to_string() };
    }
    format!("{} {}", entry.status, ended(entry, times))
}

/// What has let go of the token, or what holds it.
fn hangs_on(found: &StandingEntry, now: Timestamp) -> String {
    let (entry, standing) = (&found.entry, &found.standing);
    let client = &entry.client_id;
    match standing.client_status.as_deref() {
        None | Some("deleted") => return format!("client {client} is gone"),
        Some("active") => {}
        Some(status) => return format!("client {client} is {status}"),
    }
    if standing.client_generation_now != Some(entry.client_generation) {
        format!("tokens of {client} were ended since")
    } else if standing.global_generation_now != Some(entry.global_generation) {
        "all tokens of this server were ended since".to_owned()
    } else if is_cut_off(found, now) {
        "its user or its family is gone, disabled or ended".to_owned()
    } else {
        format!("client {client} is active")
    }
}

fn is_cut_off(found: &StandingEntry, now: Timestamp) -> bool {
    let is_orphaned = |check: &verdict::Check<'_>| {
        check.refused().is_some_and(|refused| refused.refusal == Refusal::Orphaned)
    };
    found.explain(&Attempt::look(now)).iter().any(is_orphaned)
}

fn expiry(end: Option<Timestamp>, times: &Times<'_>) -> String {
    let Some(end) = end else { return "never".to_owned() };
    let exact = times.zoned(end);
    if times.now < end {
        format!("{exact}, in {}", long_span(end.since(times.now)))
    } else {
        format!("{exact}, {} ago", long_span(times.now.since(end)))
    }
}

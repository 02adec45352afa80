//! Whether time and counts leave a token anything. All of it goes by the moment of the attempt and
//! by what the row says, never by when this process started.

#![expect(clippy::unnecessary_wraps, reason = "the shape of a check, which some always are")]

use crate::model::{
    attempt::Attempt,
    rules::Rule,
    standing::{Refusal, StandingEntry},
    token_entry::EntryStatus,
};

use super::{Check, Fact, of_rules};

pub(super) fn confirmed<'a>(token: &'a StandingEntry, _: &'a Attempt) -> Option<Check<'a>> {
    let waits = token.entry.status == EntryStatus::Inactive;
    waits.then(|| Check::of("confirmed", false, Refusal::Inactive, Fact::Confirmation))
}

/// It is good from the very moment of its start on.
pub(super) fn start<'a>(token: &'a StandingEntry, attempt: &'a Attempt) -> Option<Check<'a>> {
    let at = token.entry.not_before?;
    let fact = Fact::Start { at };
    Some(Check::passing("start", (attempt.at >= at, at), Refusal::NotYetValid, fact))
}

/// At the very moment of its expiry it is good no more.
pub(super) fn expiry<'a>(token: &'a StandingEntry, attempt: &'a Attempt) -> Option<Check<'a>> {
    let at = token.entry.expires_at;
    let holds = at.is_none_or(|end| attempt.at < end);
    Some(Check::of("expiry", holds, Refusal::Expired, Fact::Expiry { at }))
}

pub(super) fn idle<'a>(token: &'a StandingEntry, attempt: &'a Attempt) -> Option<Check<'a>> {
    let entry = &token.entry;
    of_rules(token, |rule| {
        let Rule::Idle(idle) = rule else { return None };
        let ends_at = entry.rests_since().plus(idle.max_idle);
        let (max_idle, last_used_at) = (idle.max_idle, entry.last_used_at);
        let fact = Fact::Idle { ends_at, max_idle, last_used_at };
        Some(Check::of("idle", attempt.at < ends_at, Refusal::Idle, fact))
    })
}

pub(super) fn use_count<'a>(token: &'a StandingEntry, _: &'a Attempt) -> Option<Check<'a>> {
    let entry = &token.entry;
    let max = entry.max_uses?;
    let fact = Fact::Uses { used: entry.uses, max, last_used_at: entry.last_used_at };
    Some(Check::of("use_count", entry.uses < max, Refusal::UsedUp, fact))
}

/// A rule that nobody here can read is one that nobody here can say holds.
pub(super) fn rules_readable<'a>(token: &'a StandingEntry, _: &'a Attempt) -> Option<Check<'a>> {
    let is_unknown = token.entry.rules.iter().any(|rule| *rule == Rule::Unknown);
    is_unknown
        .then(|| Check::of("rules_readable", false, Refusal::UnreadableRule, Fact::UnknownRule))
}

/// A window is over at the very moment of its end.
pub(super) fn rate<'a>(token: &'a StandingEntry, attempt: &'a Attempt) -> Option<Check<'a>> {
    let entry = &token.entry;
    of_rules(token, |rule| {
        let Rule::Rate(rate) = rule else { return None };
        let end = entry.window_start.map(|start| start.plus(rate.window));
        let ends_at = end.filter(|end| attempt.at < *end);
        let used = if ends_at.is_some() { entry.window_uses } else { 0 };
        let (max, window) = (rate.max_use_count, rate.window);
        let fact = Fact::Rate { used, max, window, ends_at };
        let until = (used < max, ends_at.unwrap_or(attempt.at));
        Some(Check::passing("rate", until, Refusal::Throttled, fact))
    })
}

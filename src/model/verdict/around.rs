//! Whether what a token hangs on still holds it.

#![expect(clippy::unnecessary_wraps, reason = "the shape of a check, which some always are")]

use crate::model::{
    attempt::Attempt,
    client::ClientStatus,
    standing::{Refusal, StandingEntry},
    token_entry::EntryStatus,
    user::UserStatus,
};

use super::{Check, Fact, Whose};

pub(super) fn type_configured<'a>(token: &'a StandingEntry, _: &'a Attempt) -> Option<Check<'a>> {
    let shown = token.standing.type_shown.as_deref();
    let version = token.entry.rules.0.as_ref().map(|set| set.version);
    let fact = Fact::Type { name: token.type_name(), version };
    Some(Check::of("type_configured", shown.is_some(), Refusal::TypeNotConfigured, fact))
}

pub(super) fn not_ended<'a>(token: &'a StandingEntry, _: &'a Attempt) -> Option<Check<'a>> {
    let entry = &token.entry;
    let (holds, refusal) = match entry.status {
        EntryStatus::Valid | EntryStatus::Inactive => (true, Refusal::Revoked),
        EntryStatus::Revoked => (false, Refusal::Revoked),
        EntryStatus::Superseded => (false, Refusal::Superseded),
        EntryStatus::Rejected => (false, Refusal::Rejected),
        EntryStatus::Redeemed => (false, Refusal::Redeemed),
    };
    let fact = Fact::End {
        status: entry.status,
        at: entry.ended_at.or(entry.redeemed_at),
        by: entry.ended_by.as_deref(),
        reason: entry.end_reason.as_deref(),
        successor: entry.successor_key,
    };
    Some(Check::of("not_ended", holds, refusal, fact))
}

/// Whether it is one that people make for themselves, and there is no client that it hangs on.
fn is_of_people(token: &StandingEntry) -> bool {
    token.entry.client_id.is_of_people()
        && token.entry.user_id.is_some()
        && token.standing.client_status.is_none()
}

pub(super) fn client<'a>(token: &'a StandingEntry, _: &'a Attempt) -> Option<Check<'a>> {
    if is_of_people(token) {
        return None;
    }
    let status = token.standing.client_status.as_deref();
    let holds = status == Some(ClientStatus::Active.as_str());
    let fact = Fact::Client { client_id: &token.entry.client_id, status };
    Some(Check::of("client", holds, Refusal::Orphaned, fact))
}

/// What a user who is locked out has waits: nothing of it works, and nothing is ended.
const LOCKED: &str = "locked";

pub(super) fn user<'a>(token: &'a StandingEntry, attempt: &'a Attempt) -> Option<Check<'a>> {
    token.entry.user_id?;
    let is_locked = token.standing.user_locked_until.is_some_and(|until| attempt.at < until);
    let status = token.standing.user_status.as_deref();
    let is_active = |known: &str| known == UserStatus::Active.as_str();
    let status = if is_locked && status.is_some_and(is_active) { Some(LOCKED) } else { status };
    let holds = status == Some(UserStatus::Active.as_str());
    let fact = Fact::User { username: token.standing.username.as_deref(), status };
    Some(Check::of("user", holds, Refusal::Orphaned, fact))
}

pub(super) fn family<'a>(token: &'a StandingEntry, _: &'a Attempt) -> Option<Check<'a>> {
    token.entry.authorization_id?;
    let status = token.standing.family_status.as_deref();
    let fact = Fact::Family { status };
    Some(Check::of("family", status == Some("valid"), Refusal::Orphaned, fact))
}

/// Whether its client, its user and the server are of the generation of when it was made: a raised
/// one ends all tokens of before at once.
pub(super) fn generation<'a>(token: &'a StandingEntry, _: &'a Attempt) -> Option<Check<'a>> {
    let (entry, now) = (&token.entry, &token.standing);
    let client = now.client_generation_now != Some(entry.client_generation);
    let user = entry.user_id.is_some() && now.user_generation_now != entry.user_generation;
    let raised = [
        (Whose::Client, !is_of_people(token) && client),
        (Whose::User, user),
        (Whose::Server, now.global_generation_now != Some(entry.global_generation)),
    ];
    let raised: Vec<_> =
        raised.into_iter().filter_map(|(whose, is_raised)| is_raised.then_some(whose)).collect();
    let holds = raised.is_empty();
    Some(Check::of("generation", holds, Refusal::Orphaned, Fact::Generation { raised }))
}

/// Whether its user has the password of when it was made, where that counts.
pub(super) fn password<'a>(token: &'a StandingEntry, _: &'a Attempt) -> Option<Check<'a>> {
    let made_with = token.entry.rules.0.as_ref()?.password_generation?;
    let holds = token.standing.password_generation_now == Some(made_with);
    Some(Check::of("password", holds, Refusal::Orphaned, Fact::Password))
}

//! The secrets of a client, in short and at length: how old, how used.

use std::time::Duration;

use crate::{
    model::{client_secret::ClientSecret, client_secret::SecretKind, timestamp::Timestamp},
    pages::{dates::Moment, words::Words},
};

/// After how long without a use a secret counts as unused.
pub(super) const UNUSED: Duration = Duration::from_hours(90 * 24);

/// How long a use of an old secret is a reason not to retire it.
const STILL_USED: Duration = Duration::from_hours(7 * 24);

/// The secrets of a client in a list.
pub(super) struct SecretsInShort {
    /// How many work, in words; nothing if none does.
    pub(super) live: Option<String>,
    /// Whether nobody uses one of them.
    pub(super) has_unused: bool,
    /// Whether an older one than the newest is in use.
    pub(super) is_old_in_use: bool,
    /// How old the newest is.
    pub(super) age: Option<String>,
}

/// A secret on the page of credentials.
pub(super) struct SecretRow {
    pub(super) hint: String,
    pub(super) is_chosen: bool,
    pub(super) is_live: bool,
    pub(super) is_old_in_use: bool,
    /// What is to be known of it: shapes and keys.
    pub(super) badges: Vec<(&'static str, &'static str)>,
    pub(super) made: Moment,
    pub(super) used: Option<Moment>,
    pub(super) from: Option<String>,
    pub(super) ends: Option<Moment>,
}

impl SecretsInShort {
    pub(super) fn of(secrets: &[ClientSecret], (words, now): (Words, Timestamp)) -> Self {
        let live: Vec<_> = secrets.iter().filter(|secret| secret.is_live(now)).collect();
        let newest = live.iter().max_by_key(|secret| (secret.created_at, secret.secret_id));
        let is_old = |secret: &&&ClientSecret| newest.is_some_and(|newest| newest != *secret);
        let count = i64::try_from(live.len()).unwrap_or(i64::MAX);
        Self {
            live: (count > 0).then(|| words.count("admin-clients-secrets-live", count)),
            has_unused: live.iter().any(|secret| is_unused(secret, now)),
            is_old_in_use: newest.is_some_and(|newest| {
                live.iter().filter(is_old).any(|secret| is_in_use_beside(secret, newest, now))
            }),
            age: newest.map(|newest| {
                let days = now.since(newest.created_at).as_secs() / 86_400;
                words.count("admin-clients-secrets-age", days.cast_signed())
            }),
        }
    }
}

impl SecretRow {
    /// The rows of a client's secrets, newest first.
    pub(super) fn all(secrets: &[ClientSecret], (words, now): (Words, Timestamp)) -> Vec<Self> {
        let newest = secrets.iter().find(|secret| secret.is_live(now));
        let row = |secret: &ClientSecret| {
            let is_newest = newest.is_some_and(|newest| newest.secret_id == secret.secret_id);
            let is_live = secret.is_live(now);
            let beside = newest.filter(|_| is_live && !is_newest);
            let is_old_in_use = beside.is_some_and(|it| is_in_use_beside(secret, it, now));
            let badges = [
                (!is_live, ("off", "admin-clients-ended")),
                (is_old_in_use, ("warn", "admin-clients-old-used")),
                (is_live && !is_newest && !is_old_in_use, ("warn", "admin-clients-old")),
                (is_live && is_unused(secret, now), ("off", "admin-clients-unused")),
            ];
            let past = |at| Moment::past(words, at, now);
            Self {
                hint: secret.hint.clone(),
                is_chosen: secret.kind == SecretKind::Chosen,
                is_live,
                is_old_in_use,
                badges: badges.into_iter().filter(|(it, _)| *it).map(|(_, badge)| badge).collect(),
                made: past(secret.created_at),
                used: secret.last_used_at.map(past),
                from: secret.last_used_from.clone(),
                ends: secret.expires_at.map(|at| Moment::new(words, at, now)),
            }
        };
        secrets.iter().map(row).collect()
    }
}

/// Whether nobody uses a secret: not since long, though it was there so long.
fn is_unused(secret: &ClientSecret, now: Timestamp) -> bool {
    secret.unused_for(now) >= UNUSED
}

/// Whether somebody used a secret lately, though there was a newer one.
fn is_in_use_beside(secret: &ClientSecret, newest: &ClientSecret, now: Timestamp) -> bool {
    is_in_use(secret, now) && secret.last_used_at.is_some_and(|at| at >= newest.created_at)
}

/// Whether somebody used a secret lately.
pub(super) fn is_in_use(secret: &ClientSecret, now: Timestamp) -> bool {
    secret.last_used_at.is_some_and(|at| now.since(at) < STILL_USED)
}

//! Using a token: it is found, judged, and one statement spends the use where anything is to be
//! counted. What many callers race for is decided by that statement alone; a refusal changes
//! nothing.

use std::sync::Arc;

use crate::{
    model::{
        attempt::{Attempt, Circumstances},
        secret::Sha256,
        standing::{Refusal, StandingEntry},
        timestamp::Timestamp,
        token_entry::TokenEntry,
        token_string::Recognised,
        verdict::{Check, Refused},
    },
    store::{self, Command, RecordedUse, RememberedUse, Spend, Spent, TokenName},
};

use super::{
    super::{Error, Result, Tokens},
    Used,
    keys::{Key, once_name},
};

/// How often a use is tried that a row refuses without a reason that can be seen: somebody changed
/// it in between each time.
const TRIES: usize = 4;

/// A key of a use was given before, for another token or purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this use_key was given before, for another use")]
pub struct KeyMisused;

/// What a use came to, before anybody is told.
pub(super) enum Ending {
    Spent(After),
    Refused(Refused),
}

/// What an entry says after a use.
#[derive(Debug, Clone, Copy)]
pub(super) struct After {
    pub(super) uses_left: Option<i64>,
    pub(super) expires_at: Option<Timestamp>,
    /// When it was last used, if that is known.
    pub(super) last_used_at: Option<Timestamp>,
}

impl Tokens {
    /// Uses a token: a use is spent if everything holds. With `peek`, nothing is spent.
    ///
    /// With a `use_key`, a retry of a use that was allowed gets its answer again and spends
    /// nothing, unless the token was ended or is over by more than that use. Whatever the string
    /// is, it is looked for by one statement.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be reached: whether a use was spent is then not known,
    /// and a retry with the same `use_key` is safe.
    pub async fn use_token(
        &self,
        presented: &str,
        attempt: &Attempt,
        use_key: Option<&str>,
        peek: bool,
    ) -> Result<std::result::Result<Used, KeyMisused>> {
        let by = attempt.presented.as_ref();
        let key = use_key.zip(by).map(|(key, by)| Key::of(key, by, presented));
        let Some(found) = self.find_any(presented).await? else {
            return Ok(self.unknown(key, by).await?.map(|()| Used::unknown()));
        };
        let ending = if peek {
            self.peek(&found, attempt).await?
        } else {
            self.spend_entry(&found, attempt, key.as_ref()).await?
        };
        let is_refused = matches!(ending, Ending::Refused(_));
        if let (true, Some(key), Some(by)) = (is_refused, &key, by) {
            match self.recorded(key, by).await? {
                Some(use_) if !use_.is(key) => return Ok(Err(KeyMisused)),
                Some(use_) if is_only_used(&found, attempt) => {
                    let ending = Ending::Spent(After::from(&use_));
                    return Ok(Ok(self.tell(&found, ending, attempt, true).await?));
                }
                _ => {}
            }
        }
        Ok(Ok(self.tell(&found, ending, attempt, false).await?))
    }

    /// Whether a key was given to another use than that of a string that is no token of ours, or no
    /// more: what came of a key tells nobody which strings are tokens.
    async fn unknown(
        &self,
        key: Option<Key>,
        by: Option<&Circumstances>,
    ) -> Result<std::result::Result<(), KeyMisused>> {
        let Some((key, by)) = key.zip(by) else { return Ok(Ok(())) };
        let recorded = self.recorded(&key, by).await?;
        Ok(if recorded.is_none_or(|recorded| recorded.is(&key)) { Ok(()) } else { Err(KeyMisused) })
    }

    /// Spends a use of an entry that was found before. `None` if it was spent, or nothing had to
    /// be; else why not.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be reached.
    pub async fn spend_found(
        &self,
        found: &Arc<StandingEntry>,
        attempt: &Attempt,
    ) -> Result<Option<Refused>> {
        Ok(match self.spend_entry(found, attempt, None).await? {
            Ending::Spent(_) => None,
            Ending::Refused(refused) => Some(refused),
        })
    }

    /// Finds the token that a string is, whatever its shape: what could be none of ours, or is a
    /// JWT that we did not sign, is looked for all the same, so that nobody can tell by what it
    /// takes.
    pub(super) async fn find_any(&self, presented: &str) -> Result<Option<Arc<StandingEntry>>> {
        let is_looked_for = match self.policy().reference.recognise(presented) {
            None => false,
            Some(Recognised::Jwt) => self.verify_jwt(presented).await?.is_some(),
            Some(_) => true,
        };
        if is_looked_for {
            return self.find(presented).await;
        }
        self.find_reference(&Sha256::of(presented.as_bytes())).await
    }

    async fn peek(&self, found: &StandingEntry, attempt: &Attempt) -> Result<Ending> {
        if let Some(refused) = found.judge(attempt) {
            return Ok(Ending::Refused(refused));
        }
        if self.was_purpose_used(&found.entry, attempt).await? {
            return Ok(Ending::Refused(Refusal::PurposeUsed.into()));
        }
        Ok(Ending::Spent(After::of_entry(&found.entry)))
    }

    pub(super) async fn spend_entry(
        &self,
        found: &Arc<StandingEntry>,
        attempt: &Attempt,
        key: Option<&Key>,
    ) -> Result<Ending> {
        let mut found = Arc::clone(found);
        for _ in 0..TRIES {
            if let Some(refused) = found.judge(attempt) {
                return Ok(Ending::Refused(refused));
            }
            if key.is_none() && !is_written(&found.entry, attempt.at) {
                return Ok(Ending::Spent(After::of_entry(&found.entry)));
            }
            if let Some(spent) = self.store.spend(command(&found.entry, attempt, key)).await? {
                return Ok(Ending::Spent(After::from(spent)));
            }
            if self.was_purpose_used(&found.entry, attempt).await? {
                return Ok(Ending::Refused(Refusal::PurposeUsed.into()));
            }
            if let Some((key, by)) = key.zip(attempt.presented.as_ref())
                && self.recorded(key, by).await?.is_some()
            {
                // Whoever asked looks at what was recorded before this reason counts.
                return Ok(Ending::Refused(Refusal::UsedUp.into()));
            }
            let again = self.store.find_token(TokenName::Key(found.entry.entry_key)).await?;
            let Some(again) = again.filter(|again| again.entry.jti_salt == found.entry.jti_salt)
            else {
                return Ok(Ending::Refused(Refusal::Revoked.into()));
            };
            found = again;
        }
        Err(Error::Store(store::Error::Busy))
    }

    /// Whether the token was used for this purpose before, where each is good once.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn was_purpose_used(&self, entry: &TokenEntry, attempt: &Attempt) -> Result<bool> {
        let by = attempt.presented.as_ref();
        let Some(name) = by.and_then(|by| once_name(entry, by)) else { return Ok(false) };
        Ok(self.store.read().await?.is_use_remembered(entry.entry_key, &name).await?)
    }

    async fn recorded(&self, key: &Key, by: &Circumstances) -> Result<Option<RecordedUse>> {
        Ok(self.store.read().await?.recorded_use(&by.client_id, &key.name).await?)
    }
}

/// Whether a use changes the row. One that only has to be known not to rest is not written again
/// and again.
fn is_written(entry: &TokenEntry, at: Timestamp) -> bool {
    match entry.rules.noted_every() {
        Some(interval) => entry.last_used_at.is_none_or(|last| at >= last.plus(interval)),
        None => entry.rules.are_stateful(),
    }
}

/// Whether the token would still be good for this but for what the use that is asked for again may
/// have brought about.
fn is_only_used(found: &StandingEntry, attempt: &Attempt) -> bool {
    let by_use =
        |refusal| matches!(refusal, Refusal::UsedUp | Refusal::Throttled | Refusal::PurposeUsed);
    let explained = found.explain(attempt);
    explained.iter().filter_map(Check::refused).all(|refused| by_use(refused.refusal))
}

/// The command that spends a use.
fn command(entry: &TokenEntry, attempt: &Attempt, key: Option<&Key>) -> Command {
    let by = attempt.presented.as_ref();
    let spending = entry.rules.spending(by.and_then(|by| by.address));
    let mut command = Command::new().spend(Spend { id: entry.id(), at: attempt.at, spending });
    let remembered = |use_key: &str, fingerprint: &str| RememberedUse {
        entry_key: entry.entry_key,
        use_key: use_key.to_owned(),
        client_id: None,
        fingerprint: fingerprint.to_owned(),
        at: attempt.at,
    };
    if let Some(name) = by.and_then(|by| once_name(entry, by)) {
        command = command.remember_use(remembered(&name, "-"));
    }
    if let (Some(key), Some(by)) = (key, by) {
        let remembered = remembered(&key.name, &key.fingerprint);
        let client_id = Some(by.client_id.clone());
        command = command.remember_use(RememberedUse { client_id, ..remembered });
    }
    command
}

impl After {
    fn of_entry(entry: &TokenEntry) -> Self {
        let uses_left = entry.max_uses.map(|most| most - entry.uses);
        Self { uses_left, expires_at: entry.expires_at, last_used_at: entry.last_used_at }
    }
}

impl From<Spent> for After {
    fn from(spent: Spent) -> Self {
        let uses_left = spent.max_uses.map(|most| most - spent.uses);
        Self { uses_left, expires_at: spent.expires_at, last_used_at: spent.last_used_at }
    }
}

impl From<&RecordedUse> for After {
    fn from(recorded: &RecordedUse) -> Self {
        let RecordedUse { uses_left, expires_at, .. } = *recorded;
        Self { uses_left, expires_at, last_used_at: None }
    }
}

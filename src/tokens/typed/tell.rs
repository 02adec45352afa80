//! What whoever presented a token is told of it: the outcome and what goes with it, never why.

use serde_json::Map;

use crate::model::{
    attempt::{Attempt, Outcome},
    standing::StandingEntry,
    timestamp::Timestamp,
    token_entry::{TokenEntry, TokenKind},
    verdict::Refused,
};

use super::{
    super::{Error, Result, Tokens},
    TypedPayload, Used,
    spend::{After, Ending},
};

impl Tokens {
    /// What whoever presented the token is told.
    pub(super) async fn tell(
        &self,
        found: &StandingEntry,
        ending: Ending,
        attempt: &Attempt,
        is_replay: bool,
    ) -> Result<Used> {
        let entry = &found.entry;
        Ok(match ending {
            Ending::Refused(Refused { refusal, until }) => Used {
                outcome: refusal.outcome(),
                refusal: Some(refusal),
                entry_key: Some(entry.entry_key),
                retry_after: until
                    .filter(|_| refusal.outcome() == Outcome::Throttled)
                    .map(|until| seconds_until(until, attempt.at).max(1)),
                ..Used::unknown()
            },
            Ending::Spent(After { uses_left, expires_at, .. }) => Used {
                outcome: Outcome::Allowed,
                entry_key: Some(entry.entry_key),
                uses_left,
                expires_in: expires_at.map(|end| (end.seconds() - attempt.at.seconds()).max(0)),
                attributes: self.attributes(entry, attempt.at).await?,
                is_replay,
                ..Used::unknown()
            },
        })
    }

    async fn attributes(
        &self,
        entry: &TokenEntry,
        at: Timestamp,
    ) -> Result<Map<String, serde_json::Value>> {
        if entry.kind != TokenKind::Typed || entry.payload.is_none() {
            return Ok(Map::new());
        }
        Ok(self.open_typed(entry, at).await?.attributes)
    }

    /// What was sealed in the entry of a typed token.
    pub(super) async fn open_typed(
        &self,
        entry: &TokenEntry,
        at: Timestamp,
    ) -> Result<TypedPayload> {
        let plain = self.open_sealed(entry, at).await?;
        serde_json::from_slice(&plain)
            .map_err(|_| Error::Unsealable(format!("entry {}", entry.entry_key)))
    }
}

fn seconds_until(end: Timestamp, now: Timestamp) -> i64 {
    let left = end.since(now);
    i64::try_from(left.as_millis().div_ceil(1000)).unwrap_or(i64::MAX)
}

impl Used {
    /// What is told of a string that is no token of ours.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            outcome: Outcome::Invalid,
            refusal: None,
            entry_key: None,
            uses_left: None,
            expires_in: None,
            retry_after: None,
            attributes: Map::new(),
            is_replay: false,
        }
    }
}

//! The identifiers of signed proofs that were seen, where there is no store to note them in.

use std::collections::HashMap;

use crate::{
    model::{client_id::ClientId, timestamp::Timestamp},
    store::{Error, Result, command::Row},
};

/// How many are remembered at most, at about a hundred bytes each. Forgetting one early would let
/// it count twice: whoever comes then is told to come back.
pub(super) const MOST: usize = 100_000;

/// Until when an identifier that was seen must not be seen again, and who showed it.
pub(super) type Seen = (Timestamp, Option<ClientId>);

/// What was seen.
#[derive(Default)]
pub(super) struct Identifiers {
    seen: HashMap<Row, Seen>,
    /// How many of them each showed.
    shown: HashMap<Option<ClientId>, usize>,
}

impl Identifiers {
    /// Remembers all of them, or none if one was seen before. Returns whether it did.
    ///
    /// Nobody may have more than is left free, so one client that fills what it can leaves half of
    /// the room to the others, and the next who does so half of that.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if who shows them has no more room.
    pub(super) fn add(&mut self, used: Vec<(Row, Seen)>) -> Result<bool> {
        if used.iter().any(|(row, _)| self.seen.contains_key(row)) {
            return Ok(false);
        }
        for (count, (_, (_, who))) in used.iter().enumerate() {
            let theirs = self.shown.get(who).copied().unwrap_or_default() + count;
            if theirs >= MOST.saturating_sub(self.seen.len() + count) {
                return Err(Error::Busy);
            }
        }
        for (row, seen) in used {
            *self.shown.entry(seen.1.clone()).or_default() += 1;
            self.seen.insert(row, seen);
        }
        Ok(true)
    }

    /// Forgets those that nobody can use again at `now`.
    pub(super) fn forget(&mut self, now: Timestamp) {
        let shown = &mut self.shown;
        self.seen.retain(|_, (until, who)| {
            let stays = *until > now;
            if !stays && let Some(count) = shown.get_mut(who) {
                *count -= 1;
            }
            stays
        });
        shown.retain(|_, count| *count > 0);
    }
}

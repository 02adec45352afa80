//! Which answers are kept for a retry, so that they go when their time is over and not only when
//! the next token is used. What a server forgets when it ends goes with that next use.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use crate::model::{entry_key::EntryKey, timestamp::Timestamp};

use super::super::{Result, Tokens};

/// How many are remembered at most, at sixteen bytes each.
const MOST: usize = 100_000;

/// How many are emptied by one statement.
const BATCH: usize = 500;

/// The answers that this server sealed, oldest first.
#[derive(Debug, Default)]
pub(in crate::tokens) struct KeptReplays(Mutex<VecDeque<(Timestamp, EntryKey)>>);

impl KeptReplays {
    /// Remembers that a token was redeemed. The oldest gives way.
    pub(super) fn keep(&self, key: EntryKey, at: Timestamp) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == MOST {
            kept.pop_front();
        }
        kept.push_back((at, key));
    }

    /// Takes those that were redeemed before `end`, so many at most.
    fn take(&self, end: Timestamp) -> Vec<EntryKey> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over = kept.iter().take(BATCH).take_while(|(at, _)| *at < end).count();
        kept.drain(..over).map(|(_, key)| key).collect()
    }
}

impl Tokens {
    /// Empties the answers whose time for a retry is over at `now`.
    ///
    /// # Errors
    ///
    /// [`super::super::Error::Store`] if the store cannot be reached: what was to go then goes with
    /// the next use.
    pub async fn forget_replays(&self, now: Timestamp) -> Result<()> {
        // A clock that is behind may still come with one.
        let end = now.minus(self.policy().refresh.reuse_leeway * 2);
        loop {
            let over = self.replays.take(end);
            if over.is_empty() {
                return Ok(());
            }
            self.store.write().await?.forget_replays(&over).await?;
        }
    }
}

//! The note by which all nodes know that tokens may wait on some of them.
//!
//! Whoever is asked to end a string that has no row has to write its end if its token may wait on
//! another node, and can ask none: that one may be cut off, stand still, or be taken for dead and
//! come back. So before a token waits, the database is told until when some may. The note outlives
//! the node, its lease and its place among the others.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::model::{timestamp::Timestamp, token_entry::TokenEntry};

use super::super::{Result, Store, database::Purpose};

/// How much further than the end of a token a note reaches: not every token is to need one.
const AHEAD: Duration = Duration::from_mins(10);

/// How much further it has to reach at least, for clocks that do not agree.
const MARGIN: Duration = Duration::from_mins(1);

/// What this node knows of the note.
#[derive(Default)]
pub(super) struct Notice {
    last: Mutex<Option<Noted>>,
    /// Held by whoever writes it.
    turn: tokio::sync::Mutex<()>,
}

/// A note that is in the database.
#[derive(Clone, Copy)]
struct Noted {
    until: Timestamp,
    /// The generation of the server then: a store that was put back may have lost the note, and
    /// has another one.
    generation: i64,
    /// The host that it was written to: another one may have lost it on its way.
    host: u64,
}

impl Store {
    /// Whether a token may wait, as far as others have to know of that. Makes sure that they do;
    /// where somebody is at it, or it cannot be done at this moment, it may not.
    pub(super) async fn is_noted(&self, entry: &TokenEntry) -> bool {
        // One process owns an SQLite file.
        if self.is_sqlite() {
            return true;
        }
        let Some(expires_at) = entry.expires_at else { return false };
        let notice = &self.0.queue.notice;
        let (generation, host) = (entry.global_generation, self.0.database.host_number());
        if notice.covers((generation, host), expires_at) {
            return true;
        }
        let Ok(_turn) = notice.turn.try_lock() else { return false };
        let noted = Noted { until: expires_at.plus(AHEAD), generation, host };
        let is_written = self.note_waiting(noted.until).await.is_ok();
        if is_written {
            *notice.last() = Some(noted);
        }
        is_written
    }

    async fn note_waiting(&self, until: Timestamp) -> Result<()> {
        let mut handle = self.0.database.borrow(Purpose::Write).await?;
        handle.note_waiting(self.0.feed.node, until).await
    }

    /// Until when a token may be good that waits to be written at `at`, on any node of this database;
    /// `None` if none can.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn tokens_may_wait(&self, at: Timestamp) -> Result<Option<Timestamp>> {
        let mut handle = self.0.database.borrow(Purpose::Read).await?;
        Ok(handle.waiting_until().await?.filter(|until| *until > at))
    }
}

impl Notice {
    fn covers(&self, place: (i64, u64), expires_at: Timestamp) -> bool {
        let last = *self.last();
        last.is_some_and(|last| {
            (last.generation, last.host) == place && last.until >= expires_at.plus(MARGIN)
        })
    }

    fn last(&self) -> MutexGuard<'_, Option<Noted>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

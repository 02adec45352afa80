//! What this node last said of itself.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{node_figures::NodeFigures, timestamp::Timestamp};

/// What this node last said of itself: an SQLite file has no table of nodes to say it in.
#[derive(Debug, Default)]
pub struct OwnFigures(Mutex<Own>);

#[derive(Debug, Default)]
struct Own {
    serves_since: Option<Timestamp>,
    last: Option<NodeFigures>,
}

impl OwnFigures {
    /// Notes that this is a server from now on, rather than a command.
    pub fn begin(&self, now: Timestamp) {
        self.own().serves_since = Some(now);
    }

    /// Since when this is a server; `None` if it is none.
    #[must_use]
    pub fn serves_since(&self) -> Option<Timestamp> {
        self.own().serves_since
    }

    /// Keeps figures in the place of those before.
    pub fn keep(&self, figures: NodeFigures) {
        self.own().last = Some(figures);
    }

    /// The last ones; `None` before the first minute is over, and where nothing is served.
    #[must_use]
    pub fn last(&self) -> Option<NodeFigures> {
        self.own().last
    }

    fn own(&self) -> MutexGuard<'_, Own> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

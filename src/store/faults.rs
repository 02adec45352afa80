//! Faults on purpose: what a test lets go wrong at which statement.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::Store;

/// What goes wrong with a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The engine refuses it, and goes on with the next.
    Refused,
    /// The connection is lost before it is sent.
    LostBefore,
    /// The connection is lost before its answer comes: it was executed all the same.
    LostAfter,
    /// It takes its time.
    Delayed(Duration),
}

/// Chooses what goes wrong with a statement, by its text.
pub type Choose = dyn Fn(&str) -> Option<Fault> + Send + Sync;

impl Store {
    /// Lets statements fail as `choose` says, by their text. For tests.
    pub fn fail(&self, choose: Option<Arc<Choose>>) {
        self.0.database.faults.set(choose);
    }
}

/// The faults in force: none, unless a test sets some.
#[derive(Default)]
pub(super) struct Faults {
    armed: AtomicBool,
    choose: RwLock<Option<Arc<Choose>>>,
}

impl Faults {
    /// Lets `choose` decide from now on.
    pub(super) fn set(&self, choose: Option<Arc<Choose>>) {
        self.armed.store(choose.is_some(), Ordering::SeqCst);
        *self.choose.write().unwrap_or_else(PoisonError::into_inner) = choose;
    }

    /// What goes wrong with the statement that is about to run.
    pub(super) fn next(&self, sql: &str) -> Option<Fault> {
        if !self.armed.load(Ordering::SeqCst) {
            return None;
        }
        let choose = self.choose.read().unwrap_or_else(PoisonError::into_inner).clone();
        choose.and_then(|choose| choose(sql))
    }
}

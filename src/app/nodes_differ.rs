//! The settings that not all nodes have alike, as they were last seen.

use std::sync::{Mutex, PoisonError};

/// The keys of the settings that not all nodes of the database have alike; none on SQLite.
#[derive(Debug, Default)]
pub struct NodesDiffer(Mutex<Vec<String>>);

impl NodesDiffer {
    /// Notes which ones they are. Returns whether they were others before.
    pub fn note(&self, keys: Vec<String>) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_other = *known != keys;
        *known = keys;
        is_other
    }

    /// The keys, in order.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

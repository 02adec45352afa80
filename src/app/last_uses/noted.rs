//! What was noted a moment ago: a table of fixed size that nobody waits for. What two names share
//! a place for is noted more often than it had to be, and never less.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::model::timestamp::Timestamp;

/// How many places there are: half a megabyte.
const PLACES: usize = 1 << 16;

/// When what was last noted: in each place half a name above the second.
#[derive(Debug)]
pub(super) struct Noted(Box<[AtomicU64]>);

/// What stands for something that is used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name(u64);

impl Default for Noted {
    fn default() -> Self {
        Self((0..PLACES).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Noted {
    /// What stands for a key or a text.
    pub(super) fn name(of: impl Hash) -> Name {
        let mut hasher = DefaultHasher::new();
        of.hash(&mut hasher);
        Name(hasher.finish())
    }

    /// Whether it was noted less than `every` ago. A clock that was set back makes nothing fresh.
    pub(super) fn is_fresh(&self, name: Name, (at, every): (Timestamp, Duration)) -> bool {
        let noted = self.place(name).load(Ordering::Relaxed);
        let (half, second) = (noted >> 32, noted & u64::from(u32::MAX));
        let now = second_of(at);
        half == name.0 >> 32 && now >= second && now - second < every.as_secs()
    }

    /// Notes it.
    pub(super) fn note(&self, name: Name, at: Timestamp) {
        let half = name.0 & !u64::from(u32::MAX);
        self.place(name).store(half | second_of(at), Ordering::Relaxed);
    }

    fn place(&self, name: Name) -> &AtomicU64 {
        &self.0[usize::try_from(name.0 % PLACES as u64).unwrap_or(0)]
    }
}

/// The second of a moment, as far as 32 bits hold it.
fn second_of(at: Timestamp) -> u64 {
    u64::try_from(at.seconds()).unwrap_or(0) & u64::from(u32::MAX)
}

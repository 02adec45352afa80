//! What changed when, so that what was read before is known for what it is.

use std::sync::atomic::{AtomicU64, Ordering};

use super::change::Change;

/// When each thing changed last, counted in changes.
///
/// A reader asks for [`Marks::count`] before it reads. A change is noted after it is committed and
/// before it is acknowledged. So what was read rests on things as they are, as long as none of
/// their marks is above that count.
pub(super) struct Marks {
    count: AtomicU64,
    marks: Box<[AtomicU64]>,
}

impl Default for Marks {
    fn default() -> Self {
        let marks = (0..Change::marks()).map(|_| AtomicU64::new(0)).collect();
        Self { count: AtomicU64::new(0), marks }
    }
}

impl Marks {
    /// How many changes were noted.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    pub(super) fn note(&self, mark: usize) {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        self.marks[mark].fetch_max(number, Ordering::SeqCst);
    }

    /// Whether nothing behind `marks` changed since `seen` changes, nor everything.
    pub(super) fn hold(&self, seen: u64, marks: &[usize]) -> bool {
        let holds = |mark: usize| self.marks[mark].load(Ordering::SeqCst) <= seen;
        holds(Change::Everything.mark()) && marks.iter().all(|mark| holds(*mark))
    }
}

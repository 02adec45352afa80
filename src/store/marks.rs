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

    /// Notes that something behind `mark` changed.
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

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: usize = 17;
    const OTHER: usize = 18;

    #[test]
    fn what_was_read_before_a_change_does_not_hold_and_what_was_read_after_does() {
        let marks = Marks::default();
        let before = marks.count();
        assert!(marks.hold(before, &[ONE]));

        marks.note(ONE);

        assert!(!marks.hold(before, &[ONE]));
        assert!(marks.hold(marks.count(), &[ONE]));
    }

    #[test]
    fn a_change_of_one_thing_leaves_the_others() {
        let marks = Marks::default();
        let before = marks.count();

        marks.note(ONE);

        assert!(marks.hold(before, &[OTHER]));
        assert!(!marks.hold(before, &[OTHER, ONE]), "all that it rests on counts");
    }

    #[test]
    fn a_change_of_everything_spares_nothing() {
        let marks = Marks::default();
        let before = marks.count();

        marks.note(Change::Everything.mark());

        assert!(!marks.hold(before, &[ONE]) && !marks.hold(before, &[]));
        assert!(marks.hold(marks.count(), &[ONE]));
    }

    #[test]
    fn a_later_change_counts_though_an_earlier_one_was_seen() {
        let marks = Marks::default();
        marks.note(ONE);
        let between = marks.count();

        marks.note(OTHER);
        assert!(marks.hold(between, &[ONE]));

        marks.note(ONE);
        assert!(!marks.hold(between, &[ONE]));
    }
}

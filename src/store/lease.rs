//! The lease: how long this node may answer from what it keeps.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

/// Until when this node is sure to hear of every change before it is acknowledged elsewhere, in
/// milliseconds of [`moment`].
pub(super) struct Lease {
    until: AtomicU64,
    has_ended: AtomicBool,
}

/// Milliseconds since the machine started, those included in which it slept: a clock that stood
/// still meanwhile would take an old lease for a fresh one.
pub(super) fn moment() -> u64 {
    #[cfg(target_os = "linux")]
    let now = clock_gettime(ClockId::Boottime);
    #[cfg(not(target_os = "linux"))]
    let now = clock_gettime(ClockId::Monotonic);
    let since = Duration::try_from(now).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Lease {
    /// A lease that never ends.
    pub(super) fn forever() -> Self {
        Self { until: AtomicU64::new(u64::MAX), has_ended: AtomicBool::new(false) }
    }

    /// A lease that has not begun.
    pub(super) fn none() -> Self {
        Self { until: AtomicU64::new(0), has_ended: AtomicBool::new(false) }
    }

    /// Whether it holds now.
    pub(super) fn holds(&self) -> bool {
        let until = self.until.load(Ordering::SeqCst);
        (until == u64::MAX || moment() < until) && !self.has_ended.load(Ordering::SeqCst)
    }

    /// Prolongs it until `until`, unless it lasts longer.
    pub(super) fn prolong(&self, until: u64) {
        self.until.fetch_max(until, Ordering::SeqCst);
    }

    /// Ends it. It may begin again.
    pub(super) fn end(&self) {
        self.until.store(0, Ordering::SeqCst);
    }

    /// Ends it, whatever prolongs it.
    pub(super) fn end_for_good(&self) {
        self.has_ended.store(true, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_that_was_prolonged_is_not_shortened_by_an_older_beat() {
        let lease = Lease::none();
        lease.prolong(moment() + 60_000);

        lease.prolong(moment().saturating_sub(1));

        assert!(lease.holds());
    }

    #[test]
    fn a_lease_is_over_at_its_last_moment() {
        let lease = Lease::none();

        lease.prolong(moment());

        assert!(!lease.holds());
    }

    #[test]
    fn a_lease_that_ended_may_begin_again_unless_it_ended_for_good() {
        let lease = Lease::none();
        lease.prolong(moment() + 60_000);
        lease.end();
        assert!(!lease.holds());

        lease.prolong(moment() + 60_000);
        assert!(lease.holds());

        lease.end_for_good();
        lease.prolong(moment() + 60_000);
        assert!(!lease.holds());
    }

    #[test]
    fn a_lease_for_ever_ends_for_good_all_the_same() {
        let lease = Lease::forever();
        assert!(lease.holds());

        lease.end_for_good();

        assert!(!lease.holds());
    }
}

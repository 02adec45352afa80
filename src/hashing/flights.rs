//! What is asked many times at once is judged once, and all who ask hear what came of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync;

/// The most that share one judgement: each is a request that stays open until then.
const TOGETHER: usize = 1024;

/// What came of one judgement. Whoever judges holds it until then.
type Outcome<T> = Arc<sync::Mutex<Option<T>>>;

/// What is being judged, by a key that tells nothing about it.
pub(super) struct Flights<T>(Mutex<HashMap<[u8; 32], Outcome<T>>>);

/// A place among those who wait for one judgement. It is over for all when one has its outcome, and
/// forgotten when nobody is left: whoever comes afterwards asks anew.
pub(super) struct Seat<'a, T> {
    flights: &'a Flights<T>,
    key: [u8; 32],
    outcome: Outcome<T>,
}

impl<T> Flights<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// Joins those who ask the same. `None` if there are as many as may be.
    pub(super) fn join(&self, key: [u8; 32]) -> Option<Seat<'_, T>> {
        let mut flights = self.lock();
        let outcome = Arc::clone(flights.entry(key).or_default());
        // The map has one of them, and so has this one already.
        if Arc::strong_count(&outcome) > TOGETHER + 1 {
            return None;
        }
        Some(Seat { flights: self, key, outcome })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Outcome<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Copy> Seat<'_, T> {
    /// What came of it, by whoever is the first to `judge`. One that goes away before it is done
    /// leaves that to the next.
    pub(super) async fn outcome(&self, judge: impl Future<Output = T>) -> T {
        let mut outcome = self.outcome.lock().await;
        if let Some(outcome) = *outcome {
            return outcome;
        }
        let judged = judge.await;
        *outcome = Some(judged);
        self.forget();
        judged
    }
}

impl<T> Seat<'_, T> {
    /// Lets nobody join any more.
    fn forget(&self) {
        let mut flights = self.flights.lock();
        if is_at(&flights, &self.key, &self.outcome) {
            flights.remove(&self.key);
        }
    }
}

impl<T> Drop for Seat<'_, T> {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        // Let go of under the lock: else two who leave at once would each leave it to the other.
        let outcome = std::mem::take(&mut self.outcome);
        let is_last = Arc::strong_count(&outcome) == 2;
        if is_last && is_at(&flights, &self.key, &outcome) {
            flights.remove(&self.key);
        }
        drop(outcome);
        drop(flights);
    }
}

/// Whether it is still this one, and nobody began anew since.
fn is_at<T>(flights: &HashMap<[u8; 32], Outcome<T>>, key: &[u8; 32], outcome: &Outcome<T>) -> bool {
    flights.get(key).is_some_and(|one| Arc::ptr_eq(one, outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[tokio::test]
    async fn an_outcome_is_for_those_who_asked_before_it() {
        let flights = Flights::new();
        let (one, other) = (flights.join(KEY).unwrap(), flights.join(KEY).unwrap());

        assert_eq!(one.outcome(async { 1 }).await, 1);
        drop(one);

        let late = flights.join(KEY).unwrap();
        assert_eq!(other.outcome(async { 2 }).await, 1);
        drop(other);
        assert_eq!(late.outcome(async { 3 }).await, 3);
        drop(late);
        assert!(flights.lock().is_empty());
    }

    #[test]
    fn whoever_leaves_early_leaves_the_others_together() {
        let flights = Flights::<()>::new();
        let (one, other) = (flights.join(KEY).unwrap(), flights.join(KEY).unwrap());

        drop(one);

        assert!(Arc::ptr_eq(&flights.join(KEY).unwrap().outcome, &other.outcome));
        drop(other);
        assert!(flights.lock().is_empty());
    }

    #[test]
    fn no_more_than_so_many_wait_for_one() {
        let flights = Flights::<()>::new();
        let seats: Vec<_> = (0..TOGETHER).filter_map(|_| flights.join(KEY)).collect();

        assert_eq!(seats.len(), TOGETHER);
        assert!(flights.join(KEY).is_none());
        assert!(flights.join([8; 32]).is_some());
    }
}

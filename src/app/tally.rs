//! What this node counts for the overview: a few numbers in memory, added to the store's series
//! once a minute. Whoever counts waits for nothing.

use std::{
    array,
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use crate::{
    model::{
        series::{Counted, Period, STEP_NAMES, STEPS, p99, step_of},
        timestamp::Timestamp,
    },
    store::{self, SeriesPoint, Store},
};

/// How many minutes wait at most while the store cannot be written; older ones are forgotten.
const MOST: usize = 60;

/// What was counted and not yet written.
#[derive(Debug)]
pub struct Tally {
    counts: [AtomicI64; Counted::ALL.len()],
    steps: [AtomicI64; STEPS],
    requests: AtomicI64,
    minutes: Mutex<BTreeMap<Timestamp, Minute>>,
}

/// What was counted in a minute.
#[derive(Debug, Default, Clone)]
struct Minute {
    counts: [i64; Counted::ALL.len()],
    steps: [i64; STEPS],
    requests: i64,
}

/// What a node had to do in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// How many requests it answered.
    pub requests: i64,
    /// What 99 of 100 introspections took no longer than; `None` if there were none.
    pub introspection_p99: Option<Duration>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            counts: array::from_fn(|_| AtomicI64::new(0)),
            steps: array::from_fn(|_| AtomicI64::new(0)),
            requests: AtomicI64::new(0),
            minutes: Mutex::default(),
        }
    }
}

impl Tally {
    /// Counts something.
    pub fn note(&self, counted: Counted) {
        self.counts[counted as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request that was answered.
    pub fn note_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an introspection by the time that it took.
    pub fn note_introspection(&self, took: Duration) {
        self.steps[step_of(took)].fetch_add(1, Ordering::Relaxed);
    }

    /// Takes what was counted since the last time as having happened in the minute of `now`.
    pub fn gather(&self, now: Timestamp) {
        let mut minutes = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = minutes.entry(Period::Minute.begun(now)).or_default();
        let take = |counted: &AtomicI64| counted.swap(0, Ordering::Relaxed);
        for (sum, counted) in minute.counts.iter_mut().zip(&self.counts) {
            *sum += take(counted);
        }
        for (sum, counted) in minute.steps.iter_mut().zip(&self.steps) {
            *sum += take(counted);
        }
        minute.requests += take(&self.requests);
        while minutes.len() > MOST {
            minutes.pop_first();
        }
    }

    /// What was to do in the last minute that is over at `now` and was not written yet.
    #[must_use]
    pub fn over(&self, now: Timestamp) -> Option<Load> {
        let minutes = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, minute) = minutes.range(..Period::Minute.begun(now)).next_back()?;
        Some(Load { requests: minute.requests, introspection_p99: p99(&minute.steps) })
    }

    /// Writes the minutes that are over at `now`. What cannot be written waits on; without a store
    /// there is nowhere to.
    ///
    /// # Errors
    ///
    /// What the store says; the counts are kept.
    pub async fn write(&self, store: &Store, now: Timestamp) -> Result<(), store::Error> {
        self.write_before(store, Period::Minute.begun(now)).await
    }

    /// Writes all that was counted until `now`: this node is about to stop.
    ///
    /// # Errors
    ///
    /// What the store says; the counts are kept.
    pub async fn write_all(&self, store: &Store, now: Timestamp) -> Result<(), store::Error> {
        self.gather(now);
        self.write_before(store, now.plus(Period::Minute.length())).await
    }

    async fn write_before(&self, store: &Store, end: Timestamp) -> Result<(), store::Error> {
        let taken = {
            let mut minutes = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
            let later = minutes.split_off(&end);
            std::mem::replace(&mut *minutes, later)
        };
        if store.is_disabled() {
            return Ok(());
        }
        let points: Vec<_> = taken.iter().flat_map(|(at, minute)| minute.points(*at)).collect();
        let outcome = store.add_to_series(&points).await;
        if outcome.is_err() {
            let mut minutes = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
            // A clock that was set back may have brought a minute twice.
            for (at, minute) in taken {
                minutes.entry(at).or_default().add(&minute);
            }
        }
        outcome
    }
}

impl Minute {
    fn points(&self, at: Timestamp) -> impl Iterator<Item = SeriesPoint> {
        let counts = Counted::ALL.into_iter().map(Counted::name).zip(self.counts);
        let steps = STEP_NAMES.into_iter().zip(self.steps);
        let points = counts.chain(steps).filter(|(_, value)| *value != 0);
        points.map(move |(name, value)| SeriesPoint { name: name.to_owned(), at, value })
    }

    fn add(&mut self, other: &Self) {
        self.counts.iter_mut().zip(other.counts).for_each(|(sum, value)| *sum += value);
        self.steps.iter_mut().zip(other.steps).for_each(|(sum, value)| *sum += value);
        self.requests += other.requests;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_do_is_that_of_the_last_minute_that_is_over() {
        let tally = Tally::default();
        let at = Timestamp::from_seconds(60);
        (0..30).for_each(|_| tally.note_request());
        tally.note_introspection(Duration::from_millis(2));
        tally.gather(at);
        tally.note_request();
        tally.gather(Timestamp::from_seconds(125));

        let load = tally.over(Timestamp::from_seconds(125)).unwrap();
        assert_eq!((load.requests, load.introspection_p99), (30, Some(Duration::from_millis(2))));
        assert_eq!(tally.over(at), None);
    }

    #[test]
    fn minutes_that_cannot_be_written_are_bounded() {
        let tally = Tally::default();
        for minute in 0..100 {
            tally.note(Counted::Issued);
            tally.gather(Timestamp::from_seconds(minute * 60));
        }

        let minutes = tally.minutes.lock().unwrap();
        assert_eq!(minutes.len(), MOST);
        assert_eq!(minutes.first_key_value().unwrap().0, &Timestamp::from_seconds(40 * 60));
    }
}

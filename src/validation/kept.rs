//! Answers that are kept for a moment, so many at most, by the hash of what was asked.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::model::{secret::Sha256, timestamp::Timestamp};

/// A bounded memory that forgets by age.
///
/// What is kept stands in one of two halves: when the newer one is full, the older one goes. So
/// nobody makes it grow, and what is asked for often is soon there again.
pub(super) struct KeptAnswers<T> {
    longest: Duration,
    half: usize,
    halves: Mutex<Halves<T>>,
}

struct Halves<T> {
    newer: HashMap<Vec<u8>, (Timestamp, T)>,
    older: HashMap<Vec<u8>, (Timestamp, T)>,
}

/// How long ago `then` was. What a clock that was set back calls the future is as old as can be:
/// nothing may live longer for it.
pub(super) fn age(then: Timestamp, now: Timestamp) -> Duration {
    if now < then { Duration::MAX } else { now.since(then) }
}

impl<T: Clone> KeptAnswers<T> {
    /// Room for `capacity` answers, each for less than `longest`.
    pub(super) fn new(longest: Duration, capacity: usize) -> Self {
        let halves = Mutex::new(Halves { newer: HashMap::new(), older: HashMap::new() });
        Self { longest, half: capacity.div_ceil(2), halves }
    }

    /// What is kept about `asked`, if it is young enough.
    pub(super) fn find(&self, asked: &Sha256, now: Timestamp) -> Option<T> {
        let halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        let key = asked.as_bytes();
        let (since, kept) = halves.newer.get(key).or_else(|| halves.older.get(key))?;
        (age(*since, now) < self.longest).then(|| kept.clone())
    }

    /// Keeps what is true since `since`, when somebody began to ask: it may have changed since, and
    /// its age counts from then.
    pub(super) fn keep(&self, asked: &Sha256, since: Timestamp, answer: T) {
        if self.longest.is_zero() || self.half == 0 {
            return;
        }
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        let key = asked.as_bytes().to_vec();
        if halves.newer.len() >= self.half && !halves.newer.contains_key(&key) {
            halves.older = mem::take(&mut halves.newer);
        }
        halves.newer.insert(key, (since, answer));
    }

    /// Forgets what is kept about `asked`.
    pub(super) fn forget(&self, asked: &Sha256) {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        halves.newer.remove(asked.as_bytes());
        halves.older.remove(asked.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);
    const FIVE: Duration = Duration::from_secs(5);

    fn hash(number: u32) -> Sha256 {
        Sha256::of(&number.to_be_bytes())
    }

    #[test]
    fn an_answer_is_gone_at_the_very_moment_of_its_age_and_when_the_clock_goes_back() {
        let kept = KeptAnswers::new(FIVE, 10);
        kept.keep(&hash(1), NOW, 'a');

        assert_eq!(kept.find(&hash(1), NOW), Some('a'));
        assert_eq!(kept.find(&hash(1), NOW.plus(Duration::from_millis(4999))), Some('a'));
        assert_eq!(kept.find(&hash(1), NOW.plus(FIVE)), None);
        assert_eq!(kept.find(&hash(1), NOW.minus(Duration::from_millis(1))), None);
        assert_eq!(kept.find(&hash(2), NOW), None);
    }

    #[test]
    fn there_are_never_more_than_there_is_room_for_and_the_newest_stay() {
        let kept = KeptAnswers::new(FIVE, 10);
        for number in 0..1000 {
            kept.keep(&hash(number), NOW, number);
        }

        let found = (0..1000).filter(|number| kept.find(&hash(*number), NOW).is_some());
        assert!((5..=10).contains(&found.count()));
        assert_eq!(kept.find(&hash(999), NOW), Some(999));
    }

    #[test]
    fn a_newer_answer_takes_the_place_of_an_older_one_in_either_half() {
        let kept = KeptAnswers::new(FIVE, 2);
        kept.keep(&hash(1), NOW, 'a');
        kept.keep(&hash(2), NOW, 'b');
        kept.keep(&hash(1), NOW, 'c');

        assert_eq!(kept.find(&hash(1), NOW), Some('c'));
        kept.forget(&hash(1));
        assert_eq!(kept.find(&hash(1), NOW), None);
    }

    #[test]
    fn nothing_is_kept_for_no_time_or_without_room() {
        for kept in [KeptAnswers::new(Duration::ZERO, 10), KeptAnswers::new(FIVE, 0)] {
            kept.keep(&hash(1), NOW, 'a');
            assert_eq!(kept.find(&hash(1), NOW), None);
        }
    }
}

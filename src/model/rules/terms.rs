//! What rules make of a token at its making: when it begins and ends, and how often it works.

use std::time::Duration;

use crate::model::timestamp::Timestamp;

use super::Rule;

/// The columns of an entry that its rules decide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terms {
    /// The first moment at which it works.
    pub not_before: Option<Timestamp>,
    /// The first whole second at which it works no more; `None` for no end.
    pub expires_at: Option<Timestamp>,
    /// What uses cannot move that end beyond.
    pub absolute_at: Option<Timestamp>,
    /// How often it works.
    pub max_uses: Option<i64>,
}

impl Terms {
    /// What `rules` make of a token that is made `now`, and is to live no longer than `most` unless
    /// uses make it.
    #[must_use]
    pub fn of(rules: &[Rule], most: Option<Duration>, now: Timestamp) -> Self {
        let start = now.floor_to_second();
        let expires_at = most.map(|most| start.plus(most).floor_to_second());
        let mut terms = Self { expires_at, ..Self::default() };
        for rule in rules {
            match rule {
                Rule::Expiry(expiry) => {
                    let end = start.plus(expiry.expiry_time).floor_to_second();
                    terms.expires_at = Some(terms.expires_at.map_or(end, |other| other.min(end)));
                }
                Rule::UseCount(count) => terms.max_uses = Some(count.max_use_count),
                Rule::Sliding(sliding) => {
                    terms.absolute_at = Some(start.plus(sliding.max_lifetime).floor_to_second());
                }
                Rule::NotBefore(not_before) => {
                    let delayed = not_before.delay.map(|delay| now.plus(delay));
                    terms.not_before = delayed.or(not_before.at);
                }
                _ => {}
            }
        }
        // Less than a second is rounded up: what ends before it began would be a trap.
        terms.expires_at = terms.expires_at.map(|end| end.max(start.plus(Duration::from_secs(1))));
        if let (Some(absolute), Some(end)) = (terms.absolute_at, terms.expires_at) {
            terms.expires_at = Some(end.min(absolute));
        }
        terms
    }

    /// The same where uses are not to move its end beyond `most` from `now`, either.
    #[must_use]
    pub fn within(self, most: Duration, now: Timestamp) -> Self {
        let start = now.floor_to_second();
        let end = start.plus(most).floor_to_second().max(start.plus(Duration::from_secs(1)));
        Self { absolute_at: self.absolute_at.map(|absolute| absolute.min(end)), ..self }
    }

    /// The same where it ends at `end` at the latest, and uses do not move that, either.
    #[must_use]
    pub fn until(self, end: Timestamp) -> Self {
        let expires_at = Some(self.expires_at.map_or(end, |other| other.min(end)));
        let absolute_at = self.absolute_at.map(|absolute| absolute.min(end));
        Self { expires_at, absolute_at, ..self }
    }

    /// Whether it would end before it begins to work: then no use can move its end.
    #[must_use]
    pub fn are_vain(&self) -> bool {
        self.not_before.zip(self.expires_at).is_some_and(|(start, end)| end <= start)
    }

    /// Until when its row may have to be kept, but for the time that ended rows are kept.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        self.expires_at.map(|end| self.absolute_at.map_or(end, |absolute| absolute.max(end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rules::{Expiry, Sliding, UseCount};

    const NOW: Timestamp = Timestamp(1_800_000_000_500);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn start_plus(length: u64) -> Timestamp {
        NOW.floor_to_second().plus(seconds(length))
    }

    #[test]
    fn the_shorter_of_two_lives_counts_in_whole_seconds() {
        let rules = [Rule::Expiry(Expiry { expiry_time: seconds(60) })];

        assert_eq!(Terms::of(&rules, None, NOW).expires_at, Some(start_plus(60)));
        assert_eq!(Terms::of(&rules, Some(seconds(59)), NOW).expires_at, Some(start_plus(59)));
        assert_eq!(Terms::of(&rules, Some(seconds(61)), NOW).expires_at, Some(start_plus(60)));
        assert_eq!(Terms::of(&[], None, NOW), Terms::default());
    }

    #[test]
    fn what_ends_with_another_ends_at_the_latest_then_and_slides_no_further() {
        let sliding = Sliding { extend_by: seconds(60), max_lifetime: seconds(600) };
        let rules = [Rule::Sliding(sliding), Rule::Expiry(Expiry { expiry_time: seconds(60) })];
        let until = |end| {
            let terms = Terms::of(&rules, None, NOW).until(start_plus(end));
            (terms.expires_at, terms.absolute_at)
        };

        assert_eq!(until(30), (Some(start_plus(30)), Some(start_plus(30))));
        assert_eq!(until(300), (Some(start_plus(60)), Some(start_plus(300))));
        assert_eq!(until(900), (Some(start_plus(60)), Some(start_plus(600))));
        assert_eq!(Terms::default().until(start_plus(9)).expires_at, Some(start_plus(9)));
    }

    #[test]
    fn less_than_a_second_is_one() {
        let rules = [Rule::Expiry(Expiry { expiry_time: Duration::from_millis(250) })];

        assert_eq!(Terms::of(&rules, None, NOW).expires_at, Some(start_plus(1)));
    }

    #[test]
    fn what_slides_is_kept_until_it_can_slide_no_further() {
        let sliding = Sliding { extend_by: seconds(60), max_lifetime: seconds(600) };
        let rules = [
            Rule::Sliding(sliding),
            Rule::Expiry(Expiry { expiry_time: seconds(60) }),
            Rule::UseCount(UseCount { max_use_count: 3 }),
        ];

        let terms = Terms::of(&rules, None, NOW);

        assert_eq!(
            (terms.expires_at, terms.absolute_at),
            (Some(start_plus(60)), Some(start_plus(600)))
        );
        assert_eq!((terms.latest(), terms.max_uses), (Some(start_plus(600)), Some(3)));
    }
}

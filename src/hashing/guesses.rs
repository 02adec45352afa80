//! How often somebody guessed wrong: slows guessing down without locking anybody out for good.

use std::time::Duration;

use moka::sync::Cache;

use crate::model::{secret::Sha256, timestamp::Timestamp};

/// How long wrong guesses count, from the first of them on.
const WINDOW: Duration = Duration::from_mins(1);

/// Guessers remembered. Beyond that the least active are forgotten: memory stays bounded.
const REMEMBERED: u64 = 100_000;

/// Wrong guesses, by who guessed whose secret.
pub(super) struct Guesses(Cache<[u8; 32], Counted>);

#[derive(Clone, Copy)]
struct Counted {
    since: Timestamp,
    guesses: u32,
}

impl Guesses {
    pub(super) fn new() -> Self {
        Self(Cache::new(REMEMBERED))
    }

    /// Counts a guess before it is judged, so that many at once are not all free. Returns whether
    /// it was one of the `free` ones that `guesser` has.
    ///
    /// Those beyond are never judged, and not counted one by one: whoever comes with what is right
    /// many times at once gets back all that was taken.
    pub(super) fn take(&self, (guesser, free): (&str, u32), now: Timestamp) -> bool {
        let counted = self.0.entry(key(guesser)).and_upsert_with(|before| {
            let before = before.map(moka::Entry::into_value).filter(|known| known.counts_at(now));
            before.map_or(Counted { since: now, guesses: 1 }, |known| Counted {
                guesses: known.guesses.saturating_add(1).min(free.saturating_add(1)),
                ..known
            })
        });
        counted.into_value().guesses <= free
    }

    /// How long until `guesser`, who has used up the `free` guesses, has some again. `None` if
    /// there are some left.
    pub(super) fn wait(&self, (guesser, free): (&str, u32), now: Timestamp) -> Option<Duration> {
        let known = self.0.get(&key(guesser)).filter(|known| known.counts_at(now))?;
        (known.guesses >= free).then(|| known.since.plus(WINDOW).since(now))
    }

    /// Gives a guess back: it was right, or was never judged. In one step, as taking is: a guess
    /// that another takes meanwhile must still count.
    pub(super) fn give_back(&self, guesser: &str, now: Timestamp) {
        self.0.entry(key(guesser)).and_upsert_with(|before| {
            let none = Counted { since: now, guesses: 0 };
            before.map_or(none, |known| {
                let known = known.into_value();
                Counted { guesses: known.guesses.saturating_sub(1), ..known }
            })
        });
    }
}

impl Counted {
    fn counts_at(self, now: Timestamp) -> bool {
        // A clock that was set back must not lock anybody out until it has caught up.
        self.since <= now && now < self.since.plus(WINDOW)
    }
}

/// Guessers are kept as hashes: their number is bounded, and so is the size of each.
fn key(guesser: &str) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(Sha256::of(guesser.as_bytes()).as_bytes());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: u32 = 10;
    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    #[test]
    fn ten_guesses_a_minute_are_free() {
        let guesses = Guesses::new();
        for _ in 0..FREE {
            assert!(guesses.take(("mailer|127.0.0.1", FREE), NOW));
        }

        assert!(!guesses.take(("mailer|127.0.0.1", FREE), NOW));
        assert!(guesses.take(("mailer|127.0.0.2", FREE), NOW));
        assert!(!guesses.take(("mailer|127.0.0.1", FREE), Timestamp(NOW.0 + 59_999)));
        assert!(guesses.take(("mailer|127.0.0.1", FREE), Timestamp(NOW.0 + 60_000)));
    }

    #[test]
    fn a_right_guess_is_given_back() {
        let guesses = Guesses::new();
        for _ in 0..5 * FREE {
            assert!(guesses.take(("mailer", FREE), NOW));
            guesses.give_back("mailer", NOW);
        }
    }

    #[test]
    fn right_guesses_at_once_are_all_given_back() {
        let guesses = Guesses::new();
        let judged = (0..5 * FREE).filter(|_| guesses.take(("mailer", FREE), NOW)).count();
        assert_eq!(judged, FREE as usize);

        for _ in 0..judged {
            guesses.give_back("mailer", NOW);
        }

        assert!(guesses.take(("mailer", FREE), NOW));
    }

    #[test]
    fn whoever_is_slowed_down_knows_for_how_long() {
        let guesses = Guesses::new();
        let at = |millis| Timestamp(NOW.0 + millis);
        for _ in 0..FREE {
            assert_eq!(guesses.wait(("mailer", FREE), NOW), None);
            guesses.take(("mailer", FREE), NOW);
        }

        let wait = |millis| guesses.wait(("mailer", FREE), at(millis));
        assert_eq!(wait(0), Some(WINDOW));
        assert_eq!(wait(59_000), Some(Duration::from_secs(1)));
        assert_eq!(wait(60_000), None);
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let guesses = Guesses::new();
        for _ in 0..=FREE {
            guesses.take(("mailer", FREE), NOW);
        }

        assert!(guesses.take(("mailer", FREE), Timestamp(NOW.0 - 86_400_000)));
    }
}

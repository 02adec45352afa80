//! How often somebody guessed wrong: slows guessing down without locking anybody out for good.

use std::time::Duration;

use moka::sync::Cache;

use crate::model::{secret::Sha256, timestamp::Timestamp};

/// Wrong guesses that one guesser has free.
const FREE: u32 = 10;

/// How long wrong guesses count, from the first of them on.
const WINDOW: Duration = Duration::from_mins(1);

/// Guessers remembered. Beyond that the least active are forgotten: memory stays bounded.
const REMEMBERED: u64 = 100_000;

/// Wrong guesses, by who guessed whose secret.
pub(super) struct Guesses(Cache<[u8; 32], Counted>);

#[derive(Clone, Copy)]
struct Counted {
    since: Timestamp,
    wrong: u32,
}

impl Guesses {
    pub(super) fn new() -> Self {
        Self(Cache::new(REMEMBERED))
    }

    /// Whether `guesser` has guessed wrong too often of late.
    pub(super) fn is_throttled(&self, guesser: &str, now: Timestamp) -> bool {
        self.0
            .get(&key(guesser))
            .is_some_and(|counted| counted.counts_at(now) && counted.wrong >= FREE)
    }

    /// Notes a wrong guess.
    pub(super) fn note_wrong(&self, guesser: &str, now: Timestamp) {
        self.0.entry(key(guesser)).and_upsert_with(|before| {
            let before = before.map(moka::Entry::into_value).filter(|known| known.counts_at(now));
            before.map_or(Counted { since: now, wrong: 1 }, |known| Counted {
                wrong: known.wrong.saturating_add(1),
                ..known
            })
        });
    }
}

impl Counted {
    fn counts_at(self, now: Timestamp) -> bool {
        now < self.since.plus(WINDOW)
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

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    #[test]
    fn ten_wrong_guesses_a_minute_are_free() {
        let guesses = Guesses::new();
        for _ in 0..FREE {
            assert!(!guesses.is_throttled("mailer|127.0.0.1", NOW));
            guesses.note_wrong("mailer|127.0.0.1", NOW);
        }

        assert!(guesses.is_throttled("mailer|127.0.0.1", NOW));
        assert!(!guesses.is_throttled("mailer|127.0.0.2", NOW));
        assert!(guesses.is_throttled("mailer|127.0.0.1", Timestamp(NOW.0 + 59_999)));
        assert!(!guesses.is_throttled("mailer|127.0.0.1", Timestamp(NOW.0 + 60_000)));
    }

    #[test]
    fn a_new_minute_counts_anew() {
        let guesses = Guesses::new();
        for _ in 0..FREE {
            guesses.note_wrong("mailer", NOW);
        }

        guesses.note_wrong("mailer", Timestamp(NOW.0 + 60_000));

        assert!(!guesses.is_throttled("mailer", Timestamp(NOW.0 + 60_000)));
    }
}

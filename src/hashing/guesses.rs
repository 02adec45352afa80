//! How often somebody guessed wrong: slows guessing down without locking anybody out for good.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use moka::sync::Cache;
use tokio::sync::{Notify, Semaphore};

use crate::model::{secret::Sha256, timestamp::Timestamp};

use super::{Error, QUEUE};

/// How long wrong guesses count, from the first of them on.
const WINDOW: Duration = Duration::from_mins(1);

/// Guessers remembered. Beyond that the least active are forgotten: memory stays bounded.
const REMEMBERED: u64 = 100_000;

/// Who guesses whose secret, and how many wrong guesses are free in a [`WINDOW`].
pub(super) type Guesser<'a> = (&'a str, u32);

/// Guesses, by who guessed whose secret.
pub(super) struct Guesses {
    counted: Cache<[u8; 32], Counted>,
    /// Held while several guessers are looked at and counted: all are, or none is.
    turn: Mutex<()>,
    /// Tells those who wait that a guess is over.
    over: Notify,
    /// For those who may wait.
    places: Semaphore,
}

#[derive(Clone, Copy)]
struct Counted {
    /// When the first of the wrong ones came.
    since: Timestamp,
    wrong: u32,
    /// Not judged yet. They may all be wrong.
    under_way: u32,
}

/// A guess that is being judged. It is given back unless it was wrong: also when nobody is there
/// any more to judge it.
pub(super) struct Guess<'a> {
    guesses: &'a Guesses,
    guessers: &'a [Guesser<'a>],
    at: Timestamp,
    is_wrong: bool,
}

/// Whether there is a guess.
enum Left {
    One,
    /// None while those under way may all be wrong.
    Perhaps,
    /// None for so long.
    None(Duration),
}

impl Guesses {
    pub(super) fn new() -> Self {
        Self {
            counted: Cache::new(REMEMBERED),
            turn: Mutex::default(),
            over: Notify::new(),
            places: Semaphore::new(QUEUE),
        }
    }

    /// Takes a guess of each of the `guessers` before it is judged, so that many at once are not all
    /// free. Waits while as many are under way as could be wrong: those that are not come back.
    ///
    /// # Errors
    ///
    /// [`Error::Throttled`] once the wrong ones of one guesser are as many as are free, and
    /// [`Error::Busy`] if too many wait. Nothing is taken then.
    pub(super) async fn take<'g>(
        &'g self,
        guessers: &'g [Guesser<'g>],
        at: Timestamp,
    ) -> Result<Guess<'g>, Error> {
        let mut place = None;
        loop {
            // From here on nothing that ends is missed.
            let over = self.over.notified();
            match self.try_take(guessers, at) {
                Left::One => return Ok(Guess { guesses: self, guessers, at, is_wrong: false }),
                Left::None(wait) => return Err(Error::Throttled(wait)),
                Left::Perhaps if place.is_none() => {
                    place = Some(self.places.try_acquire().map_err(|_| Error::Busy)?);
                }
                Left::Perhaps => {}
            }
            over.await;
        }
    }

    /// Whether each of the `guessers` has a guess left, even if all that are under way are wrong.
    pub(super) fn are_free(&self, guessers: &[Guesser<'_>], at: Timestamp) -> bool {
        matches!(self.left(guessers, at), Left::One)
    }

    fn try_take(&self, guessers: &[Guesser<'_>], at: Timestamp) -> Left {
        let _turn = self.turn();
        let left = self.left(guessers, at);
        if matches!(left, Left::One) {
            for (guesser, _) in guessers {
                let known = self.counted(guesser, at);
                let taken = Counted { under_way: known.under_way.saturating_add(1), ..known };
                self.counted.insert(key(guesser), taken);
            }
        }
        left
    }

    fn left(&self, guessers: &[Guesser<'_>], at: Timestamp) -> Left {
        let known = guessers.iter().map(|(guesser, free)| (self.counted(guesser, at), *free));
        let known: Vec<_> = known.collect();
        let spent = known.iter().filter(|(known, free)| known.wrong >= *free);
        if let Some(wait) = spent.map(|(known, _)| known.since.plus(WINDOW).since(at)).max() {
            return Left::None(wait);
        }
        let is_full =
            |(known, free): &(Counted, u32)| known.wrong.saturating_add(known.under_way) >= *free;
        if known.iter().any(is_full) { Left::Perhaps } else { Left::One }
    }

    fn end(&self, guess: &Guess<'_>) {
        let turn = self.turn();
        for (guesser, _) in guess.guessers {
            let mut known = self.counted(guesser, guess.at);
            known.under_way = known.under_way.saturating_sub(1);
            known.wrong = known.wrong.saturating_add(u32::from(guess.is_wrong));
            if (known.wrong, known.under_way) == (0, 0) {
                self.counted.invalidate(&key(guesser));
            } else {
                self.counted.insert(key(guesser), known);
            }
        }
        drop(turn);
        self.over.notify_waiters();
    }

    /// What counts of a guesser at `at`.
    fn counted(&self, guesser: &str, at: Timestamp) -> Counted {
        let none = Counted { since: at, wrong: 0, under_way: 0 };
        let known = self.counted.get(&key(guesser)).unwrap_or(none);
        let counts = known.wrong > 0 && known.counts_at(at);
        if counts { known } else { Counted { under_way: known.under_way, ..none } }
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guess<'_> {
    /// It counts, for a [`WINDOW`] from the first that was wrong.
    pub(super) fn was_wrong(mut self) {
        self.is_wrong = true;
    }
}

impl Drop for Guess<'_> {
    fn drop(&mut self) {
        self.guesses.end(self);
    }
}

impl Counted {
    fn counts_at(self, now: Timestamp) -> bool {
        // A clock that was set back must not lock anybody out until it has caught up. What began a
        // little before the first that was wrong came at once with it, and counts.
        now < self.since.plus(WINDOW) && self.since < now.plus(WINDOW)
    }
}

/// Guessers are kept as hashes: their number is bounded, and so is the size of each.
fn key(guesser: &str) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(Sha256::of(guesser.as_bytes()).as_bytes());
    key
}

#[cfg(test)]
mod tests;

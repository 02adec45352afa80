//! Guesses: what is free, what counts, and who waits.

use futures_util::FutureExt;

use super::*;

const FREE: u32 = 10;
const NOW: Timestamp = Timestamp(1_800_000_000_000);
const MAILER: &[Guesser<'_>] = &[("mailer", FREE)];

fn after(millis: i64) -> Timestamp {
    Timestamp(NOW.0 + millis)
}

/// What comes of taking a guess, unless that has to wait.
fn take<'g>(
    guesses: &'g Guesses,
    guessers: &'g [Guesser<'g>],
    at: Timestamp,
) -> Option<Result<Guess<'g>, Error>> {
    guesses.take(guessers, at).now_or_never()
}

/// Whether a guess was free. It is wrong.
fn guess(guesses: &Guesses, guessers: &[Guesser<'_>], at: Timestamp) -> Result<(), Error> {
    take(guesses, guessers, at).unwrap().map(Guess::was_wrong)
}

fn throttled(seconds: u64) -> Result<(), Error> {
    Err(Error::Throttled(Duration::from_secs(seconds)))
}

#[test]
fn ten_guesses_a_minute_are_free() {
    let guesses = Guesses::new();
    for _ in 0..FREE {
        assert!(guesses.are_free(MAILER, NOW));
        assert_eq!(guess(&guesses, MAILER, NOW), Ok(()));
    }

    assert!(!guesses.are_free(MAILER, NOW));
    assert_eq!(guess(&guesses, MAILER, NOW), throttled(60));
    assert_eq!(guess(&guesses, &[("other", FREE)], NOW), Ok(()));
    assert_eq!(guess(&guesses, MAILER, after(59_000)), throttled(1));
    assert_eq!(guess(&guesses, MAILER, after(60_000)), Ok(()));
}

#[test]
fn a_guess_that_was_not_wrong_leaves_nothing() {
    let guesses = Guesses::new();
    for millis in 0..i64::from(5 * FREE) {
        drop(take(&guesses, MAILER, after(millis)).unwrap().unwrap());
    }

    // The minute begins with the first that was wrong.
    for _ in 0..FREE {
        assert_eq!(guess(&guesses, MAILER, after(30_000)), Ok(()));
    }
    assert_eq!(guess(&guesses, MAILER, after(60_000)), throttled(30));
}

#[test]
fn as_many_as_are_free_are_under_way_and_one_more_waits_for_what_comes_of_them() {
    let guesses = Guesses::new();
    let taken = (0..FREE).map(|_| take(&guesses, MAILER, NOW).unwrap().unwrap());
    let mut taken: Vec<_> = taken.collect();
    let mut waiting = Box::pin(guesses.take(MAILER, NOW));
    let mut late = Box::pin(guesses.take(MAILER, NOW));
    assert!(waiting.as_mut().now_or_never().is_none());
    assert!(late.as_mut().now_or_never().is_none());
    assert!(!guesses.are_free(MAILER, NOW));

    // One is not wrong: there is one more, and no other.
    drop(taken.pop());
    taken.push(waiting.now_or_never().unwrap().unwrap());
    assert!(late.as_mut().now_or_never().is_none());

    for guess in taken {
        guess.was_wrong();
    }
    assert_eq!(late.now_or_never().unwrap().map(drop), throttled(60));
}

#[test]
fn those_under_way_when_a_minute_ends_count_in_the_next() {
    let guesses = Guesses::new();
    let taken: Vec<_> = (0..FREE).map(|_| take(&guesses, MAILER, NOW).unwrap().unwrap()).collect();

    assert!(take(&guesses, MAILER, after(60_000)).is_none());
    for guess in taken {
        guess.was_wrong();
    }
    assert_eq!(guess(&guesses, MAILER, after(59_000)), throttled(1));
}

#[test]
fn of_several_guessers_all_are_charged_or_none() {
    let guesses = Guesses::new();
    let (account, address) = (("user a", 2), ("address", 3));
    for _ in 0..3 {
        assert_eq!(guess(&guesses, &[address], NOW), Ok(()));
    }

    for _ in 0..5 {
        assert_eq!(guess(&guesses, &[account, address], after(59_000)), throttled(1));
    }

    assert!(guesses.are_free(&[account], after(59_000)));
    assert_eq!(guess(&guesses, &[account, address], after(60_000)), Ok(()));
    assert_eq!(guess(&guesses, &[account, address], after(61_000)), Ok(()));
    assert_eq!(guess(&guesses, &[account, address], after(61_000)), throttled(59));
    assert_eq!(guess(&guesses, &[address], after(61_000)), Ok(()));
    assert_eq!(guess(&guesses, &[account, address], after(61_000)), throttled(59));
}

#[test]
fn no_more_than_so_many_wait() {
    let guesses = Guesses::new();
    let taken: Vec<_> = (0..FREE).map(|_| take(&guesses, MAILER, NOW).unwrap().unwrap()).collect();
    let mut waiting: Vec<_> = (0..QUEUE).map(|_| Box::pin(guesses.take(MAILER, NOW))).collect();
    for one in &mut waiting {
        assert!(one.as_mut().now_or_never().is_none());
    }

    assert!(matches!(take(&guesses, MAILER, NOW), Some(Err(Error::Busy))));
    drop(waiting);
    assert!(take(&guesses, MAILER, NOW).is_none());
    drop(taken);
    assert!(take(&guesses, MAILER, NOW).unwrap().is_ok());
}

#[test]
fn what_came_a_little_earlier_than_the_first_wrong_one_counts_with_it() {
    let guesses = Guesses::new();
    assert_eq!(guess(&guesses, MAILER, after(5)), Ok(()));
    for _ in 1..FREE {
        assert_eq!(guess(&guesses, MAILER, NOW), Ok(()));
    }

    assert!(!guesses.are_free(MAILER, after(60_004)));
    assert!(guesses.are_free(MAILER, after(60_005)));
}

#[test]
fn a_clock_set_back_locks_nobody_out() {
    let guesses = Guesses::new();
    for _ in 0..FREE {
        assert_eq!(guess(&guesses, MAILER, NOW), Ok(()));
    }

    assert_eq!(guess(&guesses, MAILER, after(-86_400_000)), Ok(()));
}

//! Many at once: the right ones come in, and the wrong ones get no more guesses.

use std::{net::IpAddr, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::join_all};

use super::{
    super::{Attempt, PasswordAttempt, password::DECOY},
    *,
};
use crate::model::secret::Random;

const ACCOUNT: &str = "default/alice";
const THROTTLED: Error = Error::Throttled(Duration::from_mins(1));

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

async fn hasher() -> (Hasher, Secret, String) {
    let hasher = Hasher::new(Random::system());
    let right = secret("correct horse");
    let kept = hasher.hash(&right).await.unwrap();
    (hasher, right, kept)
}

fn from(address: &str) -> PasswordAttempt<'static> {
    let from: IpAddr = address.parse().unwrap();
    PasswordAttempt { account: ACCOUNT, from, at: Timestamp(0) }
}

fn client() -> Attempt {
    Attempt { guesser: "mailer|192.0.2.1".to_owned(), at: Timestamp(0) }
}

/// How many wrong passwords are still judged, one after the other.
async fn left(hasher: &Hasher, kept: &str) -> usize {
    let mut left = 0;
    while hasher.verify_password(&secret("wrong"), Some(kept), from("192.0.2.1")).await == Ok(false)
    {
        left += 1;
    }
    left
}

#[tokio::test]
async fn the_right_password_many_times_at_once_is_right_each_time_and_no_guess() {
    let (hasher, right, kept) = hasher().await;
    let ask = |_| hasher.verify_password(&right, Some(&kept), from("192.0.2.1"));

    let judged = join_all((0..100).map(ask)).await;

    assert_eq!(judged, vec![Ok(true); 100]);
    assert_eq!(left(&hasher, &kept).await, 10);
}

#[tokio::test]
async fn the_right_secret_many_times_at_once_is_right_each_time() {
    let (hasher, right, kept) = hasher().await;
    let kept = [DECOY, &*kept];
    let attempt = client();

    let judged = join_all((0..100).map(|_| hasher.verify(&right, &kept, &attempt))).await;

    assert_eq!(judged, vec![Ok(Some(1)); 100]);
}

#[tokio::test]
async fn many_different_passwords_at_once_are_judged_no_more_often() {
    let (hasher, right, kept) = hasher().await;
    // Remembered, and the last of them: it must not come in while the others may all be wrong.
    assert_eq!(hasher.verify_password(&right, Some(&kept), from("192.0.2.1")).await, Ok(true));
    let guesses: Vec<_> = (0..30).map(|number| secret(&format!("wrong {number}"))).collect();
    let all = guesses.iter().chain([&right]);

    let judged =
        join_all(all.map(|guess| hasher.verify_password(guess, Some(&kept), from("192.0.2.1"))));
    let judged = judged.await;

    assert_eq!(judged[..10], [Ok(false); 10]);
    assert_eq!(judged[10..], [Err(THROTTLED); 21]);
}

#[tokio::test]
async fn the_same_wrong_password_many_times_at_once_is_one_guess() {
    let (hasher, _, kept) = hasher().await;
    let wrong = secret("wrong");
    let ask = |_| hasher.verify_password(&wrong, Some(&kept), from("192.0.2.1"));

    assert_eq!(join_all((0..30).map(ask)).await, vec![Ok(false); 30]);

    assert_eq!(left(&hasher, &kept).await, 9);
}

#[tokio::test]
async fn what_is_right_waits_for_guesses_under_way_unless_they_are_all_wrong() {
    let (hasher, right, kept) = hasher().await;
    let guessers = [("user default/alice|192.0.2.1", 10)];
    let mut under_way = Vec::new();
    for _ in 0..10 {
        under_way.push(hasher.guesses.take(&guessers, Timestamp(0)).await.unwrap());
    }
    let mut owner = Box::pin(hasher.verify_password(&right, Some(&kept), from("192.0.2.1")));
    assert_eq!(owner.as_mut().now_or_never(), None);
    assert!(!hasher.remembers(&right, &kept, from("192.0.2.1")));

    drop(under_way.pop());
    assert_eq!(owner.await, Ok(true));

    // Remembered now, and still no more than the guesses that are left.
    under_way.push(hasher.guesses.take(&guessers, Timestamp(0)).await.unwrap());
    let mut owner = Box::pin(hasher.verify_password(&right, Some(&kept), from("192.0.2.1")));
    assert_eq!(owner.as_mut().now_or_never(), None);
    under_way.into_iter().for_each(crate::hashing::guesses::Guess::was_wrong);
    assert_eq!(owner.await, Err(THROTTLED));
}

#[tokio::test]
async fn whoever_judges_for_all_and_goes_away_leaves_it_to_the_next() {
    let (hasher, right, kept) = hasher().await;
    let turn = Arc::clone(&hasher.turns).acquire_owned().await.unwrap();
    let ask = || Box::pin(hasher.verify_password(&right, Some(&kept), from("192.0.2.1")));
    let (mut first, mut second) = (ask(), ask());
    assert_eq!(first.as_mut().now_or_never(), None);
    assert_eq!(second.as_mut().now_or_never(), None);
    assert_eq!(hasher.queue().0, 1);

    drop(first);
    assert_eq!(second.as_mut().now_or_never(), None);
    drop(turn);

    assert_eq!(second.await, Ok(true));
    assert_eq!(left(&hasher, &kept).await, 10);
}

#[tokio::test]
async fn what_is_the_same_elsewhere_or_for_another_hash_is_judged_apart() {
    let (hasher, right, kept) = hasher().await;
    let turn = Arc::clone(&hasher.turns).acquire_owned().await.unwrap();
    let other = secret("battery");
    let here = from("192.0.2.1");
    let questions = [
        (&right, Some(&*kept), here),
        (&other, Some(&*kept), here),
        (&right, None, here),
        (&right, Some(&*kept), from("192.0.2.2")),
        (&right, Some(&*kept), PasswordAttempt { account: "default/bob", ..here }),
        (&right, Some(&*kept), here),
    ];
    let ask = |(secret, kept, attempt)| Box::pin(hasher.verify_password(secret, kept, attempt));
    let mut asking: Vec<_> = questions.into_iter().map(ask).collect();
    for one in &mut asking {
        assert_eq!(one.as_mut().now_or_never(), None);
    }

    assert_eq!(hasher.queue().0, 5, "the last is the first");
    drop(turn);
    let judged = join_all(asking).await;
    assert_eq!(judged, [true, false, false, true, true, true].map(Ok));
}

#[tokio::test]
async fn an_account_pays_for_nothing_that_was_never_judged() {
    let (hasher, right, kept) = hasher().await;
    for _ in 0..100 {
        let address = &[("address 192.0.2.1", 100)];
        hasher.guesses.take(address, Timestamp(0)).await.unwrap().was_wrong();
    }
    let late = PasswordAttempt { at: Timestamp(59_000), ..from("192.0.2.1") };
    for number in 0..10 {
        let guess = secret(&format!("wrong {number}"));
        let refused = hasher.verify_password(&guess, Some(&kept), late).await;
        assert_eq!(refused, Err(Error::Throttled(Duration::from_secs(1))));
    }

    let free = PasswordAttempt { at: Timestamp(60_000), ..late };

    assert_eq!(hasher.verify_password(&right, Some(&kept), free).await, Ok(true));
}

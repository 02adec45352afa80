//! Hashing: what is known again, what waits, and what is refused.

use super::*;

fn attempt() -> Attempt {
    Attempt { guesser: "mailer|127.0.0.1".to_owned(), at: Timestamp(0) }
}

/// As if all free guesses had been made, at the beginning: each would take a while.
pub(super) async fn use_up(hasher: &Hasher, guesser: (&str, u32)) {
    for _ in 0..guesser.1 {
        hasher.guesses.take(&[guesser], Timestamp(0)).await.unwrap().was_wrong();
    }
}

#[tokio::test]
async fn a_hash_verifies_its_own_secret_only() {
    let hasher = Hasher::new(Random::system());
    let secret = Secret::new("correct horse".to_owned());

    let phc = hasher.hash(&secret).await.unwrap();

    assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_eq!(hasher.verify(&secret, &[&phc], &attempt()).await, Ok(Some(0)));
    assert_eq!(
        hasher.verify(&Secret::new("wrong".to_owned()), &[&phc], &attempt()).await,
        Ok(None)
    );
    assert_eq!(hasher.verify(&secret, &["nonsense"], &attempt()).await, Err(Error::Unhashable));
}

#[tokio::test]
async fn a_verified_secret_is_remembered_with_what_it_was_verified_against() {
    let hasher = Hasher::new(Random::system());
    let secret = Secret::new("correct horse".to_owned());
    let phc = hasher.hash(&secret).await.unwrap();
    let other = hasher.hash(&Secret::new("battery".to_owned())).await.unwrap();

    assert_eq!(hasher.verify(&secret, &[&phc], &attempt()).await, Ok(Some(0)));

    assert!(hasher.verified.contains_key(&hasher.memory_of(&secret, &phc, &attempt().guesser)));
    assert_eq!(hasher.verify(&secret, &[&other], &attempt()).await, Ok(None));
}

#[tokio::test]
async fn an_operator_who_states_a_secret_does_not_guess() {
    let hasher = Hasher::new(Random::system());
    let secret = Secret::new("correct horse".to_owned());
    let phc = hasher.hash(&secret).await.unwrap();

    for number in 0..12 {
        let other = Secret::new(format!("wrong {number}"));
        assert_eq!(hasher.recognise(&other, &[&phc]).await, Ok(None));
    }

    assert_eq!(hasher.recognise(&secret, &[&phc]).await, Ok(Some(0)));
    assert!(hasher.verified.contains_key(&hasher.memory_of(&secret, &phc, OPERATOR)));
}

#[test]
fn a_hash_made_elsewhere_must_be_argon2id_of_a_sane_size() {
    let hash =
        |start: &str| format!("{start}$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");

    assert!(is_hash(&hash("$argon2id$v=19$m=65536,t=2,p=1")));
    for bad in [
        "$argon2i$v=19$m=65536,t=2,p=1",
        "$argon2id$v=19$m=4194304,t=2,p=1",
        "$argon2id$v=19$m=65536,t=100,p=1",
        "$2b$12",
    ] {
        assert!(!is_hash(&hash(bad)), "{bad}");
    }
    assert!(!is_hash("$argon2id$v=19$m=65536,t=2,p=1") && !is_hash("hunter2"));
}

#[tokio::test]
async fn a_full_queue_says_so_instead_of_growing() {
    let hasher = Hasher::new(Random::system());
    let phc = hasher.hash(&Secret::new("correct horse".to_owned())).await.unwrap();
    let held = Arc::clone(&hasher.places).try_acquire_many_owned(33).unwrap();

    let refused = hasher.verify(&Secret::new("x".to_owned()), &[&phc], &attempt()).await;
    drop(held);

    assert_eq!(refused, Err(Error::Busy));
    assert_eq!(hasher.verify(&Secret::new("x".to_owned()), &[&phc], &attempt()).await, Ok(None));
}

#[tokio::test]
async fn whoever_used_up_the_guesses_is_not_told_what_is_remembered() {
    let hasher = Hasher::new(Random::system());
    let secret = Secret::new("correct horse".to_owned());
    let phc = hasher.hash(&secret).await.unwrap();
    let guesser = Attempt { guesser: "mailer|127.0.0.2".to_owned(), ..attempt() };
    assert_eq!(hasher.verify(&secret, &[&phc], &attempt()).await, Ok(Some(0)));
    let wrong = Secret::new("wrong".to_owned());
    let throttled = Err(Error::Throttled(Duration::from_mins(1)));

    for _ in 0..10 {
        assert_eq!(hasher.verify(&wrong, &[&phc], &guesser).await, Ok(None));
    }

    assert_eq!(hasher.verify(&wrong, &[&phc], &guesser).await, throttled);
    assert_eq!(hasher.verify(&secret, &[&phc], &guesser).await, throttled);
    // Where it was right before it is right at once, until somebody there guesses as much.
    assert_eq!(hasher.verify(&secret, &[&phc], &attempt()).await, Ok(Some(0)));
    use_up(&hasher, (&attempt().guesser, 10)).await;
    assert_eq!(hasher.verify(&secret, &[&phc], &attempt()).await, throttled);
}

#[tokio::test]
async fn of_several_secrets_each_is_right_and_none_counts_as_a_guess() {
    let hasher = Hasher::new(Random::system());
    let (old, new) = (Secret::new("the old one".to_owned()), Secret::new("the new".to_owned()));
    let kept = [hasher.hash(&new).await.unwrap(), hasher.hash(&old).await.unwrap()];
    let kept: Vec<_> = kept.iter().map(String::as_str).collect();

    for _ in 0..20 {
        assert_eq!(hasher.verify(&old, &kept, &attempt()).await, Ok(Some(1)));
    }
    assert_eq!(hasher.verify(&new, &kept, &attempt()).await, Ok(Some(0)));
}

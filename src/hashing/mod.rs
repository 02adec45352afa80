//! Hashing of secrets that people chose: slow on purpose, and therefore kept off the threads that
//! answer requests, bounded, and done once for a secret that keeps coming.

mod guesses;

use std::{fmt, sync::Arc};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use aws_lc_rs::hmac;
use moka::sync::Cache;
use tokio::sync::Semaphore;

use crate::model::{
    secret::{Random, Secret},
    timestamp::Timestamp,
};

use guesses::Guesses;

/// Memory of one hash, in KiB (OWASP's first choice for argon2id).
const MEMORY_KIB: u32 = 19_456;

/// Passes over that memory.
const PASSES: u32 = 2;

/// Hashes computed at once. Each keeps a core busy for about 20 ms.
const AT_ONCE: usize = 1;

/// Callers that may wait for their turn; one more is told to come back later.
const QUEUE: usize = 32;

/// Verified secrets remembered.
const REMEMBERED: u64 = 10_000;

/// Hashes and verifies chosen secrets with argon2id.
///
/// A secret that was verified is remembered as a keyed hash of itself *and of what it was verified
/// against*. So a change of the stored hash needs no one to drop anything, and the key, which dies
/// with the process, makes the memory useless to whoever reads it.
pub struct Hasher {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    verified: Cache<[u8; 32], ()>,
    guesses: Guesses,
    key: hmac::Key,
    random: Random,
}

/// Who tries to prove something, and when: what guessing is slowed down by.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Whose secret, and from which address. An attacker elsewhere must not lock the owner out.
    pub guesser: String,
    /// When.
    pub at: Timestamp,
}

/// Why nothing was hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too many wait already.
    #[error("too many secrets wait to be hashed")]
    Busy,
    /// This guesser was wrong too often in the last minute.
    #[error("too many wrong guesses")]
    Throttled,
    /// The library refused, or what is stored is no argon2 hash.
    #[error("the secret cannot be hashed")]
    Unhashable,
}

impl Hasher {
    /// A hasher with a memory of its own.
    ///
    /// # Panics
    ///
    /// Never: the parameters are constants that argon2 takes.
    #[must_use]
    pub fn new(random: Random) -> Self {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("these parameters are valid");
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            places: Arc::new(Semaphore::new(AT_ONCE + QUEUE)),
            verified: Cache::new(REMEMBERED),
            guesses: Guesses::new(),
            key: hmac::Key::new(hmac::HMAC_SHA256, &random.bytes::<32>()),
            random,
        }
    }

    /// Hashes a new secret, as a PHC string.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if too many wait already.
    pub async fn hash(&self, secret: &Secret) -> Result<String, Error> {
        let (argon2, secret) = (self.argon2.clone(), secret.clone());
        let salt = self.random.bytes::<16>();
        self.in_turn(move || {
            let hash: Result<PasswordHash, _> =
                argon2.hash_password_with_salt(secret.expose().as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|_| Error::Unhashable)
        })
        .await
    }

    /// Which of the hashes in `kept` was made of `secret`, if one was.
    ///
    /// A secret that was right before is right at once, however much others guess.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if too many wait already, [`Error::Throttled`] after too many wrong guesses.
    pub async fn verify(
        &self,
        secret: &Secret,
        kept: &[&str],
        attempt: &Attempt,
    ) -> Result<Option<usize>, Error> {
        let memories: Vec<_> = kept.iter().map(|phc| self.memory_of(secret, phc)).collect();
        let known = memories.iter().position(|memory| self.verified.contains_key(memory));
        if known.is_some() || kept.is_empty() {
            return Ok(known);
        }
        if !self.guesses.take(&attempt.guesser, attempt.at) {
            return Err(Error::Throttled);
        }
        let found = self.find_match(secret, kept).await;
        if !matches!(found, Ok(None)) {
            self.guesses.give_back(&attempt.guesser, attempt.at);
        }
        if let Ok(Some(place)) = found {
            self.verified.insert(memories[place], ());
        }
        found
    }

    async fn find_match(&self, secret: &Secret, kept: &[&str]) -> Result<Option<usize>, Error> {
        for (place, phc) in kept.iter().enumerate() {
            if self.matches(secret, phc).await? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    async fn matches(&self, secret: &Secret, phc: &str) -> Result<bool, Error> {
        let (argon2, secret, phc) = (self.argon2.clone(), secret.clone(), phc.to_owned());
        self.in_turn(move || {
            let hash = PasswordHash::new(&phc).map_err(|_| Error::Unhashable)?;
            match argon2.verify_password(secret.expose().as_bytes(), &hash) {
                Ok(()) => Ok(true),
                Err(password_hash::Error::PasswordInvalid) => Ok(false),
                Err(_) => Err(Error::Unhashable),
            }
        })
        .await
    }

    /// Runs `work` on a blocking thread when its turn comes.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Error::Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Error::Busy)?;
        // The permits go along: a caller that leaves does not make room before the work is done.
        let done = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work()
        });
        done.await.map_err(|_| Error::Unhashable)?
    }

    fn memory_of(&self, secret: &Secret, phc: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        // The length keeps two pairs apart whose concatenations are the same.
        context.update(&phc.len().to_be_bytes());
        context.update(phc.as_bytes());
        context.update(secret.expose().as_bytes());
        let mut memory = [0; 32];
        memory.copy_from_slice(context.sign().as_ref());
        memory
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt() -> Attempt {
        Attempt { guesser: "mailer|127.0.0.1".to_owned(), at: Timestamp(0) }
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

        assert!(hasher.verified.contains_key(&hasher.memory_of(&secret, &phc)));
        assert_eq!(hasher.verify(&secret, &[&other], &attempt()).await, Ok(None));
    }

    #[tokio::test]
    async fn a_full_queue_says_so_instead_of_growing() {
        let hasher = Hasher::new(Random::system());
        let phc = hasher.hash(&Secret::new("correct horse".to_owned())).await.unwrap();
        let held = Arc::clone(&hasher.places).try_acquire_many_owned(33).unwrap();

        let refused = hasher.verify(&Secret::new("x".to_owned()), &[&phc], &attempt()).await;
        drop(held);

        assert_eq!(refused, Err(Error::Busy));
        assert_eq!(
            hasher.verify(&Secret::new("x".to_owned()), &[&phc], &attempt()).await,
            Ok(None)
        );
    }

    #[tokio::test]
    async fn guessing_is_slowed_down_and_the_remembered_secret_is_not() {
        let hasher = Hasher::new(Random::system());
        let secret = Secret::new("correct horse".to_owned());
        let phc = hasher.hash(&secret).await.unwrap();
        assert_eq!(hasher.verify(&secret, &[&phc], &attempt()).await, Ok(Some(0)));
        let wrong = Secret::new("wrong".to_owned());

        for _ in 0..10 {
            assert_eq!(hasher.verify(&wrong, &[&phc], &attempt()).await, Ok(None));
        }

        assert_eq!(hasher.verify(&wrong, &[&phc], &attempt()).await, Err(Error::Throttled));
        assert_eq!(hasher.verify(&secret, &[&phc], &attempt()).await, Ok(Some(0)));
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
}

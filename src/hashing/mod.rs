//! Hashing of secrets that people chose: slow on purpose, and therefore kept off the threads that
//! answer requests, bounded, and done once for a secret that keeps coming.

mod flights;
mod guesses;
mod judging;
mod password;
mod tries;

use std::{fmt, sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use aws_lc_rs::hmac;
use metrics::counter;
use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::{Instrument, trace_span};

use crate::model::{
    secret::{Random, Secret},
    timestamp::Timestamp,
    trace::SPANS,
};

use flights::Flights;
use guesses::Guesses;
use judging::{Judged, Question};
pub use password::{PasswordAttempt, network};

/// Memory of one hash, in KiB (OWASP's first choice for argon2id).
const MEMORY_KIB: u32 = 19_456;

/// Passes over that memory.
const PASSES: u32 = 2;

/// The most that a hash made elsewhere may cost: memory in KiB, passes, lanes.
const MOST_MEMORY_KIB: u32 = 262_144;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 16;

/// Hashes computed at once. Each keeps a core busy for about 20 ms.
const AT_ONCE: usize = 1;

/// Callers that may wait for their turn; one more is told to come back later.
const QUEUE: usize = 32;

/// Wrong guesses at one secret from one address that are free in a minute.
const FREE_GUESSES: u32 = 10;

/// Who states secrets without guessing. No other guesser has this name.
const OPERATOR: &str = "";

/// Verified secrets remembered, for each that they were right for.
const REMEMBERED: u64 = 10_000;

/// Hashes and verifies chosen secrets with argon2id.
///
/// A secret that was verified is remembered as a keyed hash of itself, of whoever it was right for
/// *and of what it was verified against*. So a change of the stored hash needs no one to drop
/// anything, what was right for one tells another nothing, and the key, which dies with the process,
/// makes the memory useless to whoever reads it.
pub struct Hasher {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    verified: Cache<[u8; 32], ()>,
    guesses: Guesses,
    flights: Flights<Judged>,
    key: hmac::Key,
    random: Random,
}

/// Who tries to prove something, and when: what guessing is slowed down by.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Whose secret, and from which [`network`]. An attacker elsewhere must not lock the owner out.
    pub guesser: String,
    /// When.
    pub at: Timestamp,
}

/// Why nothing was hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too many wait already.
    #[error("too many secrets wait to be judged")]
    Busy,
    /// This guesser was wrong too often in the last minute. It may try again after so long.
    #[error("too many wrong guesses")]
    Throttled(Duration),
    /// The library refused, or what is stored is no argon2 hash.
    #[error("the secret cannot be hashed")]
    Unhashable,
}

impl Error {
    /// Counts a secret that was not looked at.
    fn count(&self) {
        let reason = match self {
            Self::Busy => "busy",
            Self::Throttled(_) => "throttled",
            Self::Unhashable => return,
        };
        counter!("tessera_hashing_refusals_total", "reason" => reason).increment(1);
    }
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
            flights: Flights::new(),
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
        .inspect_err(Error::count)
    }

    /// Which of the hashes in `kept` was made of `secret`, if one was.
    ///
    /// What was right before for the same guesser is right at once, however much others guess. It is
    /// not while this one has no guess left: else right and wrong would still be told apart. The
    /// same secret many times at once is judged once, and is one guess.
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
        if kept.is_empty() {
            return Ok(None);
        }
        let guessers = &[(attempt.guesser.as_str(), FREE_GUESSES)];
        self.judge(Question { secret, kept, guessers, at: attempt.at }).await
    }

    /// Which of the hashes in `kept` was made of `secret`, if one was: for a secret that an operator
    /// states. Nobody guesses, and nothing is counted.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if too many wait already.
    pub async fn recognise(&self, secret: &Secret, kept: &[&str]) -> Result<Option<usize>, Error> {
        let memory = |phc: &str| self.memory_of(secret, phc, OPERATOR);
        let is_known = |phc: &&str| self.verified.contains_key(&memory(phc));
        let known = kept.iter().position(is_known);
        if known.is_some() {
            return Ok(known);
        }
        let found = self.find_match(secret, kept).await.inspect_err(Error::count)?;
        if let Some(place) = found {
            self.verified.insert(memory(kept[place]), ());
        }
        Ok(found)
    }

    /// How many secrets are being hashed or wait for it, and how many may.
    #[must_use]
    pub fn queue(&self) -> (usize, usize) {
        let limit = AT_ONCE + QUEUE;
        (limit - self.places.available_permits().min(limit), limit)
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
        self.wait_and_run(place, work).instrument(trace_span!(target: SPANS, "hash")).await
    }

    async fn wait_and_run<T: Send + 'static>(
        &self,
        place: OwnedSemaphorePermit,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Error::Busy)?;
        // The permits go along: a caller that leaves does not make room before the work is done.
        let done = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work()
        });
        done.await.map_err(|_| Error::Unhashable)?
    }

    fn memory_of(&self, secret: &Secret, phc: &str, guesser: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        // The lengths keep two apart whose concatenations are the same.
        for known in [phc, guesser] {
            context.update(&known.len().to_be_bytes());
            context.update(known.as_bytes());
        }
        context.update(secret.expose().as_bytes());
        let mut memory = [0; 32];
        memory.copy_from_slice(context.sign().as_ref());
        memory
    }
}

/// Whether `phc` is an argon2id hash that may be verified against: one that somebody made elsewhere
/// must not take all memory or minutes.
#[must_use]
pub fn is_hash(phc: &str) -> bool {
    let Ok(hash) = PasswordHash::new(phc) else { return false };
    let Ok(params) = Params::try_from(&hash) else { return false };
    hash.algorithm == Algorithm::Argon2id.ident()
        && hash.hash.is_some()
        && hash.salt.is_some()
        && params.m_cost() <= MOST_MEMORY_KIB
        && params.t_cost() <= MOST_PASSES
        && params.p_cost() <= MOST_LANES
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher(…)")
    }
}

#[cfg(test)]
mod tests;

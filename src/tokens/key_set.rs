//! The signing keys of the server: which one signs, and which are published.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use jsonwebtoken::{DecodingKey, jwk::Jwk};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    model::{
        secret::Random,
        signature_algorithm::SignatureAlgorithm,
        signing_key::{SigningKey, SigningKeyState},
        timestamp::Timestamp,
    },
    store::Store,
};

use super::{Error, Result, Sealer, seal::Belonging, sign::Signer};

/// The signing keys, read from the store and kept parsed.
#[derive(Debug, Default)]
pub struct KeySet {
    loaded: RwLock<Loaded>,
    /// How many reads of the store were begun.
    reads: AtomicU64,
}

/// What a read of the store brought.
#[derive(Debug, Default)]
struct Loaded {
    keys: Arc<Vec<Arc<LoadedKey>>>,
    /// Which read it was, in the order in which they began.
    read: u64,
    /// The rows that the store keeps, if it was those.
    kept: Option<Arc<Vec<SigningKey>>>,
}

/// A signing key at work.
pub struct LoadedKey {
    /// Its name.
    pub kid: String,
    /// What it signs with.
    pub algorithm: SignatureAlgorithm,
    /// Where it stands in its life.
    pub state: SigningKeyState,
    /// When it was made.
    pub created_at: Timestamp,
    pub(super) signer: Signer,
    pub(super) verifier: DecodingKey,
    jwk: Value,
}

impl KeySet {
    /// Takes the keys as the store has them, or keeps them: a change that was acknowledged is seen.
    ///
    /// # Errors
    ///
    /// [`Error::Unsealable`] if a private half cannot be opened.
    pub async fn reload(&self, store: &Store, sealer: &Sealer) -> Result<()> {
        let read = self.begin_read();
        let rows = store.signing_keys().await?;
        let is_loaded = {
            let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
            loaded.kept.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, &rows))
        };
        if is_loaded { Ok(()) } else { self.load(&rows, read, Some(Arc::clone(&rows)), sealer) }
    }

    /// Reads the keys from the store, also one whose making was not acknowledged yet.
    async fn read(&self, store: &Store, sealer: &Sealer) -> Result<()> {
        let read = self.begin_read();
        let rows = store.read().await?.signing_keys().await?;
        self.load(&rows, read, None, sealer)
    }

    fn begin_read(&self) -> u64 {
        self.reads.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn load(
        &self,
        rows: &[SigningKey],
        read: u64,
        kept: Option<Arc<Vec<SigningKey>>>,
        sealer: &Sealer,
    ) -> Result<()> {
        let known = self.keys();
        let keys = rows
            .iter()
            .map(|row| match known.iter().find(|key| key.is(row)) {
                Some(key) => Ok(Arc::clone(key)),
                None => LoadedKey::load(row.clone(), sealer).map(Arc::new),
            })
            .collect::<Result<Vec<_>>>()?;
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        // Reads overtake each other: an older one must not overwrite a newer.
        if read > loaded.read {
            *loaded = Loaded { keys: Arc::new(keys), read, kept };
        }
        Ok(())
    }

    /// Makes sure that `algorithm` has a key that signs, making one where none does. Of several
    /// nodes that try at once, one wins and all use its key.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be reached.
    pub async fn ensure(
        &self,
        store: &Store,
        sealer: &Sealer,
        algorithm: SignatureAlgorithm,
        (random, now): (&Random, Timestamp),
    ) -> Result<()> {
        if self.signing(algorithm).is_some() {
            return Ok(());
        }
        if !store.read().await?.has_active_signing_key(algorithm).await? {
            let key = make(algorithm, sealer, random, now).await?;
            let mut transaction = store.begin().await?;
            transaction.insert_active_signing_key(&key).await?;
            transaction.commit().await?;
        }
        // What another task made may be there and not be noted yet.
        self.read(store, sealer).await
    }

    /// The key that signs with `algorithm`.
    #[must_use]
    pub fn signing(&self, algorithm: SignatureAlgorithm) -> Option<Arc<LoadedKey>> {
        let keys = self.keys();
        let signs = |key: &&Arc<LoadedKey>| {
            key.algorithm == algorithm && key.state == SigningKeyState::Active
        };
        keys.iter().find(signs).cloned()
    }

    /// The key named `kid`, if its signatures still count.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<Arc<LoadedKey>> {
        self.keys().iter().find(|key| key.kid == kid).cloned()
    }

    /// Every key that signs or is published.
    #[must_use]
    pub fn keys(&self) -> Arc<Vec<Arc<LoadedKey>>> {
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner).keys)
    }

    /// The public halves as a JWK set (RFC 7517 §5).
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({"keys": self.keys().iter().map(|key| &key.jwk).collect::<Vec<_>>()})
    }
}

impl LoadedKey {
    fn load(row: SigningKey, sealer: &Sealer) -> Result<Self> {
        let unsealable = || Error::Unsealable(format!("signing key {}", row.kid));
        let belonging = Belonging::signing_key(&row.kid);
        let private = sealer
            .open(row.seal_key, &belonging, &row.private_sealed)
            .map(Zeroizing::new)
            .ok_or_else(unsealable)?;
        let signer = Signer::parse(row.algorithm, &private)?;
        let jwk = signer.public_jwk(&row.kid);
        let public: Jwk = serde_json::from_value(jwk.clone()).map_err(|_| unsealable())?;
        let verifier = DecodingKey::from_jwk(&public).map_err(|_| unsealable())?;
        Ok(Self {
            kid: row.kid,
            algorithm: row.algorithm,
            state: row.state,
            created_at: row.created_at,
            signer,
            verifier,
            jwk,
        })
    }

    fn is(&self, row: &SigningKey) -> bool {
        self.kid == row.kid && self.state == row.state
    }
}

impl std::fmt::Debug for LoadedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LoadedKey({}, {}, {})", self.kid, self.algorithm, self.state)
    }
}

async fn make(
    algorithm: SignatureAlgorithm,
    sealer: &Sealer,
    random: &Random,
    now: Timestamp,
) -> Result<SigningKey> {
    // An RSA key takes a good part of a second: not on a thread that answers requests.
    let pkcs8 = tokio::task::spawn_blocking(move || Signer::generate(algorithm))
        .await
        .map_err(|_| Error::Cryptography("make a signing key"))??;
    let kid = key_name(random, now);
    let sealed = sealer.seal(&Belonging::signing_key(&kid), &pkcs8)?;
    let public_jwk = Signer::parse(algorithm, &pkcs8)?.public_jwk(&kid).to_string();
    Ok(SigningKey {
        kid,
        algorithm,
        state: SigningKeyState::Active,
        public_jwk,
        private_sealed: sealed.bytes,
        seal_key: sealed.seal_key,
        created_at: now,
    })
}

/// A name such as `k-26-x7f3qa`: the year, and six characters that no two keys share.
fn key_name(random: &Random, now: Timestamp) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let year = now.rfc3339();
    let draw = |byte: u8| char::from(LETTERS[usize::from(byte & 31)]);
    let letters: String = random.bytes::<6>().map(draw).iter().collect();
    format!("k-{}-{letters}", year.get(2..4).unwrap_or("00"))
}

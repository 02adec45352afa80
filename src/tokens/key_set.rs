//! The signing keys of the server: which one signs, and which are published.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use jsonwebtoken::{DecodingKey, jwk::Jwk};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    model::{
        secret::Random,
        signature_algorithm::SignatureAlgorithm,
        signing_key::{SigningKey, SigningKeyState},
        timestamp::Timestamp,
    },
    store::Store,
};

use super::{
    Error, Result, Sealer,
    key_halves::{halves, make},
    sign::Signer,
};

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

/// What was read, which read it was, and the rows that the store keeps, if it was those.
type Rows<'r> = (&'r [SigningKey], u64, Option<Arc<Vec<SigningKey>>>);

/// A signing key at work.
pub struct LoadedKey {
    /// Its name.
    pub kid: String,
    /// What it signs with.
    pub algorithm: SignatureAlgorithm,
    /// Where it stands in its life.
    pub state: SigningKeyState,
    /// When it began to sign, or will.
    pub signs_from: Timestamp,
    /// What signs; none in a key that signs no more.
    signer: Option<Signer>,
    pub(super) verifier: DecodingKey,
    jwk: Value,
}

impl KeySet {
    /// Takes the keys as the store has them, or keeps them: a change that was acknowledged is seen.
    /// Ask before each signature made or checked.
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
        if is_loaded {
            return Ok(());
        }
        self.learn((&rows, read, Some(Arc::clone(&rows))), store, sealer).await
    }

    /// Reads the keys from the store, also one whose making was not acknowledged yet.
    ///
    /// # Errors
    ///
    /// As [`KeySet::reload`].
    pub(super) async fn read(&self, store: &Store, sealer: &Sealer) -> Result<()> {
        let read = self.begin_read();
        let rows = store.signing_keys_by_now().await?;
        self.learn((&rows, read, None), store, sealer).await
    }

    /// Loads what was read. A key may be sealed with an envelope key that another node has just
    /// made.
    async fn learn(&self, rows: Rows<'_>, store: &Store, sealer: &Sealer) -> Result<()> {
        match self.load(rows.clone(), sealer) {
            Err(Error::Unsealable(_)) => {
                sealer.learn(store).await?;
                self.load(rows, sealer)
            }
            outcome => outcome,
        }
    }

    fn begin_read(&self) -> u64 {
        self.reads.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn load(&self, (rows, read, kept): Rows<'_>, sealer: &Sealer) -> Result<()> {
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
            let key = make(algorithm, SigningKeyState::Active, sealer, (random, now, now)).await?;
            let mut transaction = store.begin().await?;
            let is_first = transaction.insert_signing_key(&key).await?;
            transaction.commit().await?;
            if is_first {
                let kid = key.kid.as_str();
                tracing::info!(
                    event = "key.made",
                    key.id = kid,
                    key.algorithm = %algorithm,
                    "made signing key {kid}, {algorithm}, which signs from now on"
                );
            }
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
        let (jwk, signer) = halves(&row, sealer)?;
        let unusable = || Error::Unsealable(format!("signing key {}", row.kid));
        let public: Jwk = serde_json::from_value(jwk.clone()).map_err(|_| unusable())?;
        let verifier = DecodingKey::from_jwk(&public).map_err(|_| unusable())?;
        Ok(Self {
            signs_from: row.signs_from(),
            kid: row.kid,
            algorithm: row.algorithm,
            state: row.state,
            signer,
            verifier,
            jwk,
        })
    }

    /// Signs claims; the `kid` in the header is this key's own.
    pub(super) fn sign(&self, jwt_type: &str, claims: &impl Serialize) -> Result<String> {
        let signer = self.signer.as_ref().ok_or(Error::Cryptography("sign with a retired key"))?;
        signer.sign(&self.kid, jwt_type, claims)
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

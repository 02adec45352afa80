//! What was opened and verified before: sealed payloads and signatures, which never change, so
//! that what is remembered of them can be forgotten but never be stale.
//!
//! Whether a token is still good is not for these to say: that is its entry's, each time.

use std::sync::Arc;

use moka::sync::Cache;

use crate::model::{entry_key::EntryKey, jwt_id::JwtId, secret::Sha256};

use super::key_set::LoadedKey;

/// What is remembered.
#[derive(Debug)]
pub(super) struct Remembered {
    payloads: Cache<EntryKey, Arc<Payload>>,
    jwts: Cache<[u8; 32], Arc<VerifiedJwt>>,
}

/// What a payload says that its row does not.
#[derive(Debug)]
pub(super) struct Payload {
    /// The bytes that were opened. Another payload in the same row is another one.
    pub(super) sealed: Vec<u8>,
    pub(super) iss: String,
    pub(super) sub: String,
}

/// What a JWT says of its entry, and the key whose signature it bears.
#[derive(Debug)]
pub(super) struct VerifiedJwt {
    pub(super) key: Arc<LoadedKey>,
    pub(super) id: JwtId,
    pub(super) client_id: String,
}

impl Remembered {
    /// Remembers so many payloads, and as many JWTs.
    pub(super) fn new(capacity: u64) -> Self {
        Self { payloads: Cache::new(capacity), jwts: Cache::new(capacity) }
    }

    /// What the payload of an entry says, if these very bytes were opened before.
    pub(super) fn payload(&self, key: EntryKey, sealed: &[u8]) -> Option<Arc<Payload>> {
        self.payloads.get(&key).filter(|payload| payload.sealed == sealed)
    }

    pub(super) fn keep_payload(&self, key: EntryKey, payload: &Arc<Payload>) {
        self.payloads.insert(key, Arc::clone(payload));
    }

    /// What a JWT says, if its signature was verified before.
    pub(super) fn jwt(&self, presented: &Sha256) -> Option<Arc<VerifiedJwt>> {
        self.jwts.get(presented.as_bytes())
    }

    pub(super) fn keep_jwt(&self, presented: &Sha256, jwt: &Arc<VerifiedJwt>) {
        if let Ok(hash) = presented.as_bytes().try_into() {
            self.jwts.insert(hash, Arc::clone(jwt));
        }
    }
}

//! What was opened and verified before: sealed payloads and signatures, which never change, so
//! that what is remembered of them can be forgotten but never be stale; and who took a slot, as far
//! as is known here.
//!
//! Whether a token is still good is not for these to say: that is its entry's, each time.

use std::sync::Arc;

use moka::sync::Cache;

use crate::{
    model::{client_id::ClientId, entry_key::EntryKey, jwt_id::JwtId, secret::Sha256},
    store::SlotHolder,
};

use super::SlotKey;

use super::claims::AccessTokenClaims;

/// What is remembered.
#[derive(Debug)]
pub(super) struct Remembered {
    payloads: Cache<EntryKey, Arc<Payload>>,
    jwts: Cache<[u8; 32], Arc<VerifiedJwt>>,
    holders: Cache<[u8; 32], Arc<SlotHolder>>,
}

/// What a payload says that its row does not.
#[derive(Debug)]
pub(super) struct Payload {
    /// The bytes that were opened, and for which client. Another payload in the same row, or this
    /// one for another client, is another one.
    pub(super) sealed: Vec<u8>,
    pub(super) client_id: ClientId,
    pub(super) iss: String,
    pub(super) sub: String,
}

/// What a JWT says of its entry, and the name of the key whose signature it bears.
#[derive(Debug)]
pub(super) struct VerifiedJwt {
    pub(super) kid: String,
    pub(super) id: JwtId,
    pub(super) client_id: String,
    /// All that it says, where no entry says it.
    pub(super) claims: Option<Box<AccessTokenClaims>>,
}

impl Remembered {
    /// Remembers so many payloads, as many JWTs and as many holders of slots.
    pub(super) fn new(capacity: u64) -> Self {
        Self {
            payloads: Cache::new(capacity),
            jwts: Cache::new(capacity),
            holders: Cache::new(capacity),
        }
    }

    /// What the payload of an entry says, if these very bytes were opened for this client before.
    pub(super) fn payload(
        &self,
        key: EntryKey,
        client_id: &ClientId,
        sealed: &[u8],
    ) -> Option<Arc<Payload>> {
        let is_it =
            |payload: &Arc<Payload>| payload.sealed == sealed && payload.client_id == *client_id;
        self.payloads.get(&key).filter(is_it)
    }

    /// Remembers what was opened.
    pub(super) fn keep_payload(&self, key: EntryKey, payload: &Arc<Payload>) {
        self.payloads.insert(key, Arc::clone(payload));
    }

    /// What a JWT says, if its signature was verified before.
    pub(super) fn jwt(&self, presented: &Sha256) -> Option<Arc<VerifiedJwt>> {
        self.jwts.get(presented.as_bytes())
    }

    /// Remembers what was verified.
    pub(super) fn keep_jwt(&self, presented: &Sha256, jwt: &Arc<VerifiedJwt>) {
        if let Ok(hash) = presented.as_bytes().try_into() {
            self.jwts.insert(hash, Arc::clone(jwt));
        }
    }

    /// Who took a slot last, as far as is known here. Another may have taken it since, but not while
    /// this one was good for long: that is its entry's to say.
    pub(super) fn holder(&self, slot: &SlotKey) -> Option<Arc<SlotHolder>> {
        self.holders.get(&slot.bytes())
    }

    /// Remembers who took a slot. What is sealed stays so.
    pub(super) fn keep_holder(&self, slot: &SlotKey, holder: &Arc<SlotHolder>) {
        self.holders.insert(slot.bytes(), Arc::clone(holder));
    }
}

//! Keys that stand among the envelope keys and seal nothing: they mark what must not be guessed or
//! forged, and are the same for ever. Sealed under the master key as the others are, they outlast
//! another master key, and a backup holds them.

use std::sync::PoisonError;

use aws_lc_rs::hmac;

use crate::{
    model::{
        audit::{AuditEvent, CHAIN_START},
        timestamp::Timestamp,
    },
    store::Store,
};

use super::{Error, Result, Sealer};

/// The number of the key of pairwise subjects. No period has it, and none that seals is lower.
pub(super) const SUBJECTS: i64 = -1;

/// The number of the key of the audit log's chain.
const AUDIT: i64 = -2;

/// Whether an envelope key of this number seals nothing.
pub(super) fn is_mark(id: i64) -> bool {
    matches!(id, SUBJECTS | AUDIT)
}

/// What links the events of the audit log: HMAC-SHA-256 under a key of its own, so that nobody who
/// can only write to the database makes a chain that holds.
pub struct AuditKey(hmac::Key);

impl AuditKey {
    /// What stands for `event`, at its place, and all before it.
    #[must_use]
    pub fn link(&self, before: &[u8], event: &AuditEvent, sequence: i64) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&(before.len() as u64).to_be_bytes());
        context.update(before);
        context.update(&event.canonical(sequence));
        context.sign().as_ref().to_vec()
    }

    /// What the chain begins with after the event at `sequence` was swept: what stood for that one
    /// and all before it, and a mark that it was we who swept.
    #[must_use]
    pub fn beginning(&self, sequence: i64, chain: &[u8]) -> Vec<u8> {
        let mark = hmac::sign(&self.0, &swept(sequence, chain));
        [chain, mark.as_ref()].concat()
    }

    /// What stood for the event at `sequence` and all before it, if `beginning` was noted of that by
    /// a sweep of ours.
    #[must_use]
    pub fn swept_until(&self, sequence: i64, beginning: &[u8]) -> Option<Vec<u8>> {
        if sequence == 0 {
            return (beginning == CHAIN_START).then(|| beginning.to_vec());
        }
        let (chain, mark) = beginning.split_at_checked(CHAIN_START.len())?;
        hmac::verify(&self.0, &swept(sequence, chain), mark).ok()?;
        Some(chain.to_vec())
    }
}

/// What a mark of a sweep is made over. No link begins so: its first eight bytes are a small number.
fn swept(sequence: i64, chain: &[u8]) -> Vec<u8> {
    [&b"tessera audit swept v1"[..], &sequence.to_be_bytes(), chain].concat()
}

impl Sealer {
    /// The key of the audit log's chain, made where there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if it cannot be read, [`Error::OtherMaster`] if the master key was replaced.
    pub async fn audit_key(&self, store: &Store, now: Timestamp) -> Result<AuditKey> {
        self.mark_key(store, AUDIT, now).await.map(AuditKey)
    }

    /// The key of this number, made where nobody needed it before. Of several nodes that make it at
    /// once, one wins and all use its key.
    pub(super) async fn mark_key(
        &self,
        store: &Store,
        id: i64,
        now: Timestamp,
    ) -> Result<hmac::Key> {
        if let Some(key) = self.known_mark(id) {
            return Ok(key);
        }
        self.learn(store).await?;
        if self.known_mark(id).is_none() {
            self.add(store, id, now).await?;
            self.learn(store).await?;
        }
        self.known_mark(id).ok_or(Error::Cryptography("mark anything without a key"))
    }

    pub(super) fn known_mark(&self, id: i64) -> Option<hmac::Key> {
        self.marks.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    pub(super) fn take_mark(&self, id: i64, bytes: &[u8]) {
        let key = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        self.marks.write().unwrap_or_else(PoisonError::into_inner).insert(id, key);
    }
}

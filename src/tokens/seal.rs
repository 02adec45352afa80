//! Sealing: what the store keeps of payloads and private keys, so that a stolen database opens
//! nothing.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::{
    aead::{Aad, LessSafeKey, Nonce},
    hmac,
};

use crate::{
    model::{client_id::ClientId, entry_key::EntryKey, secret::Random, timestamp::Timestamp},
    store::Store,
};

use super::{Error, MasterKey, Result, SlotKey};

/// Bytes of the nonce that stands in front of what is sealed.
const NONCE_LENGTH: usize = 12;

/// Seals and opens with the envelope keys, the newest of which seals.
///
/// AES-256-GCM-SIV with random nonces: a nonce that repeats by accident shows only that two
/// plaintexts were equal.
pub struct Sealer {
    pub(super) master: RwLock<Arc<MasterKey>>,
    pub(super) random: Random,
    pub(super) keys: RwLock<BTreeMap<i64, LessSafeKey>>,
    /// Keys that seal nothing: of pairwise subjects, and of the audit log's chain.
    pub(super) marks: RwLock<BTreeMap<i64, hmac::Key>>,
}

/// Something sealed.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Which envelope key opens it.
    pub seal_key: i64,
    /// Nonce, ciphertext and tag.
    pub bytes: Vec<u8>,
}

/// What something sealed belongs to. It cannot be opened as anything else, so that rows cannot be
/// swapped.
pub struct Belonging(String);

impl Belonging {
    /// The payload of a token's entry.
    #[must_use]
    pub fn payload(key: EntryKey, client_id: &ClientId) -> Self {
        Self(format!("v1|payload|{key}|{client_id}"))
    }

    /// The string of a token, told again to whoever asks for what its slot stands for.
    #[must_use]
    pub fn token(key: EntryKey, client_id: &ClientId, slot: &SlotKey) -> Self {
        Self(format!("v1|token|{key}|{slot}|{client_id}"))
    }

    /// The private half of a signing key.
    #[must_use]
    pub fn signing_key(kid: &str) -> Self {
        Self(format!("v1|signing_key|{kid}"))
    }

    /// The public half of a signing key that signs no more.
    #[must_use]
    pub fn public_half(kid: &str) -> Self {
        Self(format!("v1|public_half|{kid}"))
    }

    pub(super) fn envelope_key(id: i64) -> Self {
        Self(format!("v1|envelope_key|{id}"))
    }
}

impl Sealer {
    /// Loads the envelope keys, making that of the period of `now` where it is missing.
    ///
    /// # Errors
    ///
    /// [`Error::Unsealable`] if the master key opens one of them not.
    pub async fn load(
        store: &Store,
        master: MasterKey,
        random: Random,
        now: Timestamp,
    ) -> Result<Self> {
        let master = RwLock::new(Arc::new(master));
        let sealer = Self { master, random, keys: RwLock::default(), marks: RwLock::default() };
        sealer.renew(store, now).await?;
        Ok(sealer)
    }

    /// Seals `plain` with the newest envelope key.
    ///
    /// # Errors
    ///
    /// [`Error::Cryptography`] if the library refuses, which it has no reason to.
    pub fn seal(&self, belonging: &Belonging, plain: &[u8]) -> Result<Sealed> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let (id, key) = keys.last_key_value().ok_or(Error::Cryptography("seal without a key"))?;
        Ok(Sealed { seal_key: *id, bytes: self.seal_with(key, belonging, plain)? })
    }

    /// Seals `plain` with the envelope key that sealed something else of the same row.
    ///
    /// # Errors
    ///
    /// [`Error::Cryptography`] if that key is not known here, which opening the other thing shows.
    pub(super) fn seal_beside(
        &self,
        seal_key: i64,
        belonging: &Belonging,
        plain: &[u8],
    ) -> Result<Vec<u8>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.get(&seal_key).ok_or(Error::Cryptography("seal without a key"))?;
        self.seal_with(key, belonging, plain)
    }

    /// Opens what [`Sealer::seal`] sealed. `None` if it was altered, belongs elsewhere, or its
    /// envelope key is not known here (yet: see [`Sealer::renew`]).
    #[must_use]
    pub fn open(&self, seal_key: i64, belonging: &Belonging, sealed: &[u8]) -> Option<Vec<u8>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        open_with(keys.get(&seal_key)?, belonging, sealed.to_vec())
    }

    pub(super) fn seal_with(
        &self,
        key: &LessSafeKey,
        belonging: &Belonging,
        plain: &[u8],
    ) -> Result<Vec<u8>> {
        let nonce = self.random.bytes::<NONCE_LENGTH>();
        let mut bytes = plain.to_vec();
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(&belonging.0),
            &mut bytes,
        )
        .map_err(|_| Error::Cryptography("seal"))?;
        bytes.splice(..0, nonce);
        Ok(bytes)
    }
}

pub(super) fn open_with(
    key: &LessSafeKey,
    belonging: &Belonging,
    mut sealed: Vec<u8>,
) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.split_at_mut_checked(NONCE_LENGTH)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let plain = key.open_in_place(nonce, Aad::from(&belonging.0), rest).ok()?;
    Some(plain.to_vec())
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::aead::{AES_256_GCM_SIV, UnboundKey};
    use zeroize::Zeroizing;

    use super::*;

    fn sealer() -> Sealer {
        let key = UnboundKey::new(&AES_256_GCM_SIV, &[7; 32]).unwrap();
        Sealer {
            master: RwLock::new(Arc::new(MasterKey::new(&Zeroizing::new([0; 32])))),
            random: Random::system(),
            keys: RwLock::new(BTreeMap::from([(3, LessSafeKey::new(key))])),
            marks: RwLock::default(),
        }
    }

    #[test]
    fn what_is_sealed_opens_where_it_belongs_and_nowhere_else() {
        let sealer = sealer();
        let here = Belonging::signing_key("k-1");

        let sealed = sealer.seal(&here, b"private").unwrap();

        assert_eq!(sealer.open(3, &here, &sealed.bytes).as_deref(), Some(&b"private"[..]));
        assert_eq!(sealer.open(3, &Belonging::signing_key("k-2"), &sealed.bytes), None);
        assert_eq!(sealer.open(4, &here, &sealed.bytes), None);
    }

    #[test]
    fn a_changed_or_cut_byte_opens_nothing() {
        let sealer = sealer();
        let here = Belonging::signing_key("k-1");
        let mut sealed = sealer.seal(&here, b"private").unwrap().bytes;

        for length in 0..sealed.len() {
            assert_eq!(sealer.open(3, &here, &sealed[..length]), None);
        }
        sealed[NONCE_LENGTH] ^= 1;
        assert_eq!(sealer.open(3, &here, &sealed), None);
    }
}

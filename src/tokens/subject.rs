//! What clients know people by (OpenID Connect Core §8).
//!
//! A pairwise subject is made with a key that stands among the envelope keys, sealed under the
//! master key as they are: so another master key changes no subject, and a backup holds it.

use std::sync::PoisonError;

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::{
    model::{client::Client, sign_in_settings::SubjectType, timestamp::Timestamp},
    store::Store,
};

use super::{Error, Result, Sealer, Tokens};

/// The number of the key of pairwise subjects. No period has it, and none that seals is lower.
pub(super) const SUBJECTS: i64 = -1;

impl Tokens {
    /// The `sub` by which `client` knows a user: it never changes.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the key of pairwise subjects cannot be read.
    pub async fn subject_of(
        &self,
        client: &Client,
        user_id: Uuid,
        now: Timestamp,
    ) -> Result<String> {
        match client.sign_in.subject_type {
            SubjectType::Public => Ok(user_id.to_string()),
            SubjectType::Pairwise => {
                let sector = client.sign_in.sector();
                let sector = sector.as_deref().unwrap_or(client.client_id.as_str());
                let key = self.sealer.subject_key(&self.store, now).await?;
                let tag = hmac::sign(&key, format!("{sector}|{user_id}").as_bytes());
                Ok(URL_SAFE_NO_PAD.encode(tag))
            }
        }
    }
}

impl Sealer {
    /// The key of pairwise subjects, made where nobody needed it before. Of several nodes that
    /// make it at once, one wins and all use its key.
    async fn subject_key(&self, store: &Store, now: Timestamp) -> Result<hmac::Key> {
        if let Some(key) = self.known_subject_key() {
            return Ok(key);
        }
        self.learn(store).await?;
        if self.known_subject_key().is_none() {
            self.add(store, SUBJECTS, now).await?;
            self.learn(store).await?;
        }
        self.known_subject_key().ok_or(Error::Cryptography("make subjects without a key"))
    }

    fn known_subject_key(&self) -> Option<hmac::Key> {
        self.subjects.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn take_subject_key(&self, bytes: &[u8]) {
        let key = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        *self.subjects.write().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }

    pub(super) fn knows_subject_key(&self) -> bool {
        self.known_subject_key().is_some()
    }
}

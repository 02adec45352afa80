//! What clients know people by (OpenID Connect Core §8).
//!
//! A pairwise subject is made with a key that stands among the envelope keys, sealed under the
//! master key as they are: so another master key changes no subject, and a backup holds it.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::model::{client::Client, sign_in_settings::SubjectType, timestamp::Timestamp};

use super::{Result, Tokens, marks::SUBJECTS};

impl Tokens {
    /// The `sub` by which `client` knows a user: it never changes.
    ///
    /// # Errors
    ///
    /// [`super::Error::Store`] if the key of pairwise subjects cannot be read.
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
                let key = self.sealer.mark_key(&self.store, SUBJECTS, now).await?;
                let tag = hmac::sign(&key, format!("{sector}|{user_id}").as_bytes());
                Ok(URL_SAFE_NO_PAD.encode(tag))
            }
        }
    }
}

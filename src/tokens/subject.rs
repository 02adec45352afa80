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
                let told = |sector: &str| format!("{sector}|{user_id}");
                self.told_to_sector(client, told, now).await
            }
        }
    }

    /// The `sid` by which `client` knows a browser session. Those who must not compare whom they
    /// know must not compare this either: it is as good a name.
    ///
    /// # Errors
    ///
    /// As [`Tokens::subject_of`].
    pub(super) async fn sid_of(
        &self,
        client: &Client,
        session_id: &str,
        now: Timestamp,
    ) -> Result<String> {
        match client.sign_in.subject_type {
            SubjectType::Public => Ok(session_id.to_owned()),
            SubjectType::Pairwise => {
                let told = |sector: &str| format!("sid|{sector}|{session_id}");
                self.told_to_sector(client, told, now).await
            }
        }
    }

    /// What nobody but us can make of something, and of the sector of a client.
    async fn told_to_sector(
        &self,
        client: &Client,
        told: impl FnOnce(&str) -> String,
        now: Timestamp,
    ) -> Result<String> {
        let sector = client.sign_in.sector();
        let text = told(sector.as_deref().unwrap_or(client.client_id.as_str()));
        let key = self.sealer.mark_key(&self.store, SUBJECTS, now).await?;
        Ok(URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes())))
    }
}

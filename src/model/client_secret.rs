//! The secrets of a client. Several may be live at once, so that one can be replaced in peace.

use std::time::Duration;

use uuid::Uuid;

use super::{client_id::ClientId, timestamp::Timestamp};

words! {
    /// Who thought of a secret, and so how it must be kept.
    pub enum SecretKind: "secret kind" {
        /// We drew it with 256 random bits; its SHA-256 is kept.
        Generated = "generated",
        /// A person chose it; its argon2id hash is kept.
        Chosen = "chosen",
    }
}

/// What we keep of a client secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct ClientSecret {
    /// The key of the row.
    pub secret_id: Uuid,
    /// Whose it is.
    pub client_id: ClientId,
    /// How people tell it from the client's others: the last six characters of a generated one,
    /// six random ones for a chosen one, of which nothing may be shown.
    pub hint: String,
    /// Who thought of it.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub kind: SecretKind,
    /// 32 bytes of SHA-256, or the characters of a PHC string.
    pub verifier: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The first moment at which it no longer opens anything.
    pub expires_at: Option<Timestamp>,
    /// When it was last used; written with some delay.
    pub last_used_at: Option<Timestamp>,
    /// The address it was last used from.
    pub last_used_from: Option<String>,
}

impl ClientSecret {
    /// Whether it opens anything at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// How long nobody used it, though it was there.
    #[must_use]
    pub fn unused_for(&self, now: Timestamp) -> Duration {
        now.since(self.last_used_at.unwrap_or(self.created_at))
    }
}

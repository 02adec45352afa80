//! The claims of an access token (RFC 9068 §2.2).

use serde::{Deserialize, Serialize};

use crate::model::space_delimited::SpaceDelimited;
#[cfg(feature = "entry-check")]
use crate::model::{issuer::Issuer, timestamp::Timestamp, token_entry::TokenEntry};

/// What a JWT access token says, and what a reference token stands for.
///
/// Every member is required when read: an absent one makes the token invalid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// The issuer.
    pub iss: String,
    /// On whose behalf: the user, or the client itself.
    pub sub: String,
    /// For whom.
    pub aud: AudienceClaim,
    /// The client that holds the token (RFC 8693 §4.3).
    pub client_id: String,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// The first second at which it is no longer good.
    pub exp: i64,
    /// The first second at which it is good, where it has to wait (RFC 7519 §4.1.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// Which token it is.
    pub jti: String,
    /// What for, parted by spaces (RFC 8693 §4.2). Absent where it is for nothing in particular.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
}

#[cfg(feature = "entry-check")]
impl AccessTokenClaims {
    /// What the row of a token says, in the words of claims.
    #[must_use]
    pub fn of_entry(entry: &TokenEntry, issuer: &Issuer) -> Self {
        let client_id = entry.client_id.as_str();
        Self {
            iss: issuer.as_str().to_owned(),
            sub: entry.subject.clone().unwrap_or_else(|| client_id.to_owned()),
            aud: (&entry.audience).into(),
            client_id: client_id.to_owned(),
            iat: entry.created_at.seconds(),
            exp: entry.expires_at.map_or(i64::MAX, Timestamp::seconds),
            nbf: entry.not_before.map(Timestamp::seconds_up),
            jti: entry.id().to_string(),
            scope: entry.scope.to_string(),
        }
    }
}

/// The `aud` claim: a string where there is one audience, else an array (RFC 7519 §4.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AudienceClaim {
    /// One audience.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl AudienceClaim {
    /// Whether `audience` is among them.
    #[must_use]
    pub fn contains(&self, audience: &str) -> bool {
        match self {
            Self::One(only) => only == audience,
            Self::Many(all) => all.iter().any(|one| one == audience),
        }
    }
}

impl From<&SpaceDelimited> for AudienceClaim {
    fn from(audience: &SpaceDelimited) -> Self {
        let mut all: Vec<String> = audience.iter().map(str::to_owned).collect();
        if all.len() == 1 { Self::One(all.remove(0)) } else { Self::Many(all) }
    }
}

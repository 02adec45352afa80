//! Signing keys, as the store keeps them.

use super::{signature_algorithm::SignatureAlgorithm, timestamp::Timestamp};

words! {
    /// Where a signing key stands in its life.
    pub enum SigningKeyState: "signing key state" {
        /// Published, so that verifiers know it before the first signature; does not sign yet.
        Staged = "staged",
        /// Signs.
        Active = "active",
        /// Signs no more; published until its last signature has expired.
        Retiring = "retiring",
        /// Withdrawn before its time: neither signs nor verifies, and is not published.
        Revoked = "revoked",
    }
}

/// The row of a signing key.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct SigningKey {
    /// Its name in JWT headers and in the JWK set.
    pub kid: String,
    /// What it signs with.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub algorithm: SignatureAlgorithm,
    /// Where it stands in its life.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub state: SigningKeyState,
    /// The public half, a JWK (RFC 7517 §4) with `kid`, `alg` and `use`. For people: what is
    /// published comes out of what is sealed, which nobody can write who only has the database.
    pub public_jwk: String,
    /// The private half, PKCS #8 DER, sealed. Empty where it is destroyed.
    pub private_sealed: Vec<u8>,
    /// Once it signs no more, the public half, a JWK, sealed. Where it is there, nothing but it
    /// counts.
    pub public_sealed: Option<Vec<u8>>,
    /// Which envelope key sealed both.
    pub seal_key: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs: of a staged key the first moment at which it may.
    pub activate_at: Option<Timestamp>,
    /// Since when it signs no more.
    pub retire_at: Option<Timestamp>,
    /// From when on nothing that it signed can be good, and nothing is lost with it.
    pub drop_at: Option<Timestamp>,
    /// See the migration: seconds.
    pub longest_lifetime: Option<i64>,
}

impl SigningKey {
    /// When it began to sign, or will.
    #[must_use]
    pub fn signs_from(&self) -> Timestamp {
        self.activate_at.unwrap_or(self.created_at)
    }
}

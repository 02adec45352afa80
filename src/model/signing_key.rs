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
        /// Neither signs nor is published.
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
    /// The public half, a JWK (RFC 7517 §4) with `kid`, `alg` and `use`.
    pub public_jwk: String,
    /// The private half, PKCS #8 DER, sealed.
    pub private_sealed: Vec<u8>,
    /// Which envelope key sealed it.
    pub seal_key: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

//! What an ID token says.

use aws_lc_rs::digest::{self, SHA256, SHA512};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::signature_algorithm::SignatureAlgorithm;

/// What an ID token says (OpenID Connect Core §2).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct IdTokenClaims {
    /// The issuer.
    pub(super) iss: String,
    /// Who signed in, as the client knows them.
    pub(super) sub: String,
    /// The client that it is for.
    pub(super) aud: String,
    /// The client that asked for it: the same.
    pub(super) azp: String,
    /// When it was made, in seconds since 1970.
    pub(super) iat: i64,
    /// The first second at which it is no longer good.
    pub(super) exp: i64,
    /// When the person proved who they are.
    pub(super) auth_time: i64,
    /// How (RFC 8176).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) amr: Vec<String>,
    /// What that is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) acr: Option<String>,
    /// The browser session (Front-Channel Logout §3).
    pub(super) sid: String,
    /// What the client sent along with its request, where it sent anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nonce: Option<String>,
    /// Which access token came with it (§3.1.3.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at_hash: Option<String>,
    /// Which token it is.
    pub(super) jti: String,
    /// What was asked for by name, of the person.
    #[serde(flatten)]
    pub(super) about: Map<String, Value>,
}

/// The left half of a token's hash, by the hash of what signs the ID token (§3.1.3.6). Ed25519
/// hashes by SHA-512 (RFC 8032 §5.1), and so do those who check.
pub(super) fn half_hash(algorithm: SignatureAlgorithm, token: &str) -> String {
    let hash = match algorithm {
        SignatureAlgorithm::Es256 | SignatureAlgorithm::Rs256 | SignatureAlgorithm::Ps256 => {
            &SHA256
        }
        SignatureAlgorithm::EdDsa => &SHA512,
    };
    let hash = digest::digest(hash, token.as_bytes());
    let bytes = hash.as_ref();
    URL_SAFE_NO_PAD.encode(&bytes[..bytes.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_hash_is_that_of_the_specification() {
        // OpenID Connect Core Appendix A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";

        assert_eq!(half_hash(SignatureAlgorithm::Rs256, token), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(half_hash(SignatureAlgorithm::EdDsa, token).len(), 43);
    }
}

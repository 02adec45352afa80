//! The public keys that clients register (RFC 7517).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};

/// The members that only private and shared keys have (RFC 7518 §6).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// At most so many keys may one client have.
const LIMIT: usize = 20;

/// What is wrong with a JWK set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKeys {
    /// It cannot be read.
    #[error("it is no JWK set: {0}")]
    NotASet(String),
    /// It has none, or too many.
    #[error("it must hold between 1 and {LIMIT} keys")]
    Count,
    /// A key is of a kind that nothing can be verified with.
    #[error("key {0} is of a kind that is not known here, or is not for signatures")]
    Unusable(usize),
    /// A private half was handed over.
    #[error("key {0} holds its private half; hand over public keys only")]
    Private(usize),
}

/// Reads a JWK set and makes sure that every key in it can verify an assertion.
///
/// # Errors
///
/// [`BadKeys`], which says which key is wrong.
pub fn read(text: &str) -> Result<JwkSet, BadKeys> {
    let raw: serde_json::Value =
        serde_json::from_str(text).map_err(|error| BadKeys::NotASet(error.to_string()))?;
    let members = raw.get("keys").and_then(|keys| keys.as_array()).cloned().unwrap_or_default();
    let is_private = |key: &serde_json::Value| PRIVATE.iter().any(|name| key.get(name).is_some());
    if let Some(place) = members.iter().position(is_private) {
        return Err(BadKeys::Private(place));
    }
    let set: JwkSet =
        serde_json::from_value(raw).map_err(|error| BadKeys::NotASet(error.to_string()))?;
    if set.keys.is_empty() || set.keys.len() > LIMIT {
        return Err(BadKeys::Count);
    }
    match set.keys.iter().position(|key| known(key).is_empty() || !is_sound(key)) {
        Some(place) => Err(BadKeys::Unusable(place)),
        None => Ok(set),
    }
}

/// Whether the key can be read, and is of a size that is still safe (RFC 7518 §3.3: RSA keys have
/// 2048 bits or more).
fn is_sound(key: &Jwk) -> bool {
    const SHORTEST_MODULUS: usize = 256;
    let length = |text: &str| URL_SAFE_NO_PAD.decode(text).map_or(0, |bytes| bytes.len());
    let fits = match &key.algorithm {
        AlgorithmParameters::RSA(rsa) => length(&rsa.n) >= SHORTEST_MODULUS,
        AlgorithmParameters::EllipticCurve(point) => {
            let size = if point.curve == EllipticCurve::P384 { 48 } else { 32 };
            length(&point.x) == size && length(&point.y) == size
        }
        AlgorithmParameters::OctetKeyPair(pair) => {
            pair.curve == EllipticCurve::Ed25519 && length(&pair.x) == 32
        }
        _ => false,
    };
    fits && DecodingKey::from_jwk(key).is_ok()
}

/// The algorithm to verify with, if `asked` is one that `key` is for. What a key is for is fixed
/// by the key alone, so that no header can turn a public key into a shared secret.
#[must_use]
pub fn algorithm(key: &Jwk, asked: Algorithm) -> Option<Algorithm> {
    known(key).iter().copied().find(|known| *known == asked)
}

fn known(key: &Jwk) -> Vec<Algorithm> {
    if key.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature)
    {
        return Vec::new();
    }
    let by_kind: &[(Algorithm, KeyAlgorithm)] = match &key.algorithm {
        AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
            EllipticCurve::P256 => &[(Algorithm::ES256, KeyAlgorithm::ES256)],
            EllipticCurve::P384 => &[(Algorithm::ES384, KeyAlgorithm::ES384)],
            _ => &[],
        },
        AlgorithmParameters::RSA(_) => {
            &[(Algorithm::PS256, KeyAlgorithm::PS256), (Algorithm::RS256, KeyAlgorithm::RS256)]
        }
        AlgorithmParameters::OctetKeyPair(_) => &[(Algorithm::EdDSA, KeyAlgorithm::EdDSA)],
        _ => &[],
    };
    by_kind
        .iter()
        .filter(|(_, name)| key.common.key_algorithm.is_none_or(|named| named == *name))
        .map(|(algorithm, _)| *algorithm)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: &str =
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    #[test]
    fn a_public_key_is_taken_for_what_it_is_for() {
        let set = read(&format!(r#"{{"keys":[{ED25519}]}}"#)).unwrap();

        assert_eq!(algorithm(&set.keys[0], Algorithm::EdDSA), Some(Algorithm::EdDSA));
        assert_eq!(algorithm(&set.keys[0], Algorithm::HS256), None);
    }

    #[test]
    fn what_cannot_verify_is_refused_by_place() {
        let private = ED25519.replace("\"x\"", "\"d\":\"AA\",\"x\"");
        let encryption = ED25519.replace("\"x\"", "\"use\":\"enc\",\"x\"");
        let set = |keys: &str| read(&format!(r#"{{"keys":[{keys}]}}"#)).unwrap_err();

        assert_eq!(set(""), BadKeys::Count);
        assert_eq!(set(&format!("{ED25519},{private}")), BadKeys::Private(1));
        assert_eq!(set(&encryption), BadKeys::Unusable(0));
        assert_eq!(set(r#"{"kty":"oct","k":"AAAA"}"#), BadKeys::Private(0));
        assert_eq!(set(r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#), BadKeys::Unusable(0));
        assert_eq!(set(r#"{"kty":"RSA","n":"AQAB","e":"AQAB","p":"AQAB"}"#), BadKeys::Private(0));
        assert_eq!(set(r#"{"kty":"EC","crv":"P-256","x":"!!","y":"!!"}"#), BadKeys::Unusable(0));
        assert_eq!(set(&ED25519.replace("Ed25519", "P-256")), BadKeys::Unusable(0));
        assert!(matches!(read("[]"), Err(BadKeys::NotASet(_) | BadKeys::Count)));
    }
}

//! HS256 (RFC 7518 §3.2): a secret that whoever verifies shares with us.

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::model::secret::Secret;

use super::super::{Error, Result};

/// A secret that signs and verifies.
pub struct JwtSecret(hmac::Key);

impl JwtSecret {
    /// Takes the bytes of a text as they are.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes()))
    }

    /// Signs claims as a compact JWS (RFC 7515 §7.1). There is no `kid`: verifiers know the secret,
    /// and try the next while two are in force.
    pub(super) fn sign(&self, jwt_type: &str, claims: &impl Serialize) -> Result<String> {
        let claims = serde_json::to_vec(claims).map_err(|_| Error::Cryptography("write claims"))?;
        let mut jwt = URL_SAFE_NO_PAD.encode(json!({"alg": "HS256", "typ": jwt_type}).to_string());
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut jwt);
        let tag = hmac::sign(&self.0, jwt.as_bytes());
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(tag.as_ref(), &mut jwt);
        Ok(jwt)
    }

    /// The claims of a JWT that this secret signed. Whoever asks has looked at the header.
    pub(super) fn verify<T: DeserializeOwned>(&self, jwt: &str) -> Option<T> {
        let (signed, tag) = jwt.rsplit_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.0, signed.as_bytes(), &tag).ok()?;
        let (_, claims) = signed.split_once('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

impl fmt::Debug for JwtSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwtSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey};
    use serde_json::Value;

    use super::*;
    use crate::tokens::jwt;

    fn secret(text: &str) -> JwtSecret {
        JwtSecret::new(&Secret::new(text.to_owned()))
    }

    #[test]
    fn what_a_secret_signs_others_verify_and_another_secret_does_not() {
        let text = "0123456789abcdef0123456789abcdef";

        let signed = secret(text).sign("JWT", &json!({"sub": "internal-alice"})).unwrap();

        let key = DecodingKey::from_secret(text.as_bytes());
        let claims: Value = jwt::verify(&signed, &key, Algorithm::HS256).unwrap();
        assert_eq!(claims["sub"], "internal-alice");
        let claims: Value = secret(text).verify(&signed).unwrap();
        assert_eq!(claims["sub"], "internal-alice");
        let one_off = secret("0123456789abcdef0123456789abcdeF");
        assert!(one_off.verify::<Value>(&signed).is_none());
    }

    #[test]
    fn what_was_altered_or_is_no_jwt_does_not_hold() {
        let secret = secret("0123456789abcdef0123456789abcdef");
        let signed = secret.sign("JWT", &json!({"sub": "a"})).unwrap();
        let parts: Vec<_> = signed.split('.').collect();
        let other = URL_SAFE_NO_PAD.encode(r#"{"sub":"b"}"#);

        for forged in [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            format!("{}.{other}.{}", parts[0], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}.{}=", parts[0], parts[1], parts[2]),
            format!("{signed}.{}", parts[2]),
        ] {
            assert!(secret.verify::<Value>(&forged).is_none(), "{forged}");
        }
        assert_eq!(format!("{secret:?}"), "JwtSecret(…)");
    }
}

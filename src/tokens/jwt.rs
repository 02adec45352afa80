//! Checking JWTs: the part that resource servers need too.

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::de::DeserializeOwned;

use crate::model::signature_algorithm::SignatureAlgorithm;

/// The `typ` of JWT access tokens (RFC 9068 §2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// A JWT that does not hold. Why is of no use to whoever presented it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the JWT does not hold")]
pub struct InvalidJwt;

impl From<SignatureAlgorithm> for Algorithm {
    fn from(algorithm: SignatureAlgorithm) -> Self {
        match algorithm {
            SignatureAlgorithm::Es256 => Algorithm::ES256,
            SignatureAlgorithm::Rs256 => Algorithm::RS256,
            SignatureAlgorithm::EdDsa => Algorithm::EdDSA,
            SignatureAlgorithm::Ps256 => Algorithm::PS256,
        }
    }
}

/// Reads the header of a JWT, before anything in it may be believed.
///
/// # Errors
///
/// [`InvalidJwt`] for anything that is no JWT with a known algorithm, which `none` is not, and for
/// extensions that must be understood (RFC 7515 §4.1.11): we know none.
pub fn header(jwt: &str) -> Result<Header, InvalidJwt> {
    let header = jsonwebtoken::decode_header(jwt).map_err(|_| InvalidJwt)?;
    if header.crit.is_some() { Err(InvalidJwt) } else { Ok(header) }
}

/// Whether a header's `typ` is `wanted`, with or without `application/` (RFC 7515 §4.1.9).
#[must_use]
pub fn has_type(header: &Header, wanted: &str) -> bool {
    header.typ.as_deref().is_some_and(|found| {
        let short = found.get(..12).filter(|start| start.eq_ignore_ascii_case("application/"));
        found[short.map_or(0, str::len)..].eq_ignore_ascii_case(wanted)
    })
}

/// Checks the signature of `jwt` with one key and one algorithm, and reads its claims.
///
/// The algorithm comes from the key's record, never from the header, so that a public key is never
/// taken for a shared secret. Times, issuer and audience are for the caller to judge: time is a
/// parameter here, and this library would look at the clock.
///
/// # Errors
///
/// [`InvalidJwt`] if the signature does not hold, or a claim is missing or of the wrong form.
pub fn verify<T: DeserializeOwned>(
    jwt: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
) -> Result<T, InvalidJwt> {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    jsonwebtoken::decode(jwt, key, &validation).map(|data| data.claims).map_err(|_| InvalidJwt)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn header_of(json: &str) -> Result<Header, InvalidJwt> {
        header(&format!("{}.e30.e30", URL_SAFE_NO_PAD.encode(json)))
    }

    #[test]
    fn the_type_counts_with_and_without_application_in_any_case() {
        let typed = |typ: &str| header_of(&format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#)).unwrap();

        for good in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/at+JWT"] {
            assert!(has_type(&typed(good), ACCESS_TOKEN_TYPE), "{good}");
        }
        for bad in
            ["", "JWT", "application/", "applicationXat+jwt", "at+jwt ", "äpplication/at+jwt"]
        {
            assert!(!has_type(&typed(bad), ACCESS_TOKEN_TYPE), "{bad}");
        }
    }

    #[test]
    fn unknown_algorithms_and_extensions_are_refused() {
        assert!(header_of(r#"{"alg":"none"}"#).is_err());
        assert!(header_of(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#).is_err());
        assert!(header_of(r#"{"typ":"at+jwt"}"#).is_err());
    }

    proptest! {
        #[test]
        fn no_header_panics(text in any::<String>(), json in "[{}\":,a-z0-9]{0,40}", typ in "\\PC{0,30}") {
            let _ = header(&text);
            let _ = header_of(&json);
            if let Ok(header) = header_of(&serde_json::json!({"alg": "ES256", "typ": typ}).to_string()) {
                let _ = has_type(&header, ACCESS_TOKEN_TYPE);
            }
        }
    }
}

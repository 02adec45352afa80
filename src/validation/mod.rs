//! What a resource server imports: checking the JWT access tokens that it is shown.
//!
//! Light: no database, no web framework. Turn the default features off and `validation` on. A JWT
//! that checks out here may have been revoked meanwhile; where that matters, ask introspection.

use std::time::Duration;

use jsonwebtoken::{DecodingKey, jwk::JwkSet};

use crate::{
    model::{issuer::Issuer, signature_algorithm::SignatureAlgorithm, timestamp::Timestamp},
    tokens::{
        claims::AccessTokenClaims,
        jwt::{self, ACCESS_TOKEN_TYPE, InvalidJwt},
    },
};

/// How far the clocks of two machines may be apart.
const SKEW: Duration = Duration::from_secs(30);

/// Checks JWT access tokens as RFC 9068 §4 asks.
pub struct AccessTokenVerifier {
    issuer: Issuer,
    audience: String,
    keys: Vec<PublicKey>,
}

struct PublicKey {
    kid: String,
    algorithm: SignatureAlgorithm,
    key: DecodingKey,
}

/// A JWK set that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the JWK set cannot be used: {0}")]
pub struct BadKeys(String);

impl AccessTokenVerifier {
    /// A verifier for tokens from `issuer` that are meant for `audience`, with the keys that the
    /// issuer publishes at its `jwks_uri`. Keys of kinds that are not known here are left out.
    ///
    /// # Errors
    ///
    /// [`BadKeys`] if the text is no JWK set, or no key in it can verify anything.
    pub fn new(issuer: Issuer, audience: &str, jwks: &str) -> Result<Self, BadKeys> {
        let set: JwkSet = serde_json::from_str(jwks).map_err(|error| BadKeys(error.to_string()))?;
        let keys: Vec<_> = set
            .keys
            .iter()
            .filter_map(|jwk| {
                let algorithm = jwk.common.key_algorithm?.to_string().parse().ok()?;
                let key = DecodingKey::from_jwk(jwk).ok()?;
                Some(PublicKey { kid: jwk.common.key_id.clone()?, algorithm, key })
            })
            .collect();
        if keys.is_empty() {
            return Err(BadKeys("it holds no key that is known here".to_owned()));
        }
        Ok(Self { issuer, audience: audience.to_owned(), keys })
    }

    /// Checks a token at `now`, and says what it is good for.
    ///
    /// # Errors
    ///
    /// [`InvalidJwt`] for every reason alike: answer 401 with `invalid_token` (RFC 6750 §3.1).
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<AccessTokenClaims, InvalidJwt> {
        let header = jwt::header(token)?;
        if !jwt::has_type(&header, ACCESS_TOKEN_TYPE) {
            return Err(InvalidJwt);
        }
        let named = |key: &&PublicKey| header.kid.as_ref().is_none_or(|kid| *kid == key.kid);
        let claims: AccessTokenClaims = self
            .keys
            .iter()
            .filter(named)
            .find_map(|key| jwt::verify(token, &key.key, key.algorithm.into()).ok())
            .ok_or(InvalidJwt)?;
        let is_ours = claims.iss == self.issuer.as_str() && claims.aud.contains(&self.audience);
        let is_timely = now < Timestamp::from_seconds(claims.exp)
            && now.plus(SKEW) >= Timestamp::from_seconds(claims.iat);
        if is_ours && is_timely { Ok(claims) } else { Err(InvalidJwt) }
    }
}

impl std::fmt::Debug for AccessTokenVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kids: Vec<_> = self.keys.iter().map(|key| &key.kid).collect();
        f.debug_struct("AccessTokenVerifier")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("keys", &kids)
            .finish()
    }
}

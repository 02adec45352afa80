//! Checking the signature and the claims of a JWT access token, with keys that are at hand.

use std::{fmt, time::Duration};

use jsonwebtoken::{DecodingKey, jwk::JwkSet};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

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
#[derive(Debug)]
pub struct AccessTokenVerifier {
    expected: Expected,
    keys: PublicKeys,
}

/// Whose tokens are good here, and for whom they must be meant.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) issuer: Issuer,
    pub(super) audience: String,
}

/// The keys that a server publishes.
pub(super) struct PublicKeys(Vec<PublicKey>);

struct PublicKey {
    kid: String,
    algorithm: SignatureAlgorithm,
    key: DecodingKey,
}

/// All that a token says: the claims that every access token has, and the others.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct AllClaims {
    #[serde(flatten)]
    pub(super) claims: AccessTokenClaims,
    #[serde(flatten)]
    pub(super) more: Map<String, Value>,
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
        let expected = Expected { issuer, audience: audience.to_owned() };
        Ok(Self { expected, keys: PublicKeys::parse(jwks.as_bytes())? })
    }

    /// Checks a token at `now`, and says what it is good for.
    ///
    /// # Errors
    ///
    /// [`InvalidJwt`] for every reason alike: answer 401 with `invalid_token` (RFC 6750 §3.1).
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<AccessTokenClaims, InvalidJwt> {
        let claims: AccessTokenClaims = self.keys.verify(token)?;
        if self.expected.admits(&claims, now).is_ok() { Ok(claims) } else { Err(InvalidJwt) }
    }
}

impl Expected {
    /// Whether what a token says makes it good here at `now`, or why not: one word, for the log.
    ///
    /// It is good from `nbf` on and until just before `exp`. Only that it was made in the future is
    /// forgiven, for as long as clocks may differ.
    pub(super) fn admits(
        &self,
        claims: &AccessTokenClaims,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        if claims.iss != self.issuer.as_str() {
            return Err("other_issuer");
        }
        if !claims.aud.contains(&self.audience) {
            return Err("other_audience");
        }
        if now >= Timestamp::from_seconds(claims.exp) {
            return Err("expired");
        }
        let is_early = claims.nbf.is_some_and(|nbf| now < Timestamp::from_seconds(nbf));
        if is_early || now.plus(SKEW) < Timestamp::from_seconds(claims.iat) {
            return Err("not_yet_valid");
        }
        Ok(())
    }
}

impl PublicKeys {
    /// Reads a JWK set (RFC 7517 §5).
    ///
    /// # Errors
    ///
    /// [`BadKeys`] if it is none, or no key in it can verify anything.
    pub(super) fn parse(jwks: &[u8]) -> Result<Self, BadKeys> {
        let set: JwkSet =
            serde_json::from_slice(jwks).map_err(|error| BadKeys(error.to_string()))?;
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
        Ok(Self(keys))
    }

    /// Whether there is a key named `kid`; any will do where none is named.
    pub(super) fn know(&self, kid: Option<&str>) -> bool {
        self.named(kid).next().is_some()
    }

    /// Checks type and signature of an access token, and reads what it says.
    ///
    /// # Errors
    ///
    /// [`InvalidJwt`] if one of them does not hold, or a claim is missing.
    pub(super) fn verify<T: DeserializeOwned>(&self, token: &str) -> Result<T, InvalidJwt> {
        let header = jwt::header(token)?;
        if !jwt::has_type(&header, ACCESS_TOKEN_TYPE) {
            return Err(InvalidJwt);
        }
        self.named(header.kid.as_deref())
            .find_map(|key| jwt::verify(token, &key.key, key.algorithm.into()).ok())
            .ok_or(InvalidJwt)
    }

    fn named<'k>(&'k self, kid: Option<&'k str>) -> impl Iterator<Item = &'k PublicKey> {
        self.0.iter().filter(move |key| kid.is_none_or(|kid| kid == key.kid))
    }
}

impl fmt::Debug for PublicKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.kid)).finish()
    }
}

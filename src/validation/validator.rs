//! Whether a token is good here and now, in one of three ways.

use std::{net::IpAddr, sync::Arc};

use crate::{
    model::{clock::Clock, issuer::Issuer, timestamp::Timestamp},
    tokens::jwt,
};

#[cfg(feature = "entry-check")]
use super::entries::Entries;
use super::{
    Introspection, Jwks, ValidToken,
    challenge::Refused,
    verifier::{AllClaims, Expected},
};

/// Says whether access tokens are good for one resource server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Validator(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    expected: Expected,
    way: Way,
    clock: Clock,
}

/// How a resource server learns what a token is good for.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "an API has one of it")]
pub enum Way {
    /// By checking JWTs with the server's keys. A revoked one is good until it expires.
    Jwts(Jwks),
    /// By asking the server, whatever form the token has.
    Introspection(Introspection),
    /// By the token's entry in the database, whatever form the token has. A JWT must have a good
    /// signature as well.
    #[cfg(feature = "entry-check")]
    Entries(Entries, Jwks),
}

/// Why nothing is known of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The server's keys cannot be read.
    #[error("the signing keys cannot be read")]
    Keys,
    /// The server does not say.
    #[error("the introspection endpoint does not answer")]
    Introspection,
    /// The database cannot be read.
    #[error("the database of tokens cannot be read")]
    Entries,
}

/// What comes of a look at a token: what it is good for, or why it is not.
#[cfg(feature = "entry-check")]
pub(super) type Looked = Result<Result<ValidToken, &'static str>, Unavailable>;

impl Validator {
    /// A validator for tokens from `issuer` that are meant for `audience`, both byte for byte.
    #[must_use]
    pub fn new((issuer, audience): (Issuer, &str), way: Way, clock: Clock) -> Self {
        let expected = Expected { issuer, audience: audience.to_owned() };
        Self(Arc::new(Inner { expected, way, clock }))
    }

    /// Looks at a token that was presented, `from` an address where that is known.
    ///
    /// # Errors
    ///
    /// [`Refused::Invalid`] if it is not good, [`Refused::Unavailable`] if nobody can say.
    pub async fn validate(&self, token: &str, from: Option<IpAddr>) -> Result<ValidToken, Refused> {
        let (expected, now) = (&self.0.expected, self.0.clock.now());
        let looked = match &self.0.way {
            Way::Jwts(keys) => look_at_jwt(token, keys, (expected, now)).await.map(valid),
            Way::Introspection(server) => server.look(token, (expected, now)).await,
            #[cfg(feature = "entry-check")]
            Way::Entries(entries, keys) => entries.look(token, keys, (expected, now, from)).await,
        };
        #[cfg(not(feature = "entry-check"))]
        let _ = from;
        match looked {
            Ok(Ok(valid)) => Ok(valid),
            Ok(Err(reason)) => {
                tracing::info!(
                    event = "validation.refused",
                    reason,
                    "refused an access token: {reason}"
                );
                Err(Refused::Invalid(reason))
            }
            // Told where it was met.
            Err(_) => Err(Refused::Unavailable),
        }
    }
}

fn valid(looked: Result<AllClaims, &'static str>) -> Result<ValidToken, &'static str> {
    ValidToken::of(looked?).ok_or("unreadable")
}

/// Checks a JWT and what it says of itself.
///
/// # Errors
///
/// [`Unavailable`] if there are no keys to check it with.
pub(super) async fn look_at_jwt(
    token: &str,
    keys: &Jwks,
    (expected, now): (&Expected, Timestamp),
) -> Result<Result<AllClaims, &'static str>, Unavailable> {
    // What cannot be a token of this server's must not make anybody ask for keys.
    let Ok(header) = jwt::header(token) else { return Ok(Err("malformed")) };
    if !jwt::has_type(&header, jwt::ACCESS_TOKEN_TYPE) {
        return Ok(Err("other_kind"));
    }
    let keys = keys.keys_for(header.kid.as_deref()).await?;
    if !keys.know(header.kid.as_deref()) {
        return Ok(Err("unknown_key"));
    }
    let Ok(said) = keys.verify::<AllClaims>(token) else { return Ok(Err("bad_signature")) };
    Ok(expected.admits(&said.claims, now).map(|()| said))
}

//! Proof by a signed assertion (RFC 7523 §3, RFC 10070).

use std::{sync::Arc, time::Duration};

use jsonwebtoken::{
    Algorithm, DecodingKey, Header,
    jwk::{Jwk, JwkSet},
};
use serde::Deserialize;

use crate::{
    error::{Error, Result},
    model::{
        client::{AssertionAudience, Client, ClientAuthentication},
        client_key,
        client_refusal::ClientRefusal,
        registered_client::RegisteredClient,
        secret::{Secret, Sha256},
        timestamp::Timestamp,
    },
    store::Command,
    tokens::{claims::AudienceClaim, jwt},
};

use super::{Circumstances, decoy, find_registered, refused};

/// How far a client's clock may be from ours.
const SKEW: Duration = Duration::from_secs(30);

/// How far ahead an assertion may expire: what we have to remember its `jti` for.
const LONGEST: Duration = Duration::from_hours(1);

/// How far the clocks of our own nodes may be apart, one of which forgets what another remembers.
const CLOCKS_APART: Duration = Duration::from_hours(1);

/// The longest `jti`, in bytes.
const LONGEST_ID: usize = 256;

/// The claims of an assertion. An absent required one makes it invalid.
#[derive(Deserialize)]
struct AssertionClaims {
    iss: String,
    sub: String,
    aud: AudienceClaim,
    jti: String,
    exp: f64,
    #[serde(default)]
    nbf: Option<f64>,
    #[serde(default)]
    iat: Option<f64>,
}

/// Whom an assertion says it is from, before its signature is checked: whose keys to look for.
#[derive(Deserialize)]
struct ClaimedSubject {
    sub: String,
}

/// Proves a client by an assertion signed with its private key.
pub(super) async fn prove(
    around: &Circumstances<'_>,
    assertion: &Secret,
    name: Option<&str>,
) -> Result<Arc<RegisteredClient>> {
    let unreadable = || refused(around, None, ClientRefusal::AssertionUnreadable);
    let header = jwt::header(assertion.expose()).map_err(|_| unreadable())?;
    let claimed: ClaimedSubject =
        jsonwebtoken::dangerous::insecure_decode_claims(assertion.expose())
            .map_err(|_| unreadable())?;
    if name.is_some_and(|name| name != claimed.sub) {
        return Err(refused(around, None, ClientRefusal::AssertionNames));
    }
    let found = find_registered(around, &claimed.sub, ClientAuthentication::PrivateKeyJwt).await?;
    let Some(registered) = found else {
        decoy::verify(&header, assertion);
        return Err(Error::invalid_client());
    };

    let client = &registered.client;
    let refusal = |reason| refused(around, Some(&client.client_id), reason);
    let claims = verify(client, &header, assertion)
        .ok_or_else(|| refusal(ClientRefusal::AssertionUnverified))?;
    let expires_at = judge(around, client, &claims).map_err(refusal)?;
    let kept_until = expires_at.plus(SKEW + CLOCKS_APART);
    let id = identifier(client, &claims.jti);
    let use_it = Command::new().use_identifier("client_assertion", id, kept_until);
    let use_it = use_it.shown_by(&client.client_id);
    if around.app.store.run(use_it).await? {
        around.app.last_uses.note_client(&client.client_id, around.at);
        Ok(registered)
    } else {
        Err(refusal(ClientRefusal::AssertionUsed))
    }
}

/// Finds the claims, verified by a key that the client registered, with the algorithm that the key
/// is for: the header only chooses among them.
fn verify(client: &Client, header: &Header, assertion: &Secret) -> Option<AssertionClaims> {
    // RFC 10070: no type, the common one, or the one made for this.
    let typed = |wanted| jwt::has_type(header, wanted);
    if header.typ.is_some() && !typed("JWT") && !typed("client-authentication+jwt") {
        return None;
    }
    let keys: JwkSet = serde_json::from_str(client.jwks.as_deref()?).ok()?;
    let named = |key: &&Jwk| {
        header.kid.is_none() || key.common.key_id.is_none() || key.common.key_id == header.kid
    };
    keys.keys.iter().filter(named).find_map(|jwk| {
        let algorithm: Algorithm = client_key::algorithm(jwk, header.alg)?;
        let key = DecodingKey::from_jwk(jwk).ok()?;
        jwt::verify(assertion.expose(), &key, algorithm).ok()
    })
}

/// Judges the claims; answers with the moment at which the assertion expires.
fn judge(
    around: &Circumstances<'_>,
    client: &Client,
    claims: &AssertionClaims,
) -> Result<Timestamp, ClientRefusal> {
    let name = client.client_id.as_str();
    if claims.iss != name || claims.sub != name {
        return Err(ClientRefusal::AssertionNames);
    }
    if !is_for_us(around, client, &claims.aud) {
        return Err(ClientRefusal::AssertionAudience);
    }
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_ID {
        return Err(ClientRefusal::AssertionId);
    }
    let ahead = around.at.plus(SKEW);
    if claims.nbf.is_some_and(|nbf| moment(nbf) > ahead)
        || claims.iat.is_some_and(|iat| moment(iat) > ahead)
    {
        return Err(ClientRefusal::AssertionTime);
    }
    let expires_at = moment(claims.exp);
    if around.at >= expires_at.plus(SKEW) {
        return Err(ClientRefusal::AssertionTime);
    }
    if expires_at > around.at.plus(LONGEST) {
        return Err(ClientRefusal::AssertionTime);
    }
    Ok(expires_at)
}

/// The issuer is the one audience; an older client may name the token endpoint where its setting
/// admits that. Several audiences would let one server replay an assertion at another.
fn is_for_us(around: &Circumstances<'_>, client: &Client, audience: &AudienceClaim) -> bool {
    let only = match audience {
        AudienceClaim::One(only) => only,
        AudienceClaim::Many(all) => match all.as_slice() {
            [only] => only,
            _ => return false,
        },
    };
    let issuer = &around.app.issuer;
    only == issuer.as_str()
        || (client.assertion_audience == AssertionAudience::TokenEndpoint
            && *only == issuer.join("/token"))
}

/// A numeric date, which may have a fraction (RFC 7519 §2); out of range it saturates.
#[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates")]
fn moment(seconds: f64) -> Timestamp {
    Timestamp((seconds * 1000.0) as i64)
}

/// What is remembered of a `jti`: it counts once per client. The length keeps pairs apart.
fn identifier(client: &Client, jti: &str) -> Sha256 {
    let name = client.client_id.as_str();
    Sha256::of(format!("{}:{name}:{jti}", name.len()).as_bytes())
}

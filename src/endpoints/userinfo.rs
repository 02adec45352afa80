//! Who the person behind an access token is (OpenID Connect Core §5.3).

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use crate::{
    app::App,
    client_auth::UserinfoRequest,
    error::{Code, Error, Result},
    model::{claims_of_people::claims_of, client::Client},
    store::UserKey,
};

const UNCACHED: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// Tells what the token's scope asks for, and what the client asked for by name; signed, for a
/// client that wants it so.
pub(super) async fn get(State(app): State<App>, request: UserinfoRequest) -> Result<Response> {
    let claims = claims(&app, &request).await?;
    let Client { client_id, sign_in, .. } = &request.registered.client;
    let key = request.found.entry.entry_key;
    tracing::debug!(
        event = "userinfo.told",
        token.entry = %key,
        client.id = %client_id,
        user.id = %request.user_id,
        "told {client_id} who {} is, for {key}",
        request.user_id
    );
    let Some(algorithm) = sign_in.userinfo_algorithm else {
        return Ok((UNCACHED, Json(claims)).into_response());
    };
    let signed = app.tokens.sign_userinfo(client_id, claims, algorithm, request.at).await?;
    let is_jwt = [(header::CONTENT_TYPE, "application/jwt")];
    Ok((UNCACHED, is_jwt, signed.expose().to_owned()).into_response())
}

async fn claims(app: &App, request: &UserinfoRequest) -> Result<Map<String, Value>> {
    let entry = &request.found.entry;
    let Some(user) = app.store.find_user(UserKey::Id(request.user_id)).await? else {
        return Err(Error::new(Code::InvalidToken, "The access token is not good here."));
    };
    let origin = match entry.authorization_id {
        Some(family) => app.store.read().await?.family_origin(family).await?,
        None => None,
    };
    let by_name = origin.map(|origin| origin.sign_in.claims.userinfo).unwrap_or_default();
    let mut claims = claims_of(&user, &entry.scope, &by_name);
    // The very one of the ID token, which clients compare (§5.3.2).
    let subject = entry.subject.clone().unwrap_or_default();
    claims.insert("sub".to_owned(), subject.into());
    Ok(claims)
}

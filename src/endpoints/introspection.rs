//! Introspection (RFC 7662): a resource server asks what a token is good for. Looks, never spends.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use metrics::counter;
use serde::Serialize;

use crate::{
    app::App,
    client_auth::ConfidentialRequest,
    error::{Code, Error, Result},
    model::{client::Client, entry_key::EntryKey, timestamp::Timestamp, token_entry::TokenKind},
    tokens::{Presented, claims::AccessTokenClaims},
};

/// Why a string is called inactive that is no token of ours.
pub const UNKNOWN: &str = "unknown";

/// Why a token is called inactive whose holder or audience does not ask.
pub const HIDDEN: &str = "hidden";

/// The answer (RFC 7662 §2.2). Of a token that is not active it says that, and nothing more.
#[derive(Serialize)]
pub(super) struct IntrospectionResponse {
    active: bool,
    #[serde(flatten)]
    facts: Option<Facts>,
}

#[derive(Serialize)]
struct Facts {
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(flatten)]
    claims: AccessTokenClaims,
}

/// Answers what the presented token is good for, as far as the caller may know.
pub(super) async fn post(
    State(app): State<App>,
    ConfidentialRequest { registered, parameters, at }: ConfidentialRequest,
) -> Result<([(HeaderName, &'static str); 1], Json<IntrospectionResponse>)> {
    let presented = parameters
        .get("token")
        .ok_or_else(|| Error::new(Code::InvalidRequest, "token is missing."))?;

    let found = app.tokens.present(presented, at).await?;
    let key = found.as_ref().map(|found| found.found.entry.entry_key);
    let facts = look(&app, &registered.client, (found, at)).await?;
    log(&registered.client, key, facts.as_ref().err().copied());

    let facts = facts.ok();
    let active = facts.is_some();
    if active {
        counter!("tessera_introspections_total", "active" => "true").increment(1);
    } else {
        counter!("tessera_introspections_total", "active" => "false").increment(1);
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(IntrospectionResponse { active, facts })))
}

/// What the caller learns of a token, or why it learns nothing: one word, for log and metric.
async fn look(
    app: &App,
    client: &Client,
    (found, at): (Option<Presented>, Timestamp),
) -> Result<std::result::Result<Facts, &'static str>> {
    let Some(found) = found else { return Ok(Err(UNKNOWN)) };
    if !may_see(app, client, &found).await? {
        return Ok(Err(HIDDEN));
    }
    if let Some(refusal) = found.refusal {
        return Ok(Err(refusal.as_str()));
    }
    let claims = app.tokens.claims_of(&found, at).await?;
    let username = found.found.standing.username.clone();
    Ok(Ok(Facts { token_type: "Bearer", username, claims }))
}

/// A client may see an access token that it holds, or that is meant for a resource server whose
/// tokens it may introspect.
async fn may_see(app: &App, client: &Client, presented: &Presented) -> Result<bool> {
    let entry = &presented.found.entry;
    if entry.kind != TokenKind::Access {
        return Ok(false);
    }
    if entry.client_id == client.client_id {
        return Ok(true);
    }
    let servers = app.store.resource_servers().await?;
    Ok(servers.iter().any(|server| {
        entry.audience.contains(&server.audience) && server.may_introspect(&client.client_id)
    }))
}

/// Counts and logs what was answered, once.
fn log(client: &Client, key: Option<EntryKey>, refusal: Option<&'static str>) {
    let client_id = &client.client_id;
    let shown = key.map_or_else(|| "a token".to_owned(), |key| key.to_string());
    let Some(reason) = refusal else {
        tracing::debug!(
            event = "introspection.active",
            token.entry = key.map(tracing::field::display),
            client.id = %client_id,
            "told {client_id} what {shown} is good for"
        );
        return;
    };
    counter!("tessera_token_refusals_total", "reason" => reason).increment(1);
    tracing::debug!(
        event = "introspection.inactive",
        token.entry = key.map(tracing::field::display),
        client.id = %client_id,
        reason,
        "called {shown} inactive to {client_id}: {reason}"
    );
}

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
    model::{client::Client, timestamp::Timestamp, token_entry::TokenKind},
    tokens::{Presented, claims::AccessTokenClaims},
};

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
    let facts = match found {
        Some(found) if may_see(&app, &registered.client, &found).await? => {
            facts(&app, found, at).await?
        }
        _ => None,
    };

    let active = facts.is_some();
    if active {
        counter!("tessera_introspections_total", "active" => "true").increment(1);
    } else {
        counter!("tessera_introspections_total", "active" => "false").increment(1);
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(IntrospectionResponse { active, facts })))
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
    let may = servers.iter().any(|server| {
        entry.audience.contains(&server.audience) && server.may_introspect(&client.client_id)
    });
    if !may {
        log(client, presented, "neither its holder nor its audience asks");
    }
    Ok(may)
}

/// What an active token is good for; `None` if it is not active.
async fn facts(app: &App, presented: Presented, at: Timestamp) -> Result<Option<Facts>> {
    if let Some(refusal) = presented.refusal {
        log_refusal(&presented, refusal.as_str());
        return Ok(None);
    }
    let claims = app.tokens.claims_of(&presented, at).await?;
    let username = presented.found.standing.username.clone();
    Ok(Some(Facts { token_type: "Bearer", username, claims }))
}

fn log(client: &Client, presented: &Presented, reason: &'static str) {
    let (key, client) = (presented.found.entry.entry_key, &client.client_id);
    tracing::debug!(token.entry = %key, client.id = %client, reason, "hid {key} from {client}: {reason}");
}

fn log_refusal(presented: &Presented, refusal: &'static str) {
    let key = presented.found.entry.entry_key;
    tracing::debug!(token.entry = %key, refusal, "{key} is not active: {refusal}");
}

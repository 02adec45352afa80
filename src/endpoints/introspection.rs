//! Introspection (RFC 7662): a resource server asks what a token is good for. It looks; it
//! spends a use only where the token's type says that introspection does.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use metrics::counter;
use serde::Serialize;

use crate::{
    app::App,
    client_auth::{CallerAddress, ConfidentialRequest},
    error::{Code, Error, Result},
    model::{
        attempt::{Attempt, Circumstances},
        client::Client,
        entry_key::EntryKey,
        series::Counted,
        sight::Sight,
        standing::Refusal,
        timestamp::Timestamp,
        token_entry::TokenKind,
        token_type::SpendOn,
    },
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
    /// How it is used (RFC 6749 §5.1); absent for a refresh token, which no resource server sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(flatten)]
    claims: AccessTokenClaims,
}

/// Answers what the presented token is good for, as far as the caller may know.
pub(super) async fn post(
    State(app): State<App>,
    ConfidentialRequest { registered, parameters, at, from }: ConfidentialRequest,
) -> Result<([(HeaderName, &'static str); 1], Json<IntrospectionResponse>)> {
    let presented = parameters
        .get("token")
        .ok_or_else(|| Error::new(Code::InvalidRequest, "token is missing."))?;

    let found = app.tokens.present(presented, at).await?;
    let key = found.as_ref().map(|found| found.found.entry.entry_key);
    let facts = look(&app, (&registered.client, from), (found, at)).await?;
    log(&registered.client, key, facts.as_ref().err().copied());

    let facts = facts.ok();
    let active = facts.is_some();
    app.tally.note(Counted::Introspected);
    if active {
        counter!("tessera_introspections_total", "active" => "true").increment(1);
    } else {
        app.tally.note(Counted::Refused);
        counter!("tessera_introspections_total", "active" => "false").increment(1);
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(IntrospectionResponse { active, facts })))
}

/// What the caller learns of a token, or why it learns nothing: one word, for log and metric.
async fn look(
    app: &App,
    (client, from): (&Client, CallerAddress),
    (found, at): (Option<Presented>, Timestamp),
) -> Result<std::result::Result<Facts, &'static str>> {
    let Some(found) = found else { return Ok(Err(UNKNOWN)) };
    let servers = app.store.resource_servers().await?;
    let Some(sight) = Sight::of(&client.client_id, &found.found.entry, &servers) else {
        return Ok(Err(HIDDEN));
    };
    if let Some(refusal) = refusal(app, (client, from), (&found, sight), at).await? {
        return Ok(Err(refusal.as_str()));
    }
    app.note_use(&found.found.entry, at);
    let claims = app.tokens.claims_of(&found, at).await?;
    let username = found.found.standing.username.clone();
    let is_access = found.found.entry.kind == TokenKind::Access;
    let token_type = is_access.then_some("Bearer");
    Ok(Ok(Facts { token_type, username, claims }))
}

/// Why the token does not work for whoever asks. The holder only looks; for a resource server the
/// rules of the token's type count, and where they say so, its question spends a use.
async fn refusal(
    app: &App,
    (client, from): (&Client, CallerAddress),
    (presented, sight): (&Presented, Sight),
    at: Timestamp,
) -> Result<Option<Refusal>> {
    let found = &presented.found;
    let Sight::ResourceServer(audience) = sight else { return Ok(presented.refusal) };
    if found.entry.rules.0.is_none() {
        return Ok(presented.refusal);
    }
    let circumstances = Circumstances {
        type_name: None,
        purpose: None,
        identity: None,
        client_id: client.client_id.clone(),
        audience,
        address: Some(from.0),
    };
    let attempt = Attempt { at, presented: Some(circumstances) };
    let refused = if found.entry.rules.spend_on() == SpendOn::Introspection {
        app.tokens.spend_found(found, &attempt).await?
    } else {
        found.judge(&attempt)
    };
    Ok(refused.map(|refused| refused.refusal))
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

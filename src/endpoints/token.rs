//! The token endpoint (RFC 6749 §3.2, §5).

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderName, header},
};
use metrics::counter;
use serde::Serialize;

use crate::{
    app::App,
    client_auth::ClientRequest,
    error::{Code, Error, Result},
    grants::{self, Grant, Grants, Redeemed, Redemption},
    model::{
        audit::Origin, client::Client, parameters::Parameters, series::Counted,
        timestamp::Timestamp,
    },
    tokens::{
        Issued,
        code::Redeeming,
        refresh::{NewFamily, Refreshing},
    },
};

/// A successful answer (RFC 6749 §5.1).
#[derive(Serialize)]
pub(super) struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    /// Named whenever it is not just what was asked for (RFC 6749 §3.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// What gets the next one (RFC 6749 §6).
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// Who signed in (OpenID Connect Core §3.1.3.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

/// No answer of this endpoint may be kept by anybody (RFC 6749 §5.1).
pub(super) type Uncached = [(HeaderName, &'static str); 2];

const UNCACHED: Uncached = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];

/// Redeems a grant for a token.
pub(super) async fn post(
    State(app): State<App>,
    Extension(Grants(grants)): Extension<Grants>,
    ClientRequest { registered, parameters, at, origin, .. }: ClientRequest,
) -> Result<(Uncached, Json<TokenResponse>)> {
    let client = &registered.client;
    let asked_scope = parameters.get("scope").map(str::to_owned);

    let issued = redeem((&app, grants), (client, &origin, at), &parameters).await;
    let issued = issued.inspect_err(|refusal| log_refusal(&app, client, refusal))?;
    Ok((UNCACHED, Json(TokenResponse::of(&issued, asked_scope.as_deref()))))
}

async fn redeem(
    (app, grants): (&App, &[&'static Grant]),
    (client, origin, at): (&Client, &Origin, Timestamp),
    parameters: &Parameters,
) -> Result<Issued> {
    let grant = find_grant(grants, client, parameters)?;
    let (store, tokens, issuer) = (&app.store, &app.tokens, &app.issuer);
    let redemption = Redemption { client, parameters, store, tokens, issuer, origin, at };
    let redeemed = (grant.redeem)(redemption).await?;
    let issued = issue(app, (client, origin, at), (grant, redeemed), parameters).await?;
    note(app, grant, client, &issued);
    Ok(issued)
}

/// Turns what a proof is good for into tokens.
async fn issue(
    app: &App,
    (client, origin, at): (&Client, &Origin, Timestamp),
    (grant, redeemed): (&Grant, Redeemed),
    parameters: &Parameters,
) -> Result<Issued> {
    let issued = match redeemed {
        Redeemed::Access(authorization) => {
            app.tokens.issue_access_token(client, &authorization, at).await?
        }
        Redeemed::Family(authorization) => {
            let grant_type = grant.grant_type;
            let new = NewFamily { client, authorization: &authorization, grant_type, at };
            app.tokens.begin_family(&new, |command, _| command).await?
        }
        Redeemed::Code(authorization, found, facts) => {
            let (authorization, found, facts) = (&authorization, &found, &facts);
            let redeeming = Redeeming { client, found, facts, authorization, origin, at };
            let redeemed = app.tokens.redeem_code(&redeeming).await?;
            return redeemed.map_err(|refusal| grants::not_redeemed(&refusal));
        }
        Redeemed::Refresh(authorization, found) => {
            let presented = parameters.get("refresh_token").unwrap_or_default();
            let (authorization, found) = (&authorization, &found);
            let refreshing = Refreshing { client, presented, found, authorization, origin, at };
            let refreshed = app.tokens.refresh(&refreshing).await?;
            return refreshed.map_err(|refusal| grants::not_refreshed(&refusal));
        }
        Redeemed::Again(issued) => return Ok(*issued),
    };
    issued.map_err(|refusal| grants::may_not_have(&refusal))
}

/// Counts and logs what a client got, once.
fn note(app: &App, grant: &Grant, client: &Client, issued: &Issued) {
    let (key, client_id) = (issued.entry_key, &client.client_id);
    if !issued.is_again {
        counter!("tessera_tokens_issued_total", "grant_type" => grant.grant_type).increment(1);
        app.tally.note(Counted::Issued);
        tracing::debug!(
            event = "token.issued",
            token.entry = %key,
            client.id = %client_id,
            "issued {key} to {client_id}"
        );
    } else if issued.refresh.is_some() {
        counter!("tessera_refresh_retries_total").increment(1);
        tracing::debug!(
            event = "token.issued_again",
            token.entry = %key,
            client.id = %client_id,
            "gave {key} to {client_id} once more"
        );
    } else {
        counter!("tessera_tokens_reused_total").increment(1);
        tracing::debug!(
            event = "token.reused",
            token.entry = %key,
            client.id = %client_id,
            "told {client_id} again of {key}"
        );
    }
}

/// What failed on our side is logged where it is answered.
fn log_refusal(app: &App, client: &Client, refusal: &Error) {
    if refusal.code.status().is_server_error() {
        return;
    }
    let (client_id, code, reason) =
        (&client.client_id, refusal.code.as_str(), refusal.description.as_ref());
    tracing::info!(
        event = "token.refused",
        client.id = %client_id,
        error.code = code,
        reason,
        verdict = refusal.verdict,
        "refused a token to {client_id}: {code}: {reason}"
    );
    if refusal.verdict == Some(grants::REDEEMED_TWICE) {
        counter!("tessera_code_reuses_total").increment(1);
        app.tally.note(Counted::CodeReused);
        tracing::warn!(
            event = "code.reuse_detected",
            client.id = %client_id,
            "a code of {client_id} was redeemed twice; all that came of it was ended"
        );
    }
    if refusal.verdict == Some(grants::REUSED) {
        counter!("tessera_refresh_reuses_total").increment(1);
        app.tally.note(Counted::RefreshReused);
        tracing::warn!(
            event = "family.reuse_detected",
            client.id = %client_id,
            "a refresh token of {client_id} was used again after it was replaced; its family was ended"
        );
    }
}

/// Finds the grant that was asked for, if the client may use it.
fn find_grant(
    grants: &[&'static Grant],
    client: &Client,
    parameters: &Parameters,
) -> Result<&'static Grant> {
    let name = parameters
        .get("grant_type")
        .ok_or_else(|| Error::new(Code::InvalidRequest, "grant_type is missing."))?;
    let grant = grants::find(grants, name)
        .ok_or_else(|| Error::new(Code::UnsupportedGrantType, "There is no such grant here."))?;
    if client.grant_types.contains(grant.grant_type) {
        Ok(grant)
    } else {
        Err(Error::new(Code::UnauthorizedClient, "The client may not use this grant."))
    }
}

impl TokenResponse {
    fn of(issued: &Issued, asked_scope: Option<&str>) -> Self {
        let granted = issued.scope.to_string();
        let differs = asked_scope.unwrap_or_default() != granted;
        Self {
            access_token: issued.token.expose().to_owned(),
            token_type: "Bearer",
            expires_in: issued.expires_in,
            id_token: issued.id_token.as_ref().map(|token| token.expose().to_owned()),
            refresh_token: issued.refresh.as_ref().map(|token| token.expose().to_owned()),
            scope: Some(granted).filter(|granted| differs && !granted.is_empty()),
        }
    }
}

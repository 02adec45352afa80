//! Revocation (RFC 7009): a client ends one of its own tokens.

use axum::{extract::State, http::StatusCode};
use metrics::counter;

use crate::{
    app::App,
    client_auth::ClientRequest,
    error::{Code, Error, Result},
    model::{client::Client, timestamp::Timestamp},
    store::End,
};

/// Ends the presented token if it is the caller's. The answer is 200 whatever it was: unknown,
/// foreign, ended before (RFC 7009 §2.2).
///
/// The answer comes after the end is durable; no read that begins after it, on any node, finds the
/// token active.
pub(super) async fn post(
    State(app): State<App>,
    ClientRequest { registered, parameters, at }: ClientRequest,
) -> Result<StatusCode> {
    let presented = parameters
        .get("token")
        .ok_or_else(|| Error::new(Code::InvalidRequest, "token is missing."))?;
    revoke(&app, &registered.client, presented, at).await?;
    Ok(StatusCode::OK)
}

async fn revoke(app: &App, client: &Client, presented: &str, at: Timestamp) -> Result<()> {
    let client_id = &client.client_id;
    let by = format!("client:{client_id}");
    let end = End { at, by, reason: "POST /revoke".to_owned() };
    if app.tokens.revoke_presented(presented, client_id, end).await? {
        counter!("tessera_tokens_revoked_total").increment(1);
        tracing::debug!(client.id = %client_id, "{client_id} revoked a token");
        return Ok(());
    }
    // Nothing was to be done; whether somebody tried what he may not is for the log.
    let Ok(Some(found)) = app.tokens.present(presented, at).await else { return Ok(()) };
    let entry = &found.found.entry;
    let key = entry.entry_key;
    if entry.client_id != *client_id {
        tracing::warn!(
            token.entry = %key,
            client.id = %client_id,
            "{client_id} tried to revoke {key}, which is not its own",
        );
    }
    Ok(())
}

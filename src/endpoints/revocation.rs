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
    let Some(found) = app.tokens.present(presented, at).await? else { return Ok(()) };
    let (entry, client_id) = (&found.found.entry, &client.client_id);
    let key = entry.entry_key;
    if entry.client_id != *client_id {
        tracing::warn!(
            token.entry = %key,
            client.id = %client_id,
            "{client_id} tried to revoke {key}, which is not its own",
        );
        return Ok(());
    }
    let by = format!("client:{client_id}");
    let end = End { at, by, reason: "POST /revoke".to_owned() };
    if app.tokens.revoke(entry, &end).await? {
        counter!("tessera_tokens_revoked_total").increment(1);
        tracing::debug!(token.entry = %key, client.id = %client_id, "{client_id} revoked {key}");
    }
    Ok(())
}

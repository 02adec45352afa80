//! Revocation (RFC 7009): a client ends one of its own tokens.

use axum::{extract::State, http::StatusCode};
use metrics::counter;

use crate::{
    app::App,
    client_auth::ClientRequest,
    error::{Code, Error, Result},
    model::{
        client::Client, client_id::ClientId, series::Counted, timestamp::Timestamp,
        token_entry::TokenEntry,
    },
    store::End,
};

/// Ends the presented token if it is the caller's. The answer is 200 whatever it was: unknown,
/// foreign, ended before (RFC 7009 §2.2).
///
/// The answer comes after the end is durable; no read that begins after it, on any node, finds the
/// token active.
pub(super) async fn post(
    State(app): State<App>,
    ClientRequest { registered, parameters, at, .. }: ClientRequest,
) -> Result<StatusCode> {
    let presented = parameters
        .get("token")
        .ok_or_else(|| Error::new(Code::InvalidRequest, "token is missing."))?;
    // RFC 7009 §2.2.1: 200 would say that it works no more.
    if app.store.is_disabled() {
        let text = "No token can be revoked here: token store is disabled.";
        return Err(Error::new(Code::UnsupportedTokenType, text));
    }
    revoke(&app, &registered.client, presented, at).await?;
    Ok(StatusCode::OK)
}

async fn revoke(app: &App, client: &Client, presented: &str, at: Timestamp) -> Result<()> {
    let client_id = &client.client_id;
    let by = format!("client:{client_id}");
    let end = End { at, by, reason: "POST /revoke".to_owned() };
    if app.tokens.revoke_presented(presented, client_id, end).await? {
        counter!("tessera_tokens_revoked_total").increment(1);
        app.tally.note(Counted::Revoked);
        tracing::debug!(
            event = "revocation.done",
            client.id = %client_id,
            "{client_id} revoked a token"
        );
        return Ok(());
    }
    // Nothing was to be done; whether somebody tried what he may not is for the log.
    let found = app.tokens.present(presented, at).await.ok().flatten();
    let entry = found.as_ref().map(|found| &found.found.entry);
    log_idle(client_id, entry);
    Ok(())
}

fn log_idle(client_id: &ClientId, entry: Option<&TokenEntry>) {
    match entry {
        Some(entry) if entry.client_id != *client_id => {
            let key = entry.entry_key;
            tracing::warn!(
                event = "revocation.refused",
                token.entry = %key,
                client.id = %client_id,
                "{client_id} tried to revoke {key}, which is not its own"
            );
        }
        _ => {
            let key = entry.map(|entry| entry.entry_key);
            let shown = key.map_or_else(|| "what is no token".to_owned(), |key| key.to_string());
            tracing::debug!(
                event = "revocation.idle",
                token.entry = key.map(tracing::field::display),
                client.id = %client_id,
                "{client_id} revoked {shown}, of which nothing was alive"
            );
        }
    }
}

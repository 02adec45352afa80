//! Looking at tokens, issuing and ending them by hand.

use crate::{
    app::App,
    config::duration,
    grants,
    model::{
        client::ClientStatus, client_id::ClientId, entry_key::EntryKeyRange,
        parameters::Parameters, secret::Secret, standing::StandingEntry, token_entry::TokenEntry,
    },
    store::{Command, End, TokenFilter},
    tokens::{Issued, Presented, Tokens},
};

use super::{Error, Operator, Result, clients, event};

/// A page of entries.
///
/// # Errors
///
/// What the store says.
pub async fn list(app: &App, filter: &TokenFilter) -> Result<Vec<StandingEntry>> {
    Ok(app.store.read().await?.list_tokens(filter).await?)
}

/// Finds the one entry whose key begins with what somebody typed.
///
/// # Errors
///
/// [`Error::Invalid`] for what is no key, [`Error::NotFound`] if there is none or it was swept,
/// [`Error::Conflict`] if there are several.
pub async fn find(app: &App, typed: &str) -> Result<StandingEntry> {
    let range: EntryKeyRange =
        typed.parse().map_err(|fault: crate::model::entry_key::NotAnEntryKey| {
            Error::Invalid(fault.to_string())
        })?;
    let mut found = app.store.read().await?.find_tokens_by_prefix(range).await?;
    match found.len() {
        0 => Err(Error::NotFound(format!(
            "there is no entry {typed}; ended ones are kept for {}",
            duration::format(app.config().tokens.keep_ended)
        ))),
        1 => Ok(found.remove(0)),
        _ => Err(Error::Conflict(format!("several entries begin with {typed}; type more of it"))),
    }
}

/// Looks at a token, given the token itself. Consumes nothing.
///
/// # Errors
///
/// What the store says.
pub async fn inspect(app: &App, token: &Secret) -> Result<Option<Presented>> {
    Ok(app.tokens.present(token.expose(), app.now()).await?)
}

/// Issues an access token to a client, as the token endpoint would if it asked.
///
/// # Errors
///
/// [`Error::NotFound`], and [`Error::Invalid`] with what the token endpoint would answer.
pub async fn issue(
    app: &App,
    operator: &Operator,
    client_id: &ClientId,
    parameters: Parameters,
) -> Result<Issued> {
    let now = app.now();
    let client = clients::find(app, client_id).await?;
    if client.status != ClientStatus::Active {
        return Err(Error::Invalid(format!("{client_id} is {}", client.status)));
    }
    let grant = grants::find("client_credentials")
        .filter(|grant| client.grant_types.contains(grant.grant_type))
        .ok_or_else(|| Error::Invalid(format!("{client_id} may not use client_credentials")))?;
    let redemption = grants::Redemption {
        client: &client,
        parameters: &parameters,
        store: &app.store,
        issuer: &app.issuer,
        at: now,
    };
    let authorization = (grant.redeem)(redemption)
        .await
        .map_err(|refusal| Error::Invalid(refusal.description.into_owned()))?;
    let with_event = |command: Command, issued: &Issued| {
        let (key, detail) = (issued.entry_key.to_string(), format!("to {client_id}"));
        let event = event(app, (operator, now), "token.issued", &key, Some(detail));
        command.insert_audit_event(event)
    };
    let issued =
        app.tokens.issue_access_token_with(&client, &authorization, now, with_event).await?;
    issued.map_err(|refusal| Error::Invalid(refusal.to_string()))
}

/// Ends a token. Returns whether it was live until then.
///
/// # Errors
///
/// What the store says.
pub async fn revoke(
    app: &App,
    operator: &Operator,
    entry: &TokenEntry,
    reason: &str,
) -> Result<bool> {
    let now = app.now();
    let key = entry.entry_key.to_string();
    let end = End { at: now, by: operator.0.clone(), reason: reason.to_owned() };
    let mut event = event(app, (operator, now), "token.revoked", &key, None);
    event.reason = Some(reason.to_owned());
    Ok(app.store.run(Tokens::revocation(entry, &end).insert_audit_event(event)).await?)
}

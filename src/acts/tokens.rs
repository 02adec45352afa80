//! Looking at tokens, issuing and ending them by hand.

mod list;
mod mass_revocation;
mod reach;
mod revoke_many;
mod typed;
mod walk;

use crate::{
    app::App,
    config::duration,
    grants,
    model::{
        client::{Client, ClientStatus},
        client_id::ClientId,
        entry_key::EntryKeyRange,
        parameters::Parameters,
        secret::Secret,
        space_delimited::SpaceDelimited,
        standing::StandingEntry,
        token_entry::TokenEntry,
        verdict::Whose,
    },
    store::{Command, End},
    tokens::{Issued, Presented, Tokens},
};

use super::{Error, Operator, Result, clients, ended, event};

pub use self::{
    list::{Listing, Page, list},
    mass_revocation::MassRevocation,
    reach::{Distinct, Reach},
    revoke_many::{Ended, revoke_many},
    typed::{TypedRequest, TypedTokens, UseRequest, create, spend},
};

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

/// The resource servers that a client acts for: those whose tokens it may introspect.
///
/// # Errors
///
/// What the store says.
pub async fn audience_of(app: &App, client_id: &ClientId) -> Result<SpaceDelimited> {
    let servers = app.store.resource_servers().await?;
    let acts_for = servers.iter().filter(|server| server.may_introspect(client_id));
    Ok(acts_for.map(|server| server.audience.clone()).collect())
}

/// When, by whom and why all tokens of before were ended, on which an entry hangs.
///
/// # Errors
///
/// What the store says.
pub async fn generation_end(app: &App, entry: &TokenEntry, whose: Whose) -> Result<Option<End>> {
    Ok(app.store.read().await?.generation_end(entry, whose).await?)
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
    let client = active_client(app, client_id).await?;
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
    let end = ended(operator, now, reason);
    let mut event = event(app, (operator, now), "token.revoked", &key, None);
    event.reason = Some(reason.to_owned());
    Ok(app.store.run(Tokens::revocation(entry, &end).insert_audit_event(event)).await?)
}

/// A client that may do something.
async fn active_client(app: &App, client_id: &ClientId) -> Result<Client> {
    let client = clients::find(app, client_id).await?;
    if client.status != ClientStatus::Active {
        return Err(Error::Invalid(format!("{client_id} is {}", client.status)));
    }
    Ok(client)
}

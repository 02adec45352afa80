//! Looking at tokens, issuing and ending them by hand.

mod family;
mod given;
mod list;
mod mass_revocation;
mod reach;
mod revoke_many;
mod typed;
pub mod unused;
mod walk;

use crate::{
    app::App,
    config::duration,
    grants::{self, Redeemed},
    model::{
        audit::Origin,
        authorization::{Authorization, AuthorizingUser},
        client::{Client, ClientStatus},
        client_id::ClientId,
        entry_key::EntryKeyRange,
        parameters::Parameters,
        secret::Secret,
        sight::Sight,
        space_delimited::SpaceDelimited,
        standing::StandingEntry,
        timestamp::Timestamp,
        token_entry::{TokenEntry, TokenKind},
        user::UserStatus,
        username::Username,
        verdict::Whose,
    },
    store::{Command, End},
    tokens::{Issued, Presented, Tokens, refresh::NewFamily},
};

use super::{Error, Operator, Result, clients, ended, event};

pub use self::{
    family::{Family, family, take_families},
    given::{Given, Raised, Said, raised},
    list::{Count, Listing, Page, count, list, list_and_count},
    mass_revocation::MassRevocation,
    reach::{Distinct, Reach},
    revoke_many::{Ended, revoke_many},
    typed::{TypedRequest, TypedTokens, UseRequest, create, spend},
    unused::UnusedTokens,
};

/// Why tokens are ended by hand where nobody said.
pub const NO_REASON: &str = "by hand";

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

/// Whether a client may see a token of OAuth by introspection.
///
/// # Errors
///
/// What the store says.
pub async fn may_see(app: &App, client_id: &ClientId, entry: &TokenEntry) -> Result<bool> {
    let servers = app.store.resource_servers().await?;
    Ok(Sight::of(client_id, entry, &servers).is_some())
}

/// When, by whom and why all tokens of before were ended, on which an entry hangs.
///
/// # Errors
///
/// What the store says.
pub async fn generation_end(app: &App, entry: &TokenEntry, whose: Whose) -> Result<Option<End>> {
    Ok(app.store.read().await?.generation_end(entry, whose).await?)
}

/// What is issued by hand.
#[derive(Debug)]
pub struct IssueRequest {
    /// To whom.
    pub client_id: ClientId,
    /// What it would send to the token endpoint.
    pub parameters: Parameters,
    /// On whose behalf: realm and name; `None` where the client acts for itself.
    pub user: Option<(String, Username)>,
    /// Whether it can be refreshed: then a family begins.
    pub refresh: bool,
}

impl IssueRequest {
    /// An access token for a client that acts for itself.
    #[must_use]
    pub fn access(client_id: ClientId, parameters: Parameters) -> Self {
        Self { client_id, parameters, user: None, refresh: false }
    }
}

/// Issues an access token to a client, as the token endpoint would if it asked, or the first tokens
/// of a family.
///
/// # Errors
///
/// [`Error::NotFound`], and [`Error::Invalid`] with what the token endpoint would answer.
pub async fn issue(app: &App, operator: &Operator, request: &IssueRequest) -> Result<Issued> {
    let (now, client_id) = (app.now(), &request.client_id);
    let client = active_client(app, client_id).await?;
    let authorization = authorize(app, &client, request, now).await?;
    let with_event = |command: Command, issued: &Issued| {
        let (key, detail) = (issued.entry_key.to_string(), format!("to {client_id}"));
        let event = event(app, (operator, now), "token.issued", &key, Some(detail));
        command.insert_audit_event(event)
    };
    let issued = if request.refresh {
        if !client.grant_types.contains("refresh_token") {
            let text = format!("{client_id} may not use refresh_token; give it that grant");
            return Err(Error::Invalid(text));
        }
        let (client, authorization) = (&client, &authorization);
        let new = NewFamily { client, authorization, grant_type: "operator", at: now };
        app.tokens.begin_family(&new, with_event).await?
    } else {
        app.tokens.issue_access_token_with(&client, &authorization, now, with_event).await?
    };
    issued.map_err(|refusal| Error::Invalid(refusal.to_string()))
}

/// What is to be issued stands for.
async fn authorize(
    app: &App,
    client: &Client,
    request: &IssueRequest,
    now: Timestamp,
) -> Result<Authorization> {
    let IssueRequest { client_id, parameters, user, .. } = request;
    let redemption = grants::Redemption {
        client,
        parameters,
        store: &app.store,
        tokens: &app.tokens,
        issuer: &app.issuer,
        origin: &Origin::default(),
        at: now,
    };
    let invalid = |refusal: crate::error::Error| Error::Invalid(refusal.description.into_owned());
    if let Some((realm, username)) = user {
        let user = active_user(app, realm, username).await?;
        let access = redemption.access().await.map_err(invalid)?;
        return Ok(Authorization {
            client_id: client_id.clone(),
            client_generation: client.generation,
            user: Some(user),
            family: None,
            scope: access.scope,
            audience: access.audience,
        });
    }
    let grant = grants::find(grants::GRANTS, "client_credentials")
        .filter(|grant| client.grant_types.contains(grant.grant_type))
        .ok_or_else(|| Error::Invalid(format!("{client_id} may not use client_credentials")))?;
    match (grant.redeem)(redemption).await.map_err(invalid)? {
        Redeemed::Access(authorization) => Ok(authorization),
        _ => Err(Error::Invalid(format!("{client_id} gets no plain access token"))),
    }
}

/// A user who may do something, as a token names them.
async fn active_user(app: &App, realm: &str, username: &Username) -> Result<AuthorizingUser> {
    let found = app.store.read().await?.user_standing_named(realm, username.folded()).await?;
    let found = found.filter(|user| user.status != UserStatus::Deleted.as_str());
    let name = format!("{realm}/{}", username.as_str());
    let user = found.ok_or_else(|| Error::NotFound(format!("there is no user {name}")))?;
    if user.status != UserStatus::Active.as_str() {
        return Err(Error::Invalid(format!("{name} is {}", user.status)));
    }
    let (user_id, generation) = (user.user_id, user.generation);
    Ok(AuthorizingUser { user_id, subject: user_id.to_string(), generation })
}

/// Ends a token; with a refresh token, its whole family. Returns whether it was live until then.
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
    if entry.kind == TokenKind::Refresh
        && let Some(family) = entry.authorization_id
    {
        return Ok(app.tokens.end_family(family, &end, event).await?);
    }
    // It goes from where it waits to its row, and never back: so it is looked for in this order.
    if let Some(was_live) = app.tokens.end_waiting(entry, &end, event.clone()).await? {
        return Ok(was_live);
    }
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

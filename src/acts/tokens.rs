//! Looking at tokens, issuing and ending them by hand.

mod list;
mod mass_revocation;
mod reach;
mod revoke_many;
mod walk;

use std::{net::IpAddr, time::Duration};

use serde_json::{Map, Value};

use crate::{
    app::App,
    config::duration,
    grants,
    model::{
        attempt::{Attempt, Circumstances},
        client::{Client, ClientStatus},
        client_id::ClientId,
        entry_key::EntryKeyRange,
        parameters::Parameters,
        secret::Secret,
        space_delimited::SpaceDelimited,
        standing::StandingEntry,
        token_entry::{TokenEntry, TokenKind},
        token_type::{self, TokenType},
        verdict::Whose,
    },
    store::{Command, End},
    tokens::{
        Issued, Presented, Tokens,
        typed::{CreateRefusal, CreatedToken, NewTypedToken, Used},
    },
};

use super::{Error, Operator, Result, clients, ended, event};

pub use self::{
    list::{Listing, Page, list},
    mass_revocation::MassRevocation,
    reach::{Distinct, Reach},
    revoke_many::{Ended, revoke_many},
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

/// A typed token that an operator wants made.
#[derive(Debug)]
pub struct TypedRequest {
    /// Its type, in any case.
    pub type_name: String,
    /// What it is to be good for; none for anything.
    pub purposes: Vec<String>,
    /// For whom; `None` for anybody.
    pub identity: Option<String>,
    /// What whoever uses it is told.
    pub attributes: Map<String, Value>,
    /// How long it is to live, where that is shorter than its type says.
    pub expires_in: Option<Duration>,
}

/// Makes a typed token for a client, as the API would if it asked.
///
/// # Errors
///
/// [`Error::NotFound`] for a client or type that is not there, [`Error::Invalid`] for what the type
/// does not allow, and [`Error::Conflict`] for what it does not allow now.
pub async fn create(
    app: &App,
    operator: &Operator,
    client_id: &ClientId,
    request: TypedRequest,
) -> Result<CreatedToken> {
    let now = app.now();
    let client = active_client(app, client_id).await?;
    let token_type = typed(app, &request.type_name).await?;
    let new = NewTypedToken {
        client: &client,
        token_type: &token_type,
        purposes: request.purposes,
        identity: request.identity,
        attributes: request.attributes,
        expires_in: request.expires_in,
        at: now,
    };
    let with_event = |command: Command, created: &CreatedToken| {
        let key = created.entry_key.to_string();
        let detail = format!("{} for {client_id}", token_type.name);
        command.insert_audit_event(event(app, (operator, now), "token.issued", &key, Some(detail)))
    };
    app.tokens.create_with(&new, with_event).await?.map_err(|refusal| match refusal {
        CreateRefusal::TooManyActive => Error::Conflict(refusal.to_string()),
        CreateRefusal::TooSoon { retry_after } => {
            Error::Conflict(format!("{refusal}; again in {} s", retry_after.as_secs().max(1)))
        }
        refusal => Error::Invalid(refusal.to_string()),
    })
}

/// The type of that name, of which clients make tokens.
async fn typed(app: &App, name: &str) -> Result<TokenType> {
    let types = app.store.token_types().await?;
    let fold = token_type::fold(name);
    let found = types.iter().find(|it| it.name.fold() == fold && it.removed_at.is_none());
    let found =
        found.ok_or_else(|| Error::NotFound(format!("the token type {name} is not configured")))?;
    // Also where the settings file gives it rules.
    if fold.parse().is_ok_and(|kind: TokenKind| kind != TokenKind::Typed) {
        let name = &found.name;
        return Err(Error::Invalid(format!(
            "{name} is a type of OAuth: no client makes its tokens"
        )));
    }
    Ok(found.clone())
}

/// What an operator uses a token for.
#[derive(Debug)]
pub struct UseRequest {
    /// The type that it is taken for.
    pub type_name: String,
    /// What for.
    pub purpose: Option<String>,
    /// For whom.
    pub identity: Option<String>,
    /// By which client; `None` for the one whose it is.
    pub client_id: Option<ClientId>,
    /// From where.
    pub address: Option<IpAddr>,
    /// A name for this use, so that a retry spends nothing.
    pub use_key: Option<String>,
    /// Whether only to say what would come of it.
    pub peek: bool,
}

/// Uses a token: a use is spent if everything holds.
///
/// # Errors
///
/// [`Error::NotFound`] if it is no token of ours, [`Error::Conflict`] if its `use_key` was given
/// for another use.
pub async fn spend(app: &App, token: &Secret, request: UseRequest) -> Result<Used> {
    let client_id = match request.client_id {
        Some(client_id) => client_id,
        None => {
            let found = inspect(app, token).await?.ok_or_else(|| {
                Error::NotFound("that is no token of ours, or it was swept".to_owned())
            })?;
            found.found.entry.client_id.clone()
        }
    };
    let circumstances = Circumstances {
        type_name: Some(request.type_name),
        purpose: request.purpose,
        identity: request.identity,
        audience: audience_of(app, &client_id).await?,
        client_id,
        address: request.address,
    };
    let attempt = Attempt { at: app.now(), presented: Some(circumstances) };
    let use_key = request.use_key.as_deref();
    let used = app.tokens.use_token(token.expose(), &attempt, use_key, request.peek).await?;
    used.map_err(|misused| Error::Conflict(misused.to_string()))
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

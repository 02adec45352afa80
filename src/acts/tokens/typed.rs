//! Typed tokens by hand, and for a program that has Tessera inside itself.

use std::{net::IpAddr, time::Duration};

use serde_json::{Map, Value};

use crate::{
    app::App,
    model::{
        attempt::{Attempt, Circumstances},
        client_id::ClientId,
        secret::Secret,
        token_type::{self, TokenType},
    },
    store::Command,
    tokens::typed::{CreateRefusal, CreatedToken, DeleteWhich, Maker, NewTypedToken, Used},
};

use super::{
    super::{Error, Operator, Result, event},
    active_client, audience_of, inspect,
};

/// A typed token that is to be made.
#[derive(Debug, Clone, Default)]
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
    make(app, client_id, request, |command, (new, created)| {
        let key = created.entry_key.to_string();
        let detail = Some(format!("{} for {client_id}", new.token_type.name));
        let event = event(app, (operator, new.at), "token.issued", &key, detail);
        command.insert_audit_event(event)
    })
    .await
}

/// Makes a typed token, together with what `add` puts beside it.
async fn make(
    app: &App,
    client_id: &ClientId,
    request: TypedRequest,
    add: impl Fn(Command, (&NewTypedToken<'_>, &CreatedToken)) -> Command,
) -> Result<CreatedToken> {
    let client = active_client(app, client_id).await?;
    let token_type = typed(app, &request.type_name).await?;
    let new = NewTypedToken {
        maker: Maker::Client(&client),
        token_type: &token_type,
        purposes: request.purposes,
        identity: request.identity,
        attributes: request.attributes,
        expires_in: request.expires_in,
        not_after: None,
        at: app.now(),
    };
    let add = |command: Command, created: &CreatedToken| add(command, (&new, created));
    app.tokens.create_with(&new, add).await?.map_err(refused)
}

fn refused(refusal: CreateRefusal) -> Error {
    match refusal {
        CreateRefusal::TooManyActive => Error::Conflict(refusal.to_string()),
        CreateRefusal::TooSoon { retry_after } => {
            Error::Conflict(format!("{refusal}; again in {} s", retry_after.as_secs().max(1)))
        }
        refusal => Error::Invalid(refusal.to_string()),
    }
}

/// The type of that name, of which clients make tokens.
async fn typed(app: &App, name: &str) -> Result<TokenType> {
    let types = app.store.token_types().await?;
    let fold = token_type::fold(name);
    let found = types.iter().find(|it| it.name.fold() == fold && it.removed_at.is_none());
    let found =
        found.ok_or_else(|| Error::NotFound(format!("the token type {name} is not configured")))?;
    // Also where the settings file gives it rules.
    if token_type::is_protocol(&fold) {
        let name = &found.name;
        return Err(Error::Invalid(format!(
            "{name} is a type of OAuth: no client makes its tokens"
        )));
    }
    Ok(found.clone())
}

/// What a token is used for.
#[derive(Debug, Clone, Default)]
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

/// The typed tokens of one client, for a program that has Tessera inside itself: what `/tokens`
/// offers over HTTP, without HTTP. It needs no access token, and writes no audit event.
#[derive(Debug, Clone)]
pub struct TypedTokens {
    app: App,
    client_id: ClientId,
}

impl TypedTokens {
    /// Those of `client_id`, which has to be registered by the time they are made.
    #[must_use]
    pub fn of(app: &App, client_id: ClientId) -> Self {
        Self { app: app.clone(), client_id }
    }

    /// Makes a token, as `POST /tokens` does.
    ///
    /// # Errors
    ///
    /// As [`create`].
    pub async fn create(&self, request: TypedRequest) -> Result<CreatedToken> {
        make(&self.app, &self.client_id, request, |command, _| command).await
    }

    /// Uses a token, as `POST /tokens/use` does: what is no token of ours is `invalid`.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if its `use_key` was given for another use.
    pub async fn use_token(&self, token: &Secret, request: UseRequest) -> Result<Used> {
        let client_id = request.client_id.clone().unwrap_or_else(|| self.client_id.clone());
        spend(&self.app, token, UseRequest { client_id: Some(client_id), ..request }).await
    }

    /// Deletes a token of this type, whoever made it, as `POST /tokens/delete` does. Returns
    /// whether there was one.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn delete(&self, type_name: &str, token: &Secret) -> Result<bool> {
        let which = DeleteWhich::Presented(token.expose());
        Ok(self.app.tokens.delete(which, type_name).await?)
    }
}

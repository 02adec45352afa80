//! The tokens that somebody makes for themselves.

use std::time::Duration;

use crate::{
    acts::{browser_sessions::SeenFrom, checks},
    app::App,
    model::{
        client_id::ClientId, entry_key::EntryKey, scope::Scope, standing::StandingEntry,
        timestamp::Timestamp, token_type::PERSONAL, user::User,
    },
    store::Command,
    tokens::typed::{
        CreateRefusal, CreatedToken, DeleteWhich, PERSONAL_LIFE, PersonalTerms, personal_life,
    },
};

use super::{Error, Result, event, not_theirs};

/// At most so many are listed: more are seen through the API.
const LISTED: i64 = 200;

/// A token that somebody makes for themselves.
#[derive(Debug, Clone)]
pub struct NewPersonalToken {
    /// What they call it.
    pub name: String,
    /// What it is to be good for: part of what they may do.
    pub scope: Scope,
    /// How long it is to live; `None` for as long as its type says, or else as is usual.
    pub expires_in: Option<Duration>,
}

/// A token that somebody made for themselves.
#[derive(Debug)]
pub struct OwnToken {
    /// Its entry.
    pub found: StandingEntry,
    /// What they call it, where they said so.
    pub name: Option<String>,
}

/// The tokens that somebody made for themselves, those that end first at the head.
#[derive(Debug)]
pub struct OwnTokens {
    /// Those that are shown.
    pub tokens: Vec<OwnToken>,
    /// Whether there are more.
    pub has_more: bool,
}

/// Lists somebody's own tokens.
///
/// # Errors
///
/// What the store says.
pub async fn own_tokens(app: &App, user: &User, at: Timestamp) -> Result<OwnTokens> {
    let whose = (user.user_id, &ClientId::of_people());
    let mut found =
        app.store.read().await?.list_tokens_of_user(whose, PERSONAL, (None, LISTED + 1)).await?;
    let has_more = found.len() > usize::try_from(LISTED).unwrap_or(usize::MAX);
    found.truncate(usize::try_from(LISTED).unwrap_or(usize::MAX));
    let mut tokens = Vec::with_capacity(found.len());
    for found in found {
        let name = app.tokens.name_of_personal(&found.entry, at).await?;
        tokens.push(OwnToken { found, name });
    }
    Ok(OwnTokens { tokens, has_more })
}

/// Why somebody got no token.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// It has no name, or one that could disguise it.
    #[error("that is no name for a token")]
    Name,
    /// It would be good for nothing, or for what its maker may not do.
    #[error("that is no part of what its maker may do")]
    Scope,
    /// The type of such tokens does not allow it.
    #[error("the type does not allow it: {0}")]
    Refused(CreateRefusal),
    /// It could not be done.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<crate::tokens::Error> for NotMade {
    fn from(error: crate::tokens::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes a token for somebody.
///
/// # Errors
///
/// [`NotMade`]; then there is none.
pub async fn make_token(
    app: &App,
    user: &User,
    asked: NewPersonalToken,
    (from, at): (&SeenFrom, Timestamp),
) -> Result<CreatedToken, NotMade> {
    checks::name(&asked.name).map_err(|_| NotMade::Name)?;
    let is_theirs = asked.scope.iter().all(|token| user.scope.contains(token));
    if !is_theirs || asked.scope.is_empty() && !user.scope.is_empty() {
        return Err(NotMade::Scope);
    }
    let Some(token_type) = app.tokens.personal_type().await? else {
        return Err(NotMade::Refused(CreateRefusal::TypeNotConfigured));
    };
    let by = from.person(user);
    let terms = PersonalTerms {
        user,
        name: Some(asked.name),
        scope: asked.scope,
        expires_in: personal_life(&token_type, asked.expires_in, PERSONAL_LIFE),
        not_after: None,
        at,
    };
    let add = |command: Command, created: &CreatedToken| {
        let key = created.entry_key.to_string();
        let detail = Some(format!("{PERSONAL} for {}", user.address()));
        command.insert_audit_event(event(app, (&by, at), "personal_token.made", &key, detail))
    };
    app.tokens.create_personal(&token_type, terms, add).await?.map_err(NotMade::Refused)
}

/// Deletes one of somebody's own tokens.
///
/// # Errors
///
/// [`Error::NotFound`] if they have no such token.
pub async fn remove_token(
    app: &App,
    user: &User,
    key: EntryKey,
    (from, at): (&SeenFrom, Timestamp),
) -> Result<()> {
    let by = from.person(user);
    let which = DeleteWhich::OwnEntry(key, user.user_id);
    let event = event(app, (&by, at), "personal_token.removed", &key.to_string(), None);
    let add = move |command: Command| command.insert_audit_event(event);
    if app.tokens.delete_with(which, PERSONAL, add).await? { Ok(()) } else { Err(not_theirs()) }
}

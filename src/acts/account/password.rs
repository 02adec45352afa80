//! Another password for one's own account.

use std::time::Duration;

use crate::{
    acts::{
        browser_sessions::{LiveSession, SeenFrom},
        checks,
    },
    app::App,
    hashing::{self, PasswordAttempt},
    model::{
        browser_session::{BY_PASSWORD, BrowserSession},
        secret::{Secret, same},
        space_delimited::SpaceDelimited,
        timestamp::Timestamp,
        user::{PasswordHash, User},
    },
    store::{self, SessionTarget},
};

use super::{Error, ended, event};

/// What somebody typed who wants another password.
#[derive(Debug, Clone, Copy)]
pub struct NewPassword<'a> {
    /// The one they have.
    pub current: &'a Secret,
    /// The one they want.
    pub new: &'a Secret,
}

/// Why a password is what it was.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// The current one is another.
    #[error("that is not the current password")]
    Wrong,
    /// The new one is too short, or too long.
    #[error("that is no password to have")]
    Unfit,
    /// The new one is the current one.
    #[error("that is the current password")]
    Same,
    /// Too many wrong guesses came from there. Again after so long.
    #[error("too many wrong guesses")]
    Throttled(Duration),
    /// Too much waits to be judged.
    #[error("too much waits to be judged")]
    Busy,
    /// The account was changed meanwhile, or the session is over.
    #[error("the account was changed meanwhile")]
    Overtaken,
    /// It could not be done.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<store::Error> for NotChanged {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<hashing::Error> for NotChanged {
    fn from(error: hashing::Error) -> Self {
        match error {
            hashing::Error::Throttled(wait) => Self::Throttled(wait),
            hashing::Error::Busy => Self::Busy,
            hashing::Error::Unhashable => Self::Failed(error.into()),
        }
    }
}

/// Gives somebody another password, and signs them out everywhere else. The session they are in
/// goes on under another secret, which is returned.
///
/// # Errors
///
/// [`NotChanged`]; then nothing is changed.
pub async fn change_password(
    app: &App,
    live: &LiveSession,
    typed: NewPassword<'_>,
    (from, at): (&SeenFrom, Timestamp),
) -> Result<(Secret, BrowserSession), NotChanged> {
    let user = &*live.user;
    checks::password(typed.new.expose()).map_err(|_| NotChanged::Unfit)?;
    prove(app, user, typed.current, (from, at)).await?;
    if same(typed.new.expose().as_bytes(), typed.current.expose().as_bytes()) {
        return Err(NotChanged::Same);
    }
    let phc = app.hasher.hash(typed.new).await?;
    let changed = User { password: Some(PasswordHash::new(phc)), updated_at: at, ..user.clone() };

    let by = from.person(user);
    let end = ended(&by, at, "user.password_changed");
    let (secret, session) = renewed(app, &live.session, at);
    let mut store = app.store.begin().await?;
    // Where somebody ended the session a moment ago, it must not come back.
    let is_done = store.update_user(&changed, &end).await?
        && store.retire_session(&live.session.session_hash, &end).await?;
    if !is_done {
        store.roll_back().await?;
        return Err(NotChanged::Overtaken);
    }
    store.insert_session(&session).await?;
    let others = SessionTarget::OfUser { user_id: user.user_id, except: Some(session.session_id) };
    store.end_sessions(others, &end).await?;
    let event = event(app, (&by, at), "user.password_changed", &user.address(), None);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok((secret, session))
}

/// Guessing here is slowed down together with guessing wherever else this password is asked for.
async fn prove(
    app: &App,
    user: &User,
    password: &Secret,
    (from, at): (&SeenFrom, Timestamp),
) -> Result<(), NotChanged> {
    if checks::password(password.expose()).is_err() {
        return Err(NotChanged::Wrong);
    }
    let account = format!("{}/{}", user.realm, user.username_fold);
    let attempt = PasswordAttempt { account: &account, from: from.address, at };
    let kept = user.password.as_ref().map(PasswordHash::expose);
    let is_right = app.hasher.verify_password(password, kept, attempt).await?;
    if is_right { Ok(()) } else { Err(NotChanged::Wrong) }
}

/// The same session of somebody who proved anew who they are, and what opens it.
fn renewed(app: &App, session: &BrowserSession, at: Timestamp) -> (Secret, BrowserSession) {
    let secret = Secret::generate(&app.random);
    let renewed = BrowserSession {
        session_hash: secret.hash(),
        authenticated_at: at,
        methods: SpaceDelimited::parse(BY_PASSWORD),
        seen_at: at,
        ..session.clone()
    };
    (secret, renewed)
}

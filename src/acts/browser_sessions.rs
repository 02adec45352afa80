//! Browser sessions: whose browser it is that asks.

use std::{net::IpAddr, sync::Arc};

use crate::{
    app::App,
    model::{
        audit::Origin,
        browser_session::BrowserSession,
        secret::{Secret, Sha256},
        timestamp::Timestamp,
        user::User,
    },
    store::UserKey,
};

use super::{Operator, Result};

/// A person who is signed in, in one browser.
#[derive(Debug, Clone)]
pub struct LiveSession {
    /// The session.
    pub session: BrowserSession,
    /// The person.
    pub user: Arc<User>,
}

/// From where a session is used.
#[derive(Debug, Clone)]
pub struct SeenFrom {
    /// The address.
    pub address: IpAddr,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// The name of the request.
    pub request_id: Option<String>,
}

impl SeenFrom {
    /// From this address; what else there is to it is not known.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self { address, user_agent: None, request_id: None }
    }

    /// A person who does something for themselves.
    #[must_use]
    pub fn person(&self, user: &User) -> Operator {
        let origin = Origin { address: Some(self.address), request_id: self.request_id.clone() };
        Operator::new(format!("user:{}", user.address())).from(&origin)
    }
}

/// How many characters are kept of what a browser calls itself.
const LONGEST_USER_AGENT: usize = 200;

/// Finds the session that `secret` opens, if its person is signed in at `at`, and notes its use.
///
/// # Errors
///
/// What the store says.
pub async fn find(
    app: &App,
    secret: &Secret,
    from: &SeenFrom,
    at: Timestamp,
) -> Result<Option<LiveSession>> {
    let Some(LiveSession { session, user }) = look(app, &secret.hash(), at).await? else {
        return Ok(None);
    };
    let session = note(app, session, from, at).await?;
    Ok(Some(LiveSession { session, user }))
}

/// Finds the session of this hash, if its person is signed in at `at`. That is no use of it.
///
/// # Errors
///
/// What the store says.
pub async fn look(app: &App, hash: &Sha256, at: Timestamp) -> Result<Option<LiveSession>> {
    if app.store.is_disabled() {
        return Ok(None);
    }
    let Some(found) = app.store.read().await?.find_session(hash).await? else {
        return Ok(None);
    };
    let Some(user) = app.store.find_user(UserKey::Id(found.session.user_id)).await? else {
        return Ok(None);
    };
    let is_live = found.session.is_live(&user, found.generation_now, at);
    Ok(is_live.then_some(LiveSession { session: found.session, user }))
}

/// Notes that a session is in use, now and then.
async fn note(
    app: &App,
    session: BrowserSession,
    from: &SeenFrom,
    at: Timestamp,
) -> Result<BrowserSession> {
    if !session.is_stale(at) {
        return Ok(session);
    }
    let idle = session.idle_until.since(session.seen_at);
    let noted = BrowserSession {
        seen_at: at,
        idle_until: at.plus(idle).min(session.expires_at),
        address: Some(from.address.to_string()),
        user_agent: from.user_agent.as_deref().map(cut),
        ..session
    };
    app.store.write().await?.note_session(&noted).await?;
    Ok(noted)
}

/// What is kept of a browser's own words about itself.
#[must_use]
pub fn cut(user_agent: &str) -> String {
    let plain = user_agent.chars().filter(|character| !character.is_control());
    plain.take(LONGEST_USER_AGENT).collect()
}

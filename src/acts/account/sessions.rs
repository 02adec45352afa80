//! The browsers in which somebody is signed in.

use uuid::Uuid;

use crate::{
    acts::browser_sessions::{LiveSession, SeenFrom},
    app::App,
    model::{browser_session::BrowserSession, timestamp::Timestamp, user::User},
    store::SessionTarget,
};

use super::{Result, ended, event, not_theirs};

/// The sessions in which a person is signed in, the last used first.
///
/// # Errors
///
/// What the store says.
pub async fn live_sessions(app: &App, user: &User, at: Timestamp) -> Result<Vec<BrowserSession>> {
    let found = app.store.read().await?.sessions_of(user.user_id, at).await?;
    let live = found.into_iter().filter(|found| {
        let generation = found.generation_now;
        found.session.is_live(user, generation, at)
    });
    Ok(live.map(|found| found.session).collect())
}

/// How many sign-ins are told of.
const TOLD: i64 = 10;

/// When somebody last proved who they are, and where: also in sessions that are over, as long as
/// those are kept.
///
/// # Errors
///
/// What the store says.
pub async fn sign_ins(app: &App, user: &User) -> Result<Vec<BrowserSession>> {
    Ok(app.store.read().await?.last_sign_ins(user.user_id, TOLD).await?)
}

/// Ends one of somebody's own sessions, with all that came of it and does not outlive it.
///
/// # Errors
///
/// [`super::Error::NotFound`] if it is not theirs, or is over.
pub async fn end_session(
    app: &App,
    user: &User,
    session_id: Uuid,
    (from, at): (&SeenFrom, Timestamp),
) -> Result<()> {
    let by = from.person(user);
    let mut store = app.store.begin().await?;
    // Whose a session is never changes: whoever looks first is still right afterwards.
    let is_theirs = store.has_session(user.user_id, session_id, at).await?;
    let end = ended(&by, at, "session.ended_by_owner");
    if !is_theirs || store.end_sessions(SessionTarget::One(session_id), &end).await? == 0 {
        store.roll_back().await?;
        return Err(not_theirs());
    }
    let detail = Some(session_id.to_string());
    let event = event(app, (&by, at), "session.ended", &user.address(), detail);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(())
}

/// Ends all of somebody's sessions but the one they are in. Returns how many those were.
///
/// # Errors
///
/// What the store says.
pub async fn end_other_sessions(
    app: &App,
    live: &LiveSession,
    (from, at): (&SeenFrom, Timestamp),
) -> Result<u64> {
    let (user, by) = (&*live.user, from.person(&live.user));
    let mut store = app.store.begin().await?;
    let target =
        SessionTarget::OfUser { user_id: user.user_id, except: Some(live.session.session_id) };
    let end = ended(&by, at, "session.ended_by_owner");
    let count = store.end_sessions(target, &end).await?;
    if count > 0 {
        let detail = Some(format!("{count} others"));
        let event = event(app, (&by, at), "session.ended", &user.address(), detail);
        store.insert_audit_event(&event).await?;
    }
    store.commit().await?;
    Ok(count)
}

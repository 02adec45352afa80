//! Changing a user whom somebody looked at.

use uuid::Uuid;

use crate::{
    app::App,
    model::{
        id::uuid_v7,
        user::{User, UserStatus},
        username::Username,
    },
    store::SessionTarget,
};

use super::{
    super::{
        Error, Operator, Result,
        edits::{Edited, Faults},
        ended, event,
    },
    UserChanges, UserName,
    changes::faults,
    write,
};

/// Finds a user that is not deleted by the key of the row.
///
/// # Errors
///
/// [`Error::NotFound`] if there is none.
pub async fn get(app: &App, user_id: Uuid) -> Result<User> {
    let found = app.store.read().await?.find_user(user_id).await?;
    found.filter(|user| user.status != UserStatus::Deleted).ok_or_else(not_found)
}

/// What a user is named by.
///
/// # Errors
///
/// [`Error::NotFound`] for a name that nobody could be given.
pub fn name_of(user: &User) -> Result<UserName> {
    let name = Username::parse(&user.username).map_err(|_| not_found())?;
    Ok(UserName { realm: user.realm.clone(), name })
}

/// Changes a user, if they are still of the version that was `seen`.
///
/// # Errors
///
/// [`Error::NotFound`], and what the store says.
pub async fn change(
    app: &App,
    operator: &Operator,
    (user_id, seen): (Uuid, i64),
    changes: UserChanges,
) -> Result<Edited<User>> {
    let before = get(app, user_id).await?;
    if before.version != seen {
        return Ok(Edited::Meanwhile(before));
    }
    let wrong = faults(&before, &changes);
    if !wrong.is_empty() {
        return Ok(Edited::Wrong(wrong));
    }
    match write(app, operator, before, changes).await? {
        Some(written) => Ok(Edited::Done(written.user)),
        None => Ok(Edited::Meanwhile(get(app, user_id).await?)),
    }
}

/// What is wrong with a user that is to be added.
#[must_use]
pub fn faults_of_new(app: &App, name: &UserName, changes: &UserChanges) -> Faults {
    let now = app.now();
    let blank = User::blank(uuid_v7(now, &app.random), &name.realm, &name.name, now);
    faults(&blank, changes)
}

/// Ends one session of a user, with all tokens that do not outlive it.
///
/// # Errors
///
/// [`Error::NotFound`] if they have no such session, or it is over.
pub async fn end_session(
    app: &App,
    operator: &Operator,
    user: &User,
    session_id: Uuid,
) -> Result<()> {
    let now = app.now();
    let mut store = app.store.begin().await?;
    // Whose a session is never changes: whoever looks first is still right afterwards.
    let is_theirs = store.has_session(user.user_id, session_id, now).await?;
    let end = ended(operator, now, "session.ended");
    if !is_theirs || store.end_sessions(SessionTarget::One(session_id), &end).await? == 0 {
        store.roll_back().await?;
        return Err(Error::NotFound("the session is over, or none of theirs".to_owned()));
    }
    let detail = Some(session_id.to_string());
    let event = event(app, (operator, now), "session.ended", &user.address(), detail);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(())
}

fn not_found() -> Error {
    Error::NotFound("there is no such user".to_owned())
}

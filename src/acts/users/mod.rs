//! People and accounts of services: adding, changing, ending.

mod changes;
mod edit;
mod list;

use crate::{
    app::App,
    model::{
        browser_session::BrowserSession,
        id::uuid_v7,
        secret::Secret,
        timestamp::Timestamp,
        user::{User, UserStatus, is_realm},
        username::Username,
    },
    store::{FoundSession, SessionTarget, Transaction},
};

use super::{Error, Operator, Result, declared::changed_user, ended, event};

use changes::{Hashed, changed, hash};

pub use changes::{NewPassword, UserChanges};
pub(super) use changes::{change, hash_password};
pub use edit::{change as change_seen, end_session, faults_of_new, get, name_of};
pub use list::{SHOWN, UserPage, UserQuery, page, realms};

/// Which user is meant.
#[derive(Debug, Clone)]
pub struct UserName {
    /// The namespace of the name.
    pub realm: String,
    /// The name.
    pub name: Username,
}

/// A user who was added or changed, and their password if it was drawn just now.
#[derive(Debug)]
pub struct WithPassword {
    /// The user.
    pub user: User,
    /// The only time that it is seen.
    pub drawn: Option<Secret>,
}

/// Adds a user.
///
/// # Errors
///
/// [`Error::Conflict`] if the name is taken, if only by one who is deleted; [`Error::Invalid`] for
/// what cannot be said of a user.
pub async fn add(
    app: &App,
    operator: &Operator,
    name: &UserName,
    changes: UserChanges,
) -> Result<WithPassword> {
    if !is_realm(&name.realm) {
        let text = "a realm has 1 to 63 characters of a-z 0-9 _ .";
        return Err(Error::Invalid(text.to_owned()));
    }
    let now = app.now();
    let blank = User::blank(uuid_v7(now, &app.random), &name.realm, &name.name, now);
    let user = changed(blank, &changes)?;
    let Hashed { password, drawn } = hash(app, &user, changes.password.as_ref()).await?;
    let user = User { password, ..user };
    let mut store = app.store.begin().await?;
    if !store.insert_user(&user).await? {
        let text = format!("the name {} is taken; names of deleted users stay so", user.address());
        return Err(Error::Conflict(text));
    }
    let event = event(app, (operator, now), "user.added", &user.address(), None);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(WithPassword { user, drawn })
}

/// Changes a user. Another password, or none, ends their sessions.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::Invalid`], or [`Error::Conflict`] if somebody else changed them
/// meanwhile.
pub async fn set(
    app: &App,
    operator: &Operator,
    name: &UserName,
    changes: UserChanges,
) -> Result<WithPassword> {
    let before = find(app, name).await?;
    let written = write(app, operator, before.clone(), changes).await?;
    written.ok_or_else(|| meanwhile(&before))
}

/// Changes a user who was read as `before`. Returns how they are then, or nothing if somebody else
/// changed them meanwhile.
async fn write(
    app: &App,
    operator: &Operator,
    before: User,
    changes: UserChanges,
) -> Result<Option<WithPassword>> {
    let now = app.now();
    let user = changed(before.clone(), &changes)?;
    let Hashed { password, drawn } = hash(app, &user, changes.password.as_ref()).await?;
    let user = User { password, updated_at: now, ..user };
    let mut store = app.store.begin().await?;
    let end = ended(operator, now, "user.password_changed");
    if !store.update_user(&user, &end).await? {
        store.roll_back().await?;
        return Ok(None);
    }
    if changes.password.is_some() {
        let target = SessionTarget::OfUser { user_id: user.user_id, except: None };
        store.end_sessions(target, &end).await?;
    }
    let detail = changed_user(&before, &user);
    let event = event(app, (operator, now), "user.changed", &user.address(), detail);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(Some(WithPassword { user, drawn }))
}

/// Lets a user do nothing any more, or something again, or deletes them. Whoever is disabled or
/// deleted is signed out everywhere, and their tokens are dead for good. Returns whether that was
/// news.
///
/// # Errors
///
/// [`Error::NotFound`], or [`Error::Conflict`] if somebody else changed them meanwhile.
pub async fn set_status(
    app: &App,
    operator: &Operator,
    name: &UserName,
    status: UserStatus,
) -> Result<bool> {
    let now = app.now();
    let before = find(app, name).await?;
    if before.status == status {
        return Ok(false);
    }
    let action = match status {
        UserStatus::Active => "user.enabled",
        UserStatus::Disabled => "user.disabled",
        UserStatus::Deleted => "user.deleted",
    };
    let end = ended(operator, now, action);
    let user = User { status, updated_at: now, ..before };
    let mut store = app.store.begin().await?;
    let is_changed = match status {
        UserStatus::Deleted => store.delete_user(&user, &end).await?,
        UserStatus::Active | UserStatus::Disabled => store.update_user(&user, &end).await?,
    };
    if !is_changed {
        return Err(meanwhile(&user));
    }
    if status != UserStatus::Active {
        let target = SessionTarget::OfUser { user_id: user.user_id, except: None };
        store.end_sessions(target, &end).await?;
    }
    let event = event(app, (operator, now), action, &user.address(), None);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(true)
}

/// Locks a user out until `until`, or lets them in again. Meanwhile nothing of theirs works; it ends
/// nothing, and works again afterwards.
///
/// # Errors
///
/// [`Error::NotFound`].
pub async fn lock(
    app: &App,
    operator: &Operator,
    name: &UserName,
    until: Option<Timestamp>,
) -> Result<()> {
    let now = app.now();
    let user = find(app, name).await?;
    let mut store = app.store.begin().await?;
    if !store.lock_user(user.user_id, until, now).await? {
        return Err(not_found(name));
    }
    let action = if until.is_some() { "user.locked" } else { "user.unlocked" };
    let detail = until.map(|until| format!("until {}", until.rfc3339()));
    let event = event(app, (operator, now), action, &user.address(), detail);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(())
}

/// Signs a user out everywhere, with all tokens that do not outlive that. Returns how many sessions
/// that were.
///
/// # Errors
///
/// [`Error::NotFound`].
pub async fn end_sessions(app: &App, operator: &Operator, name: &UserName) -> Result<u64> {
    let now = app.now();
    let user = find(app, name).await?;
    let mut store = app.store.begin().await?;
    let end = ended(operator, now, "user.sessions_ended");
    let target = SessionTarget::OfUser { user_id: user.user_id, except: None };
    let count = store.end_sessions(target, &end).await?;
    let detail = Some(count.to_string());
    let event = event(app, (operator, now), "user.sessions_ended", &user.address(), detail);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(count)
}

/// Gives a user another password inside a transaction, and signs them out everywhere. Returns
/// whether nobody changed them meanwhile.
pub(super) async fn change_password(
    store: &mut Transaction,
    user: &User,
    (operator, now, action): (&Operator, Timestamp, &str),
) -> Result<bool> {
    let end = ended(operator, now, action);
    if !store.update_user(user, &end).await? {
        return Ok(false);
    }
    let target = SessionTarget::OfUser { user_id: user.user_id, except: None };
    store.end_sessions(target, &end).await?;
    Ok(true)
}

/// Finds a user that is not deleted.
///
/// # Errors
///
/// [`Error::NotFound`] if there is none.
pub async fn find(app: &App, name: &UserName) -> Result<User> {
    let pair = (name.realm.as_str(), name.name.folded());
    let found = app.store.read().await?.find_users_named([pair].into_iter()).await?;
    let alive = |user: &User| user.status != UserStatus::Deleted;
    found.into_iter().find(alive).ok_or_else(|| not_found(name))
}

/// Every user that is not deleted, by realm and name; of one realm, if one is named.
///
/// # Errors
///
/// What the store says.
pub async fn list(app: &App, realm: Option<&str>) -> Result<Vec<User>> {
    let mut users = app.store.read().await?.users().await?;
    users.retain(|user| realm.is_none_or(|realm| user.realm == realm));
    users.sort_by(|a, b| {
        (&a.realm, &a.username_fold, a.user_id).cmp(&(&b.realm, &b.username_fold, b.user_id))
    });
    Ok(users)
}

/// A user and the sessions that they are signed in with, the last used first.
///
/// # Errors
///
/// [`Error::NotFound`].
pub async fn show(app: &App, name: &UserName) -> Result<(User, Vec<BrowserSession>)> {
    let user = find(app, name).await?;
    let now = app.now();
    let found = app.store.read().await?.sessions_of(user.user_id, now).await?;
    let live = |found: FoundSession| {
        let is_live = found.session.is_live(&user, found.generation_now, now);
        is_live.then_some(found.session)
    };
    let sessions = found.into_iter().filter_map(live).collect();
    Ok((user, sessions))
}

fn not_found(name: &UserName) -> Error {
    Error::NotFound(format!("there is no user {}/{}", name.realm, name.name.as_str()))
}

fn meanwhile(user: &User) -> Error {
    Error::Conflict(format!("somebody else changed {} meanwhile; look again", user.address()))
}

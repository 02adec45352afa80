//! What can be set of a user, and what becomes of it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    app::App,
    model::{
        scope::Scope,
        secret::Secret,
        space_delimited::SpaceDelimited,
        timestamp::Timestamp,
        user::{Attributes, PasswordHash, User},
        username::Username,
    },
    store::{SessionTarget, Transaction},
};

use super::super::{Error, Operator, Result, checks, edits::Faults, ended, people};

/// What to set of a user; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UserChanges {
    /// Roles in applications.
    pub roles: Option<SpaceDelimited>,
    /// What they may do to the server itself.
    pub operator_roles: Option<SpaceDelimited>,
    /// What they may do in applications.
    pub scope: Option<Scope>,
    /// What is said of them to applications: each claim that is named, `None` to take it away.
    pub claims: BTreeMap<String, Option<Value>>,
    /// What else is known of them, in the same way.
    pub attributes: BTreeMap<String, Option<Value>>,
    /// Another password.
    pub password: Option<NewPassword>,
}

/// What becomes of a user's password.
#[derive(Debug, Clone)]
pub enum NewPassword {
    /// It is this one.
    Chosen(Secret),
    /// It is drawn, and told once.
    Drawn,
    /// They have none any more.
    None,
}

/// A password as it is to be kept: hashed before the transaction, since that is slow.
pub(super) struct Hashed {
    pub(super) password: Option<PasswordHash>,
    pub(super) drawn: Option<Secret>,
}

/// The user as they are to be, but for the password.
pub(super) fn changed(user: User, changes: &UserChanges) -> Result<User> {
    let roles = changes.roles.clone().unwrap_or(user.roles);
    roles.iter().try_for_each(checks::role)?;
    let operator_roles = changes.operator_roles.clone().unwrap_or(user.operator_roles);
    operator_roles
        .iter()
        .try_for_each(people::operator_role)
        .map_err(people::invalid("operator role"))?;
    let claims = merged(&user.claims, &changes.claims);
    people::claims(&claims).map_err(people::invalid("the claims"))?;
    let attributes = merged(&user.attributes, &changes.attributes);
    people::attributes(&attributes).map_err(people::invalid("the attributes"))?;
    let scope = changes.scope.clone().unwrap_or(user.scope);
    Ok(User { roles, operator_roles, attributes, scope, claims, ..user })
}

/// Everything that is wrong with what is to be set: which setting, and what about it.
pub(super) fn faults(user: &User, changes: &UserChanges) -> Faults {
    let each = |field, only: UserChanges| {
        changed(user.clone(), &only).err().map(|error| (field, error.to_string()))
    };
    let UserChanges { roles, operator_roles, claims, attributes, .. } = changes.clone();
    let blank = UserChanges::default;
    [
        each("roles", UserChanges { roles, ..blank() }),
        each("operator_roles", UserChanges { operator_roles, ..blank() }),
        each("claims", UserChanges { claims, ..blank() }),
        each("attributes", UserChanges { attributes, ..blank() }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn merged(before: &Attributes, changes: &BTreeMap<String, Option<Value>>) -> Attributes {
    let kept = before.iter().filter(|(name, _)| !changes.contains_key(*name));
    let kept = kept.map(|(name, value)| (name.to_owned(), value.clone()));
    let given = |(name, value): (&String, &Option<Value>)| Some((name.clone(), value.clone()?));
    kept.chain(changes.iter().filter_map(given)).collect()
}

/// What becomes of the password, and of the hash that is kept.
pub(super) async fn hash(app: &App, user: &User, password: Option<&NewPassword>) -> Result<Hashed> {
    let (secret, is_drawn) = match password {
        None => return Ok(Hashed { password: user.password.clone(), drawn: None }),
        Some(NewPassword::None) => return Ok(Hashed { password: None, drawn: None }),
        Some(NewPassword::Chosen(secret)) => (secret.clone(), false),
        Some(NewPassword::Drawn) => (Secret::generate(&app.random), true),
    };
    if user.username.contains(':') {
        let name = Username::parse(&user.username);
        let name = name.map_err(|fault| Error::Invalid(fault.to_string()))?;
        people::name_with_password(&name).map_err(people::invalid("the name"))?;
    }
    let password = Some(hash_password(app, &secret).await?);
    Ok(Hashed { password, drawn: is_drawn.then_some(secret) })
}

/// Hashes a password that may be one.
pub(in crate::acts) async fn hash_password(app: &App, password: &Secret) -> Result<PasswordHash> {
    checks::password(password.expose())?;
    Ok(PasswordHash::new(app.hasher.hash(password).await?))
}

/// Changes a user inside a transaction. Whoever has another password by it, or none, or may do
/// nothing any more, is signed out everywhere. Returns whether nobody else changed them meanwhile.
pub(in crate::acts) async fn change(
    store: &mut Transaction,
    user: &User,
    (operator, now): (&Operator, Timestamp),
) -> Result<bool> {
    let before = store.find_user(user.user_id).await?;
    let has_other = before.is_some_and(|before| before.password != user.password);
    let reason = if user.is_active() { "user.password_changed" } else { "user.disabled" };
    let end = ended(operator, now, reason);
    if !store.update_user(user, &end).await? {
        return Ok(false);
    }
    if has_other || !user.is_active() {
        let target = SessionTarget::OfUser { user_id: user.user_id, except: None };
        store.end_sessions(target, &end).await?;
    }
    Ok(true)
}

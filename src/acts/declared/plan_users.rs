//! How users differ.

use std::collections::HashSet;

use crate::{
    acts::Result,
    app::App,
    model::{
        id::uuid_v7,
        secret::Secret,
        user::{PasswordHash, User, UserStatus},
    },
};

use super::{
    declaration::{Declaration, DeclaredPassword, DeclaredUser},
    difference::{Action, Changed, all_new, changed, user_fields},
    noun::Noun,
    plan::{Draft, Step},
};

/// Compares a user with the store.
pub(super) async fn compare(draft: &mut Draft<'_>, declared: DeclaredUser) -> Result<()> {
    let DeclaredUser { user, disabled, password, .. } = declared;
    let before = draft.seen.user(&user.realm, &user.username_fold);
    let status = match (disabled, before) {
        (Some(true), _) => UserStatus::Disabled,
        (None, Some(before)) => before.status,
        (Some(false), _) | (None, None) => UserStatus::Active,
    };
    let (name, kept) = (user.address(), before.and_then(|before| before.password.clone()));
    let (password, secret) = new_password(draft.app, kept.clone(), password).await?;
    let change = password_change(kept.as_ref(), password.as_ref(), secret.is_some());
    let user = User { password, status, ..user };
    let Some(before) = before else {
        let user_id = uuid_v7(draft.options.now, &draft.app.random);
        let mut changes = all_new(user_fields(&user));
        changes.extend(change);
        let steps = vec![Step::AddUser(Box::new(User { user_id, ..user }), secret)];
        draft.push(Noun::User, (Action::Add, name), changes, steps);
        return Ok(());
    };
    let mut changes = changed(user_fields(before), user_fields(&user));
    changes.extend(change);
    if changes.is_empty() {
        draft.push(Noun::User, (Action::Unchanged, name), changes, Vec::new());
        return Ok(());
    }
    let user = User {
        user_id: before.user_id,
        generation: before.generation,
        version: before.version,
        created_at: before.created_at,
        ..user
    };
    let steps = vec![Step::ChangeUser(Box::new(user), secret)];
    draft.push(Noun::User, (Action::Change, name), changes, steps);
    Ok(())
}

/// The hash that the user is to have, and the password that one is still to be made of.
async fn new_password(
    app: &App,
    kept: Option<PasswordHash>,
    declared: DeclaredPassword,
) -> Result<(Option<PasswordHash>, Option<Secret>)> {
    Ok(match declared {
        DeclaredPassword::Kept => (kept, None),
        DeclaredPassword::None => (None, None),
        DeclaredPassword::Hash(hash) => (Some(hash), None),
        DeclaredPassword::Known(secret) => {
            let hashes: Vec<_> = kept.iter().map(PasswordHash::expose).collect();
            match app.hasher.recognise(&secret, &hashes).await? {
                Some(_) => (kept, None),
                None => (kept, Some(secret)),
            }
        }
    })
}

fn password_change(
    before: Option<&PasswordHash>,
    after: Option<&PasswordHash>,
    is_new: bool,
) -> Option<Changed> {
    let (from, to) = match (before, after) {
        (None, _) if is_new => (None, Some("set")),
        (Some(_), _) if is_new => (Some("set"), Some("another")),
        (None, Some(_)) => (None, Some("set")),
        (Some(_), None) => (Some("set"), None),
        (Some(before), Some(after)) if before != after => (Some("set"), Some("another")),
        _ => return None,
    };
    let [from, to] = [from, to].map(|word| word.map(str::to_owned));
    Some(Changed { field: "password".to_owned(), from, to })
}

/// Removes everybody who is not declared.
pub(super) fn remove_others(draft: &mut Draft<'_>, declaration: &Declaration) {
    let kept: HashSet<_> = declaration
        .users
        .iter()
        .map(|declared| (declared.user.realm.as_str(), declared.user.username_fold.as_str()))
        .collect();
    let seen = draft.seen;
    for user in &seen.users {
        let is_declared = kept.contains(&(user.realm.as_str(), user.username_fold.as_str()));
        if !is_declared && user.status != UserStatus::Deleted {
            let step = Step::RemoveUser(Box::new(user.clone()));
            draft.push(Noun::User, (Action::Remove, user.address()), Vec::new(), vec![step]);
        }
    }
}

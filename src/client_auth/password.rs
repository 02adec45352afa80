//! Proof of a person by name and password: whoever is not there takes what everybody takes.

use base64::{Engine, engine::general_purpose::STANDARD};
use metrics::counter;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    app::App,
    error::{Error, Result},
    hashing::{self, PasswordAttempt},
    model::{
        person_refusal::PersonRefusal,
        secret::Secret,
        timestamp::Timestamp,
        user::{PasswordHash, User},
        username::Username,
    },
    store::UserKey,
};

use super::{
    CallerAddress,
    person::{Judged, Proof},
};

/// The longest password, in bytes: nobody is given a longer one.
const LONGEST_PASSWORD: usize = 1024;

/// Whoever is not there, is disabled or has no password costs what everybody costs.
pub(super) async fn judge_password(
    app: &App,
    pair: &Secret,
    (realm, from, at): (&str, CallerAddress, Timestamp),
) -> Result<Judged> {
    let Some((name, password)) = read_pair(pair) else {
        return Ok(Err((None, PersonRefusal::Malformed)));
    };
    let Ok(name) = Username::parse(&name) else {
        return Ok(Err((None, PersonRefusal::Impossible)));
    };
    if password.expose().len() > LONGEST_PASSWORD {
        return Ok(Err((None, PersonRefusal::Impossible)));
    }
    let key = UserKey::Name(realm.to_owned(), name.folded().to_owned());
    let account = format!("{realm}/{}", name.folded());
    let attempt = PasswordAttempt { account: &account, from: from.0, at };
    let kept_user = app.store.kept_user(&key);
    if let Some(user) = kept_user.filter(|user| knows(app, user, &password, attempt)) {
        return Ok(Ok((user, Proof::Password)));
    }
    // The store is asked whoever it is: of whom something is kept, and of whom there is nothing,
    // must not show in the time that it takes.
    let user = app.store.look_for_user(key).await?;
    let active = user.as_ref().filter(|user| user.may_sign_in(at));
    let kept = active.and_then(|user| user.password.as_ref()).map(PasswordHash::expose);
    let id = user.as_ref().map(|user| user.user_id);
    let is_right = match app.hasher.verify_password(&password, kept, attempt).await {
        Ok(is_right) => is_right,
        Err(error @ (hashing::Error::Busy | hashing::Error::Throttled(_))) => {
            if let (hashing::Error::Throttled(_), Some(id)) = (&error, id) {
                app.refusals.note_guessed(id, from.0, at);
            }
            return Err(not_judged(id, error));
        }
        Err(error @ hashing::Error::Unhashable) => return Err(Error::internal(error)),
    };
    let refusal = user.as_ref().map_or(PersonRefusal::Unknown, |user| user.password_refusal(at));
    let user = user.filter(|_| is_right);
    Ok(user.map(|user| (user, Proof::Password)).ok_or((id, refusal)))
}

/// Whether this password was right for an active user before, there, and is still theirs.
fn knows(app: &App, user: &User, password: &Secret, attempt: PasswordAttempt<'_>) -> bool {
    let kept = user.password.as_ref().map(PasswordHash::expose);
    user.may_sign_in(attempt.at)
        && kept.is_some_and(|kept| app.hasher.remembers(password, kept, attempt))
}

/// Name and password (RFC 7617 §2), in UTF-8: the name ends at the first colon.
fn read_pair(pair: &Secret) -> Option<(String, Secret)> {
    let decoded = Zeroizing::new(STANDARD.decode(pair.expose()).ok()?);
    let (name, password) = str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((name.to_owned(), Secret::new(password.to_owned())))
}

/// Not a refusal: whoever knows the password may come back with it.
fn not_judged(id: Option<Uuid>, error: hashing::Error) -> Error {
    counter!("tessera_user_authentications_total", "outcome" => "not_judged").increment(1);
    tracing::warn!(
        event = "user.not_judged",
        user.id = id.map(tracing::field::display),
        reason = %error,
        "did not judge a password: {error}"
    );
    Error::not_judged(error)
}

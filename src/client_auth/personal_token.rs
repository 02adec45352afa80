//! Proof of a person by a token that they made for themselves. A refusal spends nothing: a use is
//! spent when all else is known to hold.

use std::sync::Arc;

use crate::{
    app::App,
    error::Result,
    model::{
        person_refusal::PersonRefusal, secret::Secret, standing::StandingEntry,
        timestamp::Timestamp, token_entry::TokenEntry, user::User,
    },
    store::UserKey,
};

use super::{
    CallerAddress,
    person::{Person, Proof, Refused, admit, is_active, limits_of},
};

impl Person {
    /// Looks for a token, and judges it as [`Person::of_token`] does.
    pub(super) async fn by_token(
        app: &App,
        token: &Secret,
        realm: Option<&str>,
        now: (CallerAddress, Timestamp),
    ) -> Result<std::result::Result<Self, Refused>> {
        match app.tokens.find_personal(token.expose()).await? {
            Some(found) => Self::of_token(app, &found, realm, now).await,
            None => Ok(Err((None, PersonRefusal::UnknownToken))),
        }
    }

    /// Judges a token that was found, of somebody of that realm who made it for themselves.
    pub(super) async fn of_token(
        app: &App,
        found: &Arc<StandingEntry>,
        realm: Option<&str>,
        (from, at): (CallerAddress, Timestamp),
    ) -> Result<std::result::Result<Self, Refused>> {
        let dead = (found.entry.user_id, PersonRefusal::DeadToken);
        if app.tokens.judge_personal(found, (from.0, at)).is_some() {
            return Ok(Err(dead));
        }
        let mut user = match owner(app, &found.entry).await? {
            Ok(user) => user,
            Err(refused) => return Ok(Err(refused)),
        };
        if let Err(refused) = limits_of(&user, realm, at) {
            return Ok(Err(refused));
        }
        // What was looked at may be over by now: the statement that spends the use decides.
        let Ok(ends_at) = app.tokens.present_personal(found, (from.0, at)).await? else {
            return Ok(Err(dead));
        };
        if found.entry.rules.are_stateful() {
            // That took its time, in which much may have become of the user.
            user = match owner(app, &found.entry).await? {
                Ok(user) => user,
                Err(refused) => return Ok(Err(refused)),
            };
        }
        app.note_use(&found.entry, at);
        let proof = Proof::Personal(Arc::clone(found), ends_at);
        Ok(admit(Ok((user, proof)), realm, (from, at)))
    }
}

/// Who made a token, if they are active.
async fn owner(app: &App, entry: &TokenEntry) -> Result<std::result::Result<Arc<User>, Refused>> {
    let Some(id) = entry.user_id else { return Ok(Err((None, PersonRefusal::UnknownToken))) };
    let user = app.store.find_user(UserKey::Id(id)).await?;
    Ok(user.filter(|user| is_active(user)).ok_or((Some(id), PersonRefusal::Disabled)))
}

//! What people allowed clients: looked at, and taken back by an operator.

use crate::{
    app::App,
    model::{client_id::ClientId, consent::Consent, user::User, username::Username},
};

use super::{Error, Operator, Result, ended, event};

/// Whose consents are meant.
#[derive(Debug, Clone)]
pub struct Whose {
    /// The realm that the name is in.
    pub realm: String,
    /// The name.
    pub name: Username,
}

/// What somebody allows, the last asked first.
///
/// # Errors
///
/// [`Error::NotFound`] if there is no such user.
pub async fn list(app: &App, whose: &Whose) -> Result<Vec<Consent>> {
    let user = find(app, whose).await?;
    Ok(app.store.read().await?.consents_of(user.user_id).await?)
}

/// Takes back what somebody allows a client, and ends every token that came of it.
///
/// # Errors
///
/// [`Error::NotFound`] if there is no such user, or they allow that client nothing.
pub async fn remove(
    app: &App,
    operator: &Operator,
    (whose, client_id): (&Whose, &ClientId),
) -> Result<()> {
    let user = find(app, whose).await?;
    let now = app.now();
    let mut store = app.store.begin().await?;
    let end = ended(operator, now, "consent.removed");
    if !store.end_consent((client_id, user.user_id), &end).await? {
        store.roll_back().await?;
        let text = format!("{} allows {client_id} nothing", user.address());
        return Err(Error::NotFound(text));
    }
    let detail = Some(format!("client: {client_id}"));
    let event = event(app, (operator, now), "consent.removed", &user.address(), detail);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(())
}

async fn find(app: &App, whose: &Whose) -> Result<User> {
    let pair = (whose.realm.as_str(), whose.name.folded());
    let found = app.store.read().await?.find_users_named([pair].into_iter()).await?;
    let text = || format!("there is no user {}/{}", whose.realm, whose.name.as_str());
    found.into_iter().next().ok_or_else(|| Error::NotFound(text()))
}

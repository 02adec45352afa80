//! The apps that use somebody's account.

use std::collections::BTreeMap;

use crate::{
    acts::browser_sessions::SeenFrom,
    app::App,
    model::{
        client::Client,
        client_id::ClientId,
        scope::{DescribedScope, Scope},
        timestamp::Timestamp,
        user::User,
    },
};

use super::{Result, ended, event, not_theirs};

/// A client that may use somebody's account, or does.
#[derive(Debug, Clone)]
pub struct ConnectedApp {
    /// The client; `None` if it was deleted.
    pub client: Option<Client>,
    /// Its name on the wire.
    pub client_id: ClientId,
    /// What the person allowed it to do; nothing where they were not asked.
    pub scope: Scope,
    /// When they allowed it.
    pub allowed_at: Option<Timestamp>,
    /// How many of its connections are good, and when it got the last of them.
    pub connections: (i64, Option<Timestamp>),
}

/// The clients that may use somebody's account, or do, with what is said of scope tokens.
///
/// # Errors
///
/// What the store says.
pub async fn connected_apps(
    app: &App,
    user: &User,
    at: Timestamp,
) -> Result<(Vec<ConnectedApp>, Vec<DescribedScope>)> {
    let mut store = app.store.read().await?;
    let mut apps = BTreeMap::new();
    for consent in store.consents_of(user.user_id).await? {
        let entry = ConnectedApp {
            client: None,
            client_id: consent.client_id.clone(),
            scope: consent.scope,
            allowed_at: Some(consent.updated_at),
            connections: (0, None),
        };
        apps.insert(consent.client_id.as_str().to_owned(), entry);
    }
    for family in store.clients_with_families(user.user_id, at).await? {
        let Ok(client_id) = ClientId::parse(&family.client_id) else { continue };
        let unasked = || ConnectedApp {
            client: None,
            client_id,
            scope: Scope::default(),
            allowed_at: None,
            connections: (0, None),
        };
        let entry = apps.entry(family.client_id).or_insert_with(unasked);
        entry.connections = (family.count, Some(family.last_at));
    }
    for entry in apps.values_mut() {
        entry.client = store.find_client(&entry.client_id).await?;
    }
    let described = store.described_scopes().await?;
    let mut apps: Vec<_> = apps.into_values().collect();
    // What was connected or allowed last stands first.
    apps.sort_by_key(|app| std::cmp::Reverse(app.connections.1.max(app.allowed_at)));
    Ok((apps, described))
}

/// Takes back what somebody allowed a client, and ends all that came of it.
///
/// # Errors
///
/// [`super::Error::NotFound`] if it may not use their account, be there such a client or not.
pub async fn remove_app(
    app: &App,
    user: &User,
    client_id: &ClientId,
    (from, at): (&SeenFrom, Timestamp),
) -> Result<()> {
    let by = from.person(user);
    let mut store = app.store.begin().await?;
    let end = ended(&by, at, "consent.removed");
    if !store.end_consent((client_id, user.user_id), &end).await? {
        store.roll_back().await?;
        return Err(not_theirs());
    }
    let detail = Some(format!("client: {client_id}"));
    let event = event(app, (&by, at), "consent.removed", &user.address(), detail);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(())
}

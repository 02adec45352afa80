//! Adding, changing and ending clients.

use crate::{
    app::App,
    model::{
        client::{Client, ClientKind, ClientStatus},
        client_id::ClientId,
        client_secret::ClientSecret,
        entry_key::EntryKey,
        secret::Secret,
        timestamp::Timestamp,
    },
    store::Transaction,
};

use super::{
    Error, Operator, Result, checks,
    client_settings::{apply, blank, check, check_change, needs_secret},
    declared::changed_client,
    ended, event, keys, resource_servers, secrets,
};

pub use super::{
    client_edits::{change, faults_of_new},
    client_settings::{ClientChanges, SignInChanges},
};

/// A client, just added.
#[derive(Debug)]
pub struct AddedClient {
    /// The client.
    pub client: Client,
    /// Its secret, where it has one that was drawn for it: shown once.
    pub secret: Option<Secret>,
}

/// Adds a client. It gets a generated secret, unless it chose one or needs none.
///
/// # Errors
///
/// [`Error::Invalid`] for settings that contradict each other, [`Error::Conflict`] if the name is
/// taken.
pub async fn add(
    app: &App,
    operator: &Operator,
    (client_id, kind): (ClientId, ClientKind),
    changes: ClientChanges,
    chosen: Option<Secret>,
) -> Result<AddedClient> {
    let now = app.now();
    checks::client_id(&client_id)?;
    let client = apply(blank(client_id, kind, now), changes)?;
    check(&client)?;
    let made = if needs_secret(&client) {
        Some(secrets::make(app, &client.client_id, chosen, now).await?)
    } else if chosen.is_some() {
        return Err(Error::Invalid(format!(
            "a client with {} has no secret",
            client.authentication
        )));
    } else {
        None
    };
    ensure_key(app, &client).await?;

    let name = client.client_id.as_str();
    let mut store = app.store.begin().await?;
    if !store.insert_client(&client).await? {
        store.roll_back().await?;
        return Err(Error::Conflict(format!("there is a client named {name} already")));
    }
    if let Some(made) = &made {
        secrets::insert(&mut store, &made.row).await?;
    }
    let event = event(app, (operator, now), "client.added", name, None);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(AddedClient { client, secret: made.and_then(|made| made.shown) })
}

/// Changes the settings of a client.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::Invalid`], and [`Error::Conflict`] if somebody else changed it
/// meanwhile.
pub async fn set(
    app: &App,
    operator: &Operator,
    client_id: &ClientId,
    changes: ClientChanges,
) -> Result<Client> {
    let before = find(app, client_id).await?;
    match write(app, operator, before, changes).await? {
        Some(client) => Ok(client),
        None => Err(Error::Conflict(format!("{client_id} was changed meanwhile; look again"))),
    }
}

/// Changes a client that was read as `before`. Returns how it is then, or nothing if somebody else
/// changed it meanwhile.
pub(super) async fn write(
    app: &App,
    operator: &Operator,
    before: Client,
    changes: ClientChanges,
) -> Result<Option<Client>> {
    let now = app.now();
    if let Some(new) = changes.authentication {
        check_change(&before, new)?;
    }
    let client = apply(before.clone(), changes)?;
    check(&client)?;
    ensure_key(app, &client).await?;

    let mut store = app.store.begin().await?;
    if !store.update_client(&client, now).await? {
        store.roll_back().await?;
        return Ok(None);
    }
    let (name, detail) = (client.client_id.as_str(), changed_client(&before, &client));
    let event = event(app, (operator, now), "client.changed", name, detail);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    find(app, &client.client_id).await.map(Some)
}

/// Sets a client active, disabled or deleted. Disabled, its tokens are dead until it is active
/// again; deleted, for good. Returns whether that changed something.
///
/// # Errors
///
/// [`Error::NotFound`] if there is no such client.
pub async fn set_status(
    app: &App,
    operator: &Operator,
    client_id: &ClientId,
    status: ClientStatus,
) -> Result<bool> {
    let now = app.now();
    find(app, client_id).await?;
    let action = match status {
        ClientStatus::Active => "client.enabled",
        ClientStatus::Disabled => "client.disabled",
        ClientStatus::Deleted => "client.deleted",
    };
    let mut store = app.store.begin().await?;
    let changed = match status {
        ClientStatus::Deleted => delete(&mut store, client_id, (operator, now)).await?,
        status => {
            let end = ended(operator, now, action);
            store.set_client_status(client_id, status, &end).await?
        }
    };
    if changed {
        let event = event(app, (operator, now), action, client_id.as_str(), None);
        store.insert_audit_event(&event).await?;
    }
    store.commit().await?;
    Ok(changed)
}

/// Deletes a client and its secrets, and takes it off every list. Returns whether it was there.
pub(super) async fn delete(
    store: &mut Transaction,
    client_id: &ClientId,
    (operator, now): (&Operator, Timestamp),
) -> Result<bool> {
    let end = ended(operator, now, "client.deleted");
    let deleted = store.set_client_status(client_id, ClientStatus::Deleted, &end).await?;
    if deleted {
        store.delete_client_secrets(client_id).await?;
        resource_servers::forget_introspector(store, client_id, now).await?;
    }
    Ok(deleted)
}

/// Finds a client that is not deleted.
///
/// # Errors
///
/// [`Error::NotFound`] if there is none.
pub async fn find(app: &App, client_id: &ClientId) -> Result<Client> {
    let found = app.store.read().await?.find_client(client_id).await?;
    found.ok_or_else(|| not_found(client_id))
}

pub(super) fn not_found(client_id: &ClientId) -> Error {
    Error::NotFound(format!("there is no client named {client_id}"))
}

/// Every client that is not deleted.
///
/// # Errors
///
/// What the store says.
pub async fn list(app: &App) -> Result<Vec<Client>> {
    Ok(app.store.read().await?.clients().await?)
}

/// Up to how many live tokens are counted.
pub const COUNT_LIMIT: i64 = 10_000;

/// A client and its secrets, newest first.
///
/// # Errors
///
/// [`Error::NotFound`] if there is no such client.
pub async fn show(app: &App, client_id: &ClientId) -> Result<(Client, Vec<ClientSecret>)> {
    // What this process noted but has not written yet belongs to the picture.
    app.last_uses.write(&app.store).await?;
    let client = find(app, client_id).await?;
    let secrets = app.store.read().await?.client_secrets(client_id).await?;
    Ok((client, secrets))
}

/// How many tokens of a client are live, counted up to [`COUNT_LIMIT`] and one more. `None` if
/// counting takes too long: nothing that has to be done may fail for want of a number.
pub async fn live_tokens(app: &App, client_id: &ClientId) -> Option<i64> {
    let now = app.now();
    // An entry is kept for a while after its end, so the key of a live one lies beyond that.
    let first = EntryKey::floor(now.plus(app.config().tokens.keep_ended));
    let mut store = app.store.read().await.ok()?;
    store.count_live_tokens(client_id, (first, now), COUNT_LIMIT + 1).await.ok()
}

/// A client whose tokens need a key of their own finds it made.
pub(super) async fn ensure_key(app: &App, client: &Client) -> Result<()> {
    for algorithm in client.algorithms(app.config().tokens.id_algorithm) {
        keys::ensure(app, algorithm).await?;
    }
    Ok(())
}

//! Adding, changing and ending clients.

use std::time::Duration;

use crate::{
    app::App,
    grants::GRANTS,
    model::{
        client::{AssertionAudience, Client, ClientAuthentication, ClientKind, ClientStatus},
        client_id::ClientId,
        client_key,
        client_secret::ClientSecret,
        scope::Scope,
        secret::Secret,
        signature_algorithm::SignatureAlgorithm,
        space_delimited::SpaceDelimited,
        timestamp::Timestamp,
        token_format::TokenFormat,
    },
};

use super::{Error, Operator, Result, checks, event, keys, secrets};

/// What a client can be given or have changed. `None` leaves it as it is, or as the kind has it.
#[derive(Debug, Clone, Default)]
pub struct ClientChanges {
    /// Its name for people.
    pub name: Option<String>,
    /// How it authenticates.
    pub authentication: Option<ClientAuthentication>,
    /// Its public keys, a JWK set.
    pub jwks: Option<String>,
    /// Which `aud` its assertions may have.
    pub assertion_audience: Option<AssertionAudience>,
    /// The grant types it may use.
    pub grant_types: Option<SpaceDelimited>,
    /// What it may ask for.
    pub scope: Option<Scope>,
    /// Origins whose pages may read our answers.
    pub cors_origins: Option<SpaceDelimited>,
    /// The format of its access tokens; `Some(None)` for the server's.
    pub access_format: Option<Option<TokenFormat>>,
    /// The algorithm of its JWT access tokens; `Some(None)` for the server's.
    pub access_algorithm: Option<Option<SignatureAlgorithm>>,
    /// How long its access tokens live; `Some(None)` for the server's.
    pub access_lifetime: Option<Option<Duration>>,
}

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
    let client = apply(blank(client_id, kind, now), changes)?;
    check(&client)?;
    let made = if needs_secret(&client) {
        Some(secrets::make(app, &client.client_id, chosen, now).await?)
    } else if chosen.is_some() {
        return Err(Error::Invalid(format!("a client with {} has no secret", client.authentication)));
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
    let now = app.now();
    let before = find(app, client_id).await?;
    if changes.authentication.is_some_and(|new| uses_secret(new) != needs_secret(&before)) {
        let text = "a client cannot change between having a secret and having none; add another";
        return Err(Error::Invalid(text.to_owned()));
    }
    let client = apply(before, changes)?;
    check(&client)?;
    ensure_key(app, &client).await?;

    let name = client.client_id.as_str();
    let mut store = app.store.begin().await?;
    if !store.update_client(&client, now).await? {
        store.roll_back().await?;
        return Err(Error::Conflict(format!("{name} was changed meanwhile; look again")));
    }
    let event = event(app, (operator, now), "client.changed", name, None);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    find(app, client_id).await
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
    let changed = store.set_client_status(client_id, status, now).await?;
    if changed {
        if status == ClientStatus::Deleted {
            store.delete_client_secrets(client_id).await?;
        }
        let event = event(app, (operator, now), action, client_id.as_str(), None);
        store.insert_audit_event(&event).await?;
    }
    store.commit().await?;
    Ok(changed)
}

/// Finds a client that is not deleted.
///
/// # Errors
///
/// [`Error::NotFound`] if there is none.
pub async fn find(app: &App, client_id: &ClientId) -> Result<Client> {
    let found = app.store.read().await?.find_client(client_id).await?;
    found.ok_or_else(|| Error::NotFound(format!("there is no client named {client_id}")))
}

/// Every client that is not deleted.
///
/// # Errors
///
/// What the store says.
pub async fn list(app: &App) -> Result<Vec<Client>> {
    Ok(app.store.read().await?.clients().await?)
}

/// A client, its secrets, and how many of its tokens are live.
///
/// # Errors
///
/// [`Error::NotFound`] if there is no such client.
pub async fn show(app: &App, client_id: &ClientId) -> Result<(Client, Vec<ClientSecret>, i64)> {
    // What this process noted but has not written yet belongs to the picture.
    app.last_uses.write(&app.store).await?;
    let client = find(app, client_id).await?;
    let mut store = app.store.read().await?;
    let secrets = store.client_secrets(client_id).await?;
    let live = store.count_live_tokens(client_id, app.now()).await?;
    Ok((client, secrets, live))
}

fn blank(client_id: ClientId, kind: ClientKind, now: Timestamp) -> Client {
    let grant_types = if kind == ClientKind::Machine { "client_credentials" } else { "" };
    Client {
        name: title(client_id.as_str()),
        client_id,
        kind,
        authentication: if kind.is_public() {
            ClientAuthentication::None
        } else {
            ClientAuthentication::SecretBasic
        },
        jwks: None,
        assertion_audience: AssertionAudience::Issuer,
        grant_types: SpaceDelimited::parse(grant_types),
        scope: Scope::default(),
        cors_origins: SpaceDelimited::default(),
        access_format: None,
        access_algorithm: None,
        access_lifetime: None,
        status: ClientStatus::Active,
        generation: 1,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

fn apply(mut client: Client, changes: ClientChanges) -> Result<Client> {
    let ClientChanges { name, authentication, jwks, assertion_audience, .. } = changes;
    client.name = name.unwrap_or(client.name);
    client.authentication = authentication.unwrap_or(client.authentication);
    client.jwks = jwks.or(client.jwks);
    client.assertion_audience = assertion_audience.unwrap_or(client.assertion_audience);
    client.grant_types = changes.grant_types.unwrap_or(client.grant_types);
    client.scope = changes.scope.unwrap_or(client.scope);
    client.cors_origins = changes.cors_origins.unwrap_or(client.cors_origins);
    client.access_format = changes.access_format.unwrap_or(client.access_format);
    client.access_algorithm = changes.access_algorithm.unwrap_or(client.access_algorithm);
    if let Some(lifetime) = changes.access_lifetime {
        client.access_lifetime = lifetime.map(checks::lifetime).transpose()?;
    }
    Ok(client)
}

fn check(client: &Client) -> Result<()> {
    let invalid = |text: String| Err(Error::Invalid(text));
    checks::name(&client.name)?;
    client.cors_origins.iter().try_for_each(checks::origin)?;
    if client.kind.is_public() != client.is_public() {
        let (kind, method) = (client.kind, client.authentication);
        return invalid(format!("a {kind} client cannot authenticate by {method}"));
    }
    if client.authentication == ClientAuthentication::PrivateKeyJwt && client.jwks.is_none() {
        return invalid("private_key_jwt needs the client's public keys".to_owned());
    }
    if let Some(jwks) = &client.jwks
        && let Err(fault) = client_key::read(jwks)
    {
        return invalid(format!("the public keys cannot be used: {fault}"));
    }
    let known = |name: &str| GRANTS.iter().any(|grant| grant.grant_type == name);
    if let Some(unknown) = client.grant_types.iter().find(|name| !known(name)) {
        let all: Vec<_> = GRANTS.iter().map(|grant| grant.grant_type).collect();
        return invalid(format!("{unknown} is no grant type here; one of: {}", all.join(", ")));
    }
    if client.is_public() && client.grant_types.contains("client_credentials") {
        return invalid("a public client cannot have client_credentials".to_owned());
    }
    Ok(())
}

fn needs_secret(client: &Client) -> bool {
    uses_secret(client.authentication)
}

fn uses_secret(method: ClientAuthentication) -> bool {
    matches!(method, ClientAuthentication::SecretBasic | ClientAuthentication::SecretPost)
}

/// A client whose tokens need a key of their own finds it made.
async fn ensure_key(app: &App, client: &Client) -> Result<()> {
    match client.access_algorithm {
        Some(algorithm) => keys::ensure(app, algorithm).await,
        None => Ok(()),
    }
}

/// `report-mailer` becomes `Report Mailer`.
fn title(name: &str) -> String {
    let words = name.split(['-', '_', '.', '~']).filter(|word| !word.is_empty());
    let words: Vec<String> = words
        .map(|word| {
            let (first, rest) = word.split_at(1);
            format!("{}{rest}", first.to_ascii_uppercase())
        })
        .collect();
    if words.is_empty() { name.to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn a_name_for_people_is_made_of_the_name_on_the_wire() {
        assert_eq!(title("report-mailer"), "Report Mailer");
        assert_eq!(title("~"), "~");
    }
}

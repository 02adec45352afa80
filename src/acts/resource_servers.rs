//! Adding, changing and deleting resource servers.

use crate::{
    app::App,
    model::{
        client_id::ClientId, resource_server::ResourceServer, scope::Scope,
        space_delimited::SpaceDelimited, timestamp::Timestamp,
    },
    store::Transaction,
};

use super::{
    Error, Operator, Result, checks, clients,
    declared::changed_server,
    edits::{Edited, Faults},
    event,
};

/// What a resource server can be given or have changed. `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct ResourceServerChanges {
    /// Its name for people.
    pub name: Option<String>,
    /// The scope tokens it knows; empty for any.
    pub scope: Option<Scope>,
    /// Whether tokens are for it when nobody says whom they are for.
    pub is_default: Option<bool>,
    /// The clients that may introspect tokens meant for it.
    pub introspectors: Option<SpaceDelimited>,
}

/// Adds a resource server.
///
/// # Errors
///
/// [`Error::Invalid`] for an audience or name that cannot be, [`Error::Conflict`] if the audience
/// is taken.
pub async fn add(
    app: &App,
    operator: &Operator,
    audience: &str,
    changes: ResourceServerChanges,
) -> Result<ResourceServer> {
    checks::audience(audience)?;
    let now = app.now();
    let server = apply(app, blank(audience, now), changes, now).await?;
    let mut store = app.store.begin().await?;
    if !store.insert_resource_server(&server).await? {
        store.roll_back().await?;
        return Err(Error::Conflict(format!("there is a resource server {audience} already")));
    }
    let event = event(app, (operator, now), "resource_server.added", audience, None);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(server)
}

/// Changes a resource server.
///
/// # Errors
///
/// [`Error::NotFound`], [`Error::Invalid`], and [`Error::Conflict`] if somebody else changed it
/// meanwhile.
pub async fn set(
    app: &App,
    operator: &Operator,
    audience: &str,
    changes: ResourceServerChanges,
) -> Result<ResourceServer> {
    let before = find(app, audience).await?;
    match write(app, operator, before, changes).await? {
        Some(server) => Ok(server),
        None => Err(Error::Conflict(format!("{audience} was changed meanwhile; look again"))),
    }
}

/// Changes a resource server, if nobody did since it was last changed at `seen`.
///
/// # Errors
///
/// [`Error::NotFound`], and what the store says.
pub async fn change(
    app: &App,
    operator: &Operator,
    (audience, seen): (&str, Timestamp),
    changes: ResourceServerChanges,
) -> Result<Edited<ResourceServer>> {
    let before = find(app, audience).await?;
    if before.updated_at != seen {
        return Ok(Edited::Meanwhile(before));
    }
    let wrong = faults(app, audience, &changes).await?;
    if !wrong.is_empty() {
        return Ok(Edited::Wrong(wrong));
    }
    match write(app, operator, before, changes).await? {
        Some(server) => Ok(Edited::Done(server)),
        None => Ok(Edited::Meanwhile(find(app, audience).await?)),
    }
}

/// What is wrong with what a resource server is to be given.
///
/// # Errors
///
/// What the store says.
pub async fn faults(app: &App, audience: &str, changes: &ResourceServerChanges) -> Result<Faults> {
    let mut wrong = Faults::new();
    if let Err(error) = checks::audience(audience) {
        wrong.push(("audience", error.to_string()));
    }
    if let Some(Err(error)) = changes.name.as_deref().map(checks::name) {
        wrong.push(("name", error.to_string()));
    }
    let introspectors = changes.introspectors.as_ref();
    if let Some(Err(error)) = match introspectors {
        Some(introspectors) => Some(may_introspect(app, introspectors).await),
        None => None,
    } {
        wrong.push(("introspectors", error.to_string()));
    }
    Ok(wrong)
}

async fn write(
    app: &App,
    operator: &Operator,
    before: ResourceServer,
    changes: ResourceServerChanges,
) -> Result<Option<ResourceServer>> {
    let seen = before.updated_at;
    // Strictly later, even within one millisecond: it is what tells two changes apart.
    let now = Timestamp(app.now().0.max(seen.0 + 1));
    let server = apply(app, before.clone(), changes, now).await?;
    let mut store = app.store.begin().await?;
    if !store.update_resource_server(&server, seen).await? {
        store.roll_back().await?;
        return Ok(None);
    }
    let (name, detail) = (&server.audience, changed_server(&before, &server));
    let event = event(app, (operator, now), "resource_server.changed", name, detail);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(Some(server))
}

/// Deletes a resource server. Tokens that were meant for it stay as they are.
///
/// # Errors
///
/// [`Error::NotFound`] if there is none.
pub async fn delete(app: &App, operator: &Operator, audience: &str) -> Result<()> {
    let now = app.now();
    let mut store = app.store.begin().await?;
    if !store.delete_resource_server(audience).await? {
        store.roll_back().await?;
        return Err(not_found(audience));
    }
    let event = event(app, (operator, now), "resource_server.deleted", audience, None);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(())
}

/// Finds a resource server.
///
/// # Errors
///
/// [`Error::NotFound`] if there is none.
pub async fn find(app: &App, audience: &str) -> Result<ResourceServer> {
    let all = list(app).await?;
    all.into_iter().find(|server| server.audience == audience).ok_or_else(|| not_found(audience))
}

/// Every resource server.
///
/// # Errors
///
/// What the store says.
pub async fn list(app: &App) -> Result<Vec<ResourceServer>> {
    Ok(app.store.read().await?.resource_servers().await?)
}

/// Takes a client that is deleted off every list of introspectors: whoever is given its name next
/// must not inherit what it saw.
pub(super) async fn forget_introspector(
    store: &mut Transaction,
    client_id: &ClientId,
    now: Timestamp,
) -> Result<()> {
    for mut server in store.resource_servers().await? {
        if !server.may_introspect(client_id) {
            continue;
        }
        let others = server.introspectors.iter().filter(|name| *name != client_id.as_str());
        server.introspectors = others.map(str::to_owned).collect();
        let seen = server.updated_at;
        server.updated_at = Timestamp(now.0.max(seen.0 + 1));
        if !store.update_resource_server(&server, seen).await? {
            let text = format!("{} was changed meanwhile; try again", server.audience);
            return Err(Error::Conflict(text));
        }
    }
    Ok(())
}

/// A resource server before anything is set.
pub(super) fn blank(audience: &str, now: Timestamp) -> ResourceServer {
    ResourceServer {
        audience: audience.to_owned(),
        name: audience.chars().take(100).collect(),
        scope: Scope::default(),
        is_default: false,
        introspectors: SpaceDelimited::default(),
        created_at: now,
        updated_at: now,
    }
}

async fn apply(
    app: &App,
    mut server: ResourceServer,
    changes: ResourceServerChanges,
    now: Timestamp,
) -> Result<ResourceServer> {
    if let Some(introspectors) = &changes.introspectors {
        may_introspect(app, introspectors).await?;
    }
    server.name = changes.name.unwrap_or(server.name);
    checks::name(&server.name)?;
    server.scope = changes.scope.unwrap_or(server.scope);
    server.is_default = changes.is_default.unwrap_or(server.is_default);
    server.introspectors = changes.introspectors.unwrap_or(server.introspectors);
    server.updated_at = now;
    Ok(server)
}

async fn may_introspect(app: &App, introspectors: &SpaceDelimited) -> Result<()> {
    for name in introspectors.iter() {
        let client_id = ClientId::parse(name).map_err(|fault| Error::Invalid(fault.to_string()))?;
        checks::introspector(&clients::find(app, &client_id).await?)?;
    }
    Ok(())
}

fn not_found(audience: &str) -> Error {
    Error::NotFound(format!("there is no resource server {audience}"))
}

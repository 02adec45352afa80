//! Clients, a page at a time, however many there are.

use std::time::Duration;

use crate::{
    app::App,
    model::{client_id::ClientId, registered_client::RegisteredClient, timestamp::Timestamp},
    store::Handle,
};

use super::Result;

/// How many stand on a page.
pub const SHOWN: usize = 50;

/// How many are looked through for one page, at most.
const LOOKED_THROUGH: i64 = 1000;

/// How many are read at once.
const BLOCK: i64 = 250;

/// Which clients are meant.
#[derive(Debug, Clone, Default)]
pub struct ClientQuery {
    /// What their id or name begins with, in any case; empty for all.
    pub begins: String,
    /// Only those with a secret that works and that nobody used for so long.
    pub unused_for: Option<Duration>,
    /// Only those whose ids come after this one.
    pub after: String,
}

/// A client in a list.
#[derive(Debug)]
pub struct ListedClient {
    /// The client and its secrets.
    pub registered: RegisteredClient,
    /// When it was last known by its proof, as far as that is noted.
    pub last_used_at: Option<Timestamp>,
}

/// The most clients of exactly the same name that come first.
const NAMESAKES: i64 = 10;

/// Some clients, in the order of their ids; those of exactly that id or name come first.
#[derive(Debug)]
pub struct ClientPage {
    /// Those that are meant.
    pub clients: Vec<ListedClient>,
    /// The id after which to look on, if there is more to look through.
    pub next: Option<String>,
}

/// Lists clients.
///
/// # Errors
///
/// What the store says.
pub async fn page(app: &App, query: &ClientQuery) -> Result<ClientPage> {
    // What this process noted but has not written yet belongs to the picture.
    let _ = app.last_uses.write(&app.store).await;
    let mut store = app.store.read().await?;
    let begins = query.begins.to_lowercase();
    let exact = exactly(&mut store, &query.begins).await?;
    let mut found = Vec::new();
    if query.after.is_empty() {
        found = meant(app, &mut store, query, exact.clone()).await?;
    }
    let (mut after, mut looked, mut next) = (query.after.clone(), 0, None);
    'looking: while looked < LOOKED_THROUGH {
        let block = store.client_names(&after, BLOCK).await?;
        looked += block.rows;
        let fits = |text: &str| text.to_lowercase().starts_with(&begins);
        let fitting = block.named.into_iter().filter(|(client_id, name)| {
            (fits(client_id.as_str()) || fits(name)) && !exact.contains(client_id)
        });
        let fitting = fitting.map(|(client_id, _)| client_id).collect();
        for client_id in meant(app, &mut store, query, fitting).await? {
            if found.len() == SHOWN {
                next = Some(after);
                break 'looking;
            }
            client_id.as_str().clone_into(&mut after);
            found.push(client_id);
        }
        next = block.last.filter(|_| block.rows == BLOCK);
        let Some(last) = &next else { break };
        last.clone_into(&mut after);
    }
    let mut registered = store.registered_clients(&found).await?;
    let used = store.clients_last_used(&found).await?;
    let mut listed = |client_id: &ClientId| {
        let last_used_at = used.get(client_id.as_str()).copied();
        Some(ListedClient { registered: registered.remove(client_id)?, last_used_at })
    };
    Ok(ClientPage { clients: found.iter().filter_map(&mut listed).collect(), next })
}

/// The clients of exactly that id or name, the id first.
async fn exactly(store: &mut Handle, begins: &str) -> Result<Vec<ClientId>> {
    if begins.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    if let Ok(exact) = ClientId::parse(begins) {
        found.extend(store.find_client(&exact).await?.map(|client| client.client_id));
    }
    let namesakes = store.clients_named(begins, NAMESAKES).await?;
    found.extend(namesakes.into_iter().filter(|id| !found.contains(id)).collect::<Vec<_>>());
    Ok(found)
}

/// Those of `clients` whose secrets are as the query says.
async fn meant(
    app: &App,
    store: &mut Handle,
    query: &ClientQuery,
    clients: Vec<ClientId>,
) -> Result<Vec<ClientId>> {
    let Some(least) = query.unused_for else { return Ok(clients) };
    let (now, registered) = (app.now(), store.registered_clients(&clients).await?);
    let is_meant = |client_id: &ClientId| {
        let mut live = registered.get(client_id).into_iter().flat_map(|it| it.live_secrets(now));
        live.any(|secret| secret.unused_for(now) >= least)
    };
    Ok(clients.into_iter().filter(is_meant).collect())
}

//! Clients, a page at a time, however many there are.

use crate::{
    app::App,
    model::{client_id::ClientId, registered_client::RegisteredClient, timestamp::Timestamp},
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
    let mut found = Vec::new();
    if query.after.is_empty() && !query.begins.is_empty() {
        if let Ok(exact) = ClientId::parse(&query.begins) {
            found.extend(store.find_client(&exact).await?.map(|client| client.client_id));
        }
        let namesakes = store.clients_named(&query.begins, NAMESAKES).await?;
        found.extend(namesakes.into_iter().filter(|id| !found.contains(id)).collect::<Vec<_>>());
    }
    let exact = found.clone();
    let (mut after, mut looked, mut next) = (query.after.clone(), 0, None);
    'looking: while looked < LOOKED_THROUGH {
        let block = store.client_names(&after, BLOCK).await?;
        looked += block.rows;
        for (client_id, name) in block.named {
            let fits = |text: &str| text.to_lowercase().starts_with(&begins);
            if (fits(client_id.as_str()) || fits(&name)) && !exact.contains(&client_id) {
                if found.len() == SHOWN {
                    next = Some(after);
                    break 'looking;
                }
                client_id.as_str().clone_into(&mut after);
                found.push(client_id);
            }
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

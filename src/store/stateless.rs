//! Where there is no store: what files declare stands in for rows, and nothing is written.
//!
//! A [`Store`] that is disabled opens no database, not even one in memory. It answers what requests
//! look for out of what it [holds](Store::hold), finds no token, and lets pass the few writes that
//! need not be remembered for longer than this process lives. All else is [`Error::Disabled`].

mod identifiers;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;

use crate::model::{
    client::ClientStatus,
    client_id::ClientId,
    registered_client::RegisteredClient,
    resource_server::ResourceServer,
    signing_key::SigningKey,
    timestamp::Timestamp,
    token_entry::{EntryFormat, TokenEntry, TokenKind},
    user::User,
};

use self::identifiers::Identifiers;
use super::{
    Error, Inner, Result, Store,
    cache::{Cache, CacheOptions},
    command::{Command, Write},
    database::{Database, Pool},
    feed::Feed,
    lease::Lease,
    persistence::TokenQueue,
    reader::Reader,
    users::UserKey,
    writer::Writer,
};

/// What stands in for the rows of a store: clients with their secrets, resource servers, users and
/// signing keys.
#[derive(Default)]
pub struct Held {
    clients: HashMap<ClientId, Arc<RegisteredClient>>,
    resource_servers: Arc<Vec<ResourceServer>>,
    cors_origins: Arc<HashSet<String>>,
    users: HashMap<String, HashMap<String, Arc<User>>>,
    signing_keys: Arc<Vec<SigningKey>>,
}

/// What a disabled store has instead of a database.
pub(super) struct Stateless {
    held: ArcSwap<Held>,
    identifiers: Mutex<Identifiers>,
}

impl Held {
    /// Puts them together. Signing keys stand as [`Store::signing_keys`] answers them.
    #[must_use]
    pub fn new(
        clients: Vec<RegisteredClient>,
        resource_servers: Vec<ResourceServer>,
        users: Vec<User>,
        signing_keys: Vec<SigningKey>,
    ) -> Self {
        let active = clients.iter().filter(|one| one.client.status == ClientStatus::Active);
        let origins = active.flat_map(|one| one.client.cors_origins.iter().map(str::to_owned));
        let mut by_realm: HashMap<_, HashMap<_, _>> = HashMap::new();
        for user in users {
            let realm = by_realm.entry(user.realm.clone()).or_default();
            realm.insert(user.username_fold.clone(), Arc::new(user));
        }
        Self {
            cors_origins: Arc::new(origins.collect()),
            clients: clients
                .into_iter()
                .map(|one| (one.client.client_id.clone(), Arc::new(one)))
                .collect(),
            resource_servers: Arc::new(resource_servers),
            users: by_realm,
            signing_keys: Arc::new(signing_keys),
        }
    }

    pub(super) fn client(&self, client_id: &ClientId) -> Option<Arc<RegisteredClient>> {
        self.clients.get(client_id).cloned()
    }

    pub(super) fn user(&self, key: &UserKey) -> Option<Arc<User>> {
        match key {
            UserKey::Id(id) => {
                let mut all = self.users.values().flat_map(HashMap::values);
                all.find(|user| user.user_id == *id).cloned()
            }
            UserKey::Name(realm, username_fold) => {
                self.users.get(realm)?.get(username_fold).cloned()
            }
        }
    }

    pub(super) fn resource_servers(&self) -> Arc<Vec<ResourceServer>> {
        Arc::clone(&self.resource_servers)
    }

    pub(super) fn cors_origins(&self) -> Arc<HashSet<String>> {
        Arc::clone(&self.cors_origins)
    }

    pub(super) fn signing_keys(&self) -> Arc<Vec<SigningKey>> {
        Arc::clone(&self.signing_keys)
    }
}

impl Store {
    /// A store that is none. Opens nothing and makes no file. Holds nothing until it is
    /// [told](Store::hold) what to.
    #[must_use]
    pub fn disabled(options: CacheOptions, node: uuid::Uuid) -> Self {
        let database = Database::new(Pool::None, std::time::Duration::ZERO);
        // Nobody else can change what it holds.
        let cache = Arc::new(Cache::new(options, Lease::forever()));
        let feed = Feed::new(node, &database, &cache);
        let queue = Arc::new(TokenQueue::default());
        let reader = Reader::start(&database, &cache, &queue);
        let writer = Arc::new(Writer::start(&database, &cache, &feed));
        let stateless = Stateless { held: ArcSwap::default(), identifiers: Mutex::default() };
        let stateless = Some(stateless);
        let inner = Inner {
            database,
            cache,
            queue,
            reader,
            writer,
            feed,
            stateless,
            name: String::new(),
            _owner: None,
        };
        Self(Arc::new(inner))
    }

    /// Whether there is no store: `store.enabled = false`.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.0.stateless.is_some()
    }

    /// Holds this from now on, all at once, if the store is disabled; else the rows count.
    pub fn hold(&self, held: Held) {
        if let Some(stateless) = &self.0.stateless {
            stateless.held.store(Arc::new(held));
        }
    }

    /// Forgets the identifiers that nobody can use again at `now`. Where there is a store, the
    /// sweep does.
    pub fn forget_identifiers(&self, now: Timestamp) {
        if let Some(stateless) = &self.0.stateless {
            stateless.identifiers().forget(now);
        }
    }

    /// What a disabled store holds; `None` where the rows count.
    pub(super) fn held(&self) -> Option<Arc<Held>> {
        self.0.stateless.as_ref().map(|stateless| stateless.held.load_full())
    }
}

impl Stateless {
    /// Does what of a command can be done without a store, or nothing of it.
    ///
    /// # Errors
    ///
    /// [`Error::Disabled`] if a row would be needed, [`Error::Busy`] if no more identifiers can be
    /// remembered.
    pub(super) fn run(&self, command: &Command) -> Result<bool> {
        if !command.0.iter().all(needs_no_row) {
            return Err(Error::Disabled);
        }
        let used = command.0.iter().filter_map(|write| match write {
            Write::UseIdentifier { expires_at, shown_by, .. } => {
                Some((write.row(), (*expires_at, shown_by.clone())))
            }
            _ => None,
        });
        self.identifiers().add(used.collect())
    }

    fn identifiers(&self) -> std::sync::MutexGuard<'_, Identifiers> {
        self.identifiers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a write is of something that speaks for itself, or that this process remembers. What
/// happened stands in the log.
fn needs_no_row(write: &Write) -> bool {
    match write {
        Write::InsertToken(entry) => speaks_for_itself(entry),
        Write::UseIdentifier { .. } | Write::InsertAuditEvent(_) => true,
        _ => false,
    }
}

/// Whether all that decides on a token is signed in it.
fn speaks_for_itself(entry: &TokenEntry) -> bool {
    entry.kind == TokenKind::Access && entry.format == EntryFormat::Jwt && !entry.is_ruled()
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Held({} clients, …)", self.clients.len())
    }
}

#[cfg(test)]
mod tests;

//! What the store holds of what can be declared.

use std::collections::{HashMap, HashSet};

use crate::{
    model::{
        client::Client, client_id::ClientId, client_secret::ClientSecret,
        resource_server::ResourceServer, scope::DescribedScope, user::User,
    },
    store::{Handle, Result},
};

use super::declaration::Declaration;

/// What the store holds of what can be declared: what a plan is made against, and what must still
/// be so when it is carried out.
#[derive(PartialEq)]
pub(super) struct State {
    pub(super) clients: Vec<Client>,
    /// The names of those that were deleted.
    pub(super) deleted: HashSet<String>,
    secrets: HashMap<ClientId, Vec<ClientSecret>>,
    pub(super) servers: Vec<ResourceServer>,
    pub(super) scopes: Vec<DescribedScope>,
    /// Those that are declared, deleted ones too; or all that are not deleted and those.
    pub(super) users: Vec<User>,
}

/// Which users a state is about: there may be far too many to read them all.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct WhichUsers {
    names: Vec<(String, String)>,
    all: bool,
}

impl WhichUsers {
    /// Those that are declared, and all others too if `all`.
    pub(super) fn of(declaration: &Declaration, all: bool) -> Self {
        let name = |user: &User| (user.realm.clone(), user.username_fold.clone());
        let names = declaration.users.iter().map(|declared| name(&declared.user)).collect();
        Self { names, all }
    }

    /// Nobody.
    pub(super) fn none() -> Self {
        Self { names: Vec::new(), all: false }
    }

    /// All that are not deleted.
    pub(super) fn all() -> Self {
        Self { names: Vec::new(), all: true }
    }
}

impl State {
    /// Reads it, in an order that no collation of the database has a say in.
    pub(super) async fn read(store: &mut Handle, which: &WhichUsers) -> Result<Self> {
        let mut clients = store.clients().await?;
        clients.sort_by(|one, other| one.client_id.cmp(&other.client_id));
        let deleted = store.deleted_clients().await?;
        let mut all_secrets = store.all_client_secrets().await?;
        all_secrets.sort_by(|one, other| one.hint.cmp(&other.hint));
        let mut secrets: HashMap<_, Vec<_>> = HashMap::new();
        for mut secret in all_secrets {
            // A use changes nothing that is declared.
            (secret.last_used_at, secret.last_used_from) = (None, None);
            secrets.entry(secret.client_id.clone()).or_default().push(secret);
        }
        let mut servers = store.resource_servers().await?;
        servers.sort_by(|one, other| one.audience.cmp(&other.audience));
        let mut scopes = store.described_scopes().await?;
        scopes.sort_by(|one, other| one.scope.cmp(&other.scope));
        let mut users = if which.names.is_empty() {
            Vec::new()
        } else {
            let names = which.names.iter().map(|(realm, fold)| (realm.as_str(), fold.as_str()));
            store.find_users_named(names).await?
        };
        if which.all {
            users.extend(store.users().await?);
        }
        let name = |user: &User| (user.realm.clone(), user.username_fold.clone());
        users.sort_by_cached_key(name);
        users.dedup_by(|one, other| one.user_id == other.user_id);
        Ok(Self { clients, deleted, secrets, servers, scopes, users })
    }

    /// A client that is not deleted.
    pub(super) fn client(&self, client_id: &str) -> Option<&Client> {
        let place =
            self.clients.binary_search_by(|client| client.client_id.as_str().cmp(client_id));
        place.ok().map(|place| &self.clients[place])
    }

    /// The resource server of an audience.
    pub(super) fn server(&self, audience: &str) -> Option<&ResourceServer> {
        let place = self.servers.binary_search_by(|server| server.audience.as_str().cmp(audience));
        place.ok().map(|place| &self.servers[place])
    }

    /// A scope token that has a description.
    pub(super) fn scope(&self, token: &str) -> Option<&DescribedScope> {
        let place = self.scopes.binary_search_by(|scope| scope.scope.as_str().cmp(token));
        place.ok().map(|place| &self.scopes[place])
    }

    /// The secrets of a client, live or not, by hint.
    pub(super) fn secrets(&self, client_id: &ClientId) -> &[ClientSecret] {
        self.secrets.get(client_id).map_or(&[], Vec::as_slice)
    }

    /// The user of a realm and a folded name, perhaps deleted.
    pub(super) fn user(&self, realm: &str, fold: &str) -> Option<&User> {
        let name =
            |user: &User| (user.realm.as_str(), user.username_fold.as_str()).cmp(&(realm, fold));
        self.users.binary_search_by(name).ok().map(|place| &self.users[place])
    }
}

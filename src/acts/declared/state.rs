//! What the store holds of what can be declared.

use std::collections::{HashMap, HashSet};

use crate::{
    model::{
        client::Client, client_id::ClientId, client_secret::ClientSecret,
        resource_server::ResourceServer, scope::DescribedScope, token_type::TokenType, user::User,
    },
    store::{Handle, Result},
};

use super::{declaration::Declaration, noun::Noun};

/// What the store holds of what can be declared: what a plan is made against, and what must still
/// be so when it is carried out.
#[derive(Default, PartialEq)]
pub(super) struct State {
    /// By name without case, removed ones too.
    pub(super) types: Vec<TokenType>,
    pub(super) clients: Vec<Client>,
    /// The names of those that were deleted.
    pub(super) deleted: HashSet<String>,
    secrets: HashMap<ClientId, Vec<ClientSecret>>,
    pub(super) servers: Vec<ResourceServer>,
    pub(super) scopes: Vec<DescribedScope>,
    /// Those that are declared, deleted ones too; or all that are not deleted and those.
    pub(super) users: Vec<User>,
}

/// What a state is about: there may be far too many users to read them all, and token types come
/// without anything else.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Which {
    names: Vec<(String, String)>,
    all: bool,
    types_only: bool,
}

impl Which {
    /// What `declaration` is about, and all users if others go.
    pub(super) fn of(declaration: &Declaration, prune: bool) -> Self {
        let all = prune && declaration.mentioned.contains(&Noun::User);
        let names_others = declaration.definitions().any(|(_, said)| said.named().next().is_some());
        if !names_others && declaration.mentioned.iter().all(|noun| *noun == Noun::TokenType) {
            return Self { types_only: true, ..Self::default() };
        }
        let name = |user: &User| (user.realm.clone(), user.username_fold.clone());
        let names = declaration.users.iter().map(|declared| name(&declared.user)).collect();
        Self { names, all, types_only: false }
    }

    /// Everything but users.
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// All that are not deleted.
    pub(super) fn all() -> Self {
        Self { all: true, ..Self::default() }
    }
}

impl State {
    /// Reads it, in an order that no collation of the database has a say in.
    pub(super) async fn read(store: &mut Handle, which: &Which) -> Result<Self> {
        let types = store.token_types().await?;
        if which.types_only {
            return Ok(Self { types, ..Self::default() });
        }
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
        Ok(Self { types, clients, deleted, secrets, servers, scopes, users })
    }

    /// The token type of a folded name, perhaps removed.
    pub(super) fn token_type(&self, fold: &str) -> Option<&TokenType> {
        self.types.iter().find(|known| known.name.fold() == fold)
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

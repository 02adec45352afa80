//! What was read and still holds: entries, clients, and the lists that requests go by.
//!
//! A kept value is answered only while nothing that it rests on has changed since before it was
//! read, and only while this node is sure to hear of changes ([`Lease`]). Nothing is kept of what
//! was not found.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use metrics::{Counter, counter};
use moka::sync::Cache as Bounded;

use crate::model::{
    client_id::ClientId, registered_client::RegisteredClient, resource_server::ResourceServer,
    signing_key::SigningKey, standing::StandingEntry, token_entry::TokenKind,
    token_type::TokenType, user::User,
};

use super::{
    change::{ANY_CLIENT, Change, beginning, client_mark},
    lease::Lease,
    marks::Marks,
    reader::TokenName,
    users::UserKey,
};

/// How many clients are kept at most.
const CLIENTS: u64 = 10_000;

/// How many users are kept at most, each by id and by name.
const USERS: u64 = 10_000;

/// How to keep what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheOptions {
    /// Whether anything is kept at all.
    pub enabled: bool,
    /// How many entries are kept at most.
    pub entries: u64,
}

/// Everything that is kept.
pub(super) struct Cache {
    enabled: bool,
    pub(super) lease: Lease,
    marks: Marks,
    /// Whether a commit may still come to its end that nobody waits for any more.
    doubt: AtomicBool,
    tokens: Bounded<TokenName, Kept<StandingEntry>>,
    clients: Bounded<ClientId, Kept<RegisteredClient>>,
    users: Bounded<UserKey, Kept<User>>,
    pub(super) resource_servers: Whole<Vec<ResourceServer>>,
    pub(super) cors_origins: Whole<HashSet<String>>,
    pub(super) signing_keys: Whole<Vec<SigningKey>>,
    pub(super) token_types: Whole<Vec<TokenType>>,
    /// The generation of the whole server.
    pub(super) generation: Whole<i64>,
    token_lookups: Lookups,
    client_lookups: Lookups,
    user_lookups: Lookups,
    list_lookups: Lookups,
}

/// Something of which there is one, kept as a whole.
pub(super) struct Whole<T> {
    /// The mark of what it rests on.
    mark: usize,
    kept: RwLock<Option<Kept<T>>>,
}

/// Which of the wholes.
pub(super) type Which<T> = fn(&Cache) -> &Whole<T>;

/// A value, and how many changes had been noted before it was read.
struct Kept<T> {
    value: Arc<T>,
    seen: u64,
}

impl Cache {
    /// An empty cache. `lease` is [`Lease::forever`] where no other node can change anything.
    pub(super) fn new(options: CacheOptions, lease: Lease) -> Self {
        Self {
            enabled: options.enabled,
            lease,
            marks: Marks::default(),
            doubt: AtomicBool::new(false),
            tokens: Bounded::new(if options.enabled { options.entries } else { 0 }),
            clients: Bounded::new(if options.enabled { CLIENTS } else { 0 }),
            users: Bounded::new(if options.enabled { USERS } else { 0 }),
            resource_servers: Whole::resting_on(Change::ResourceServers.mark()),
            cors_origins: Whole::resting_on(ANY_CLIENT),
            signing_keys: Whole::resting_on(Change::SigningKeys.mark()),
            token_types: Whole::resting_on(Change::TokenTypes.mark()),
            generation: Whole::resting_on(Change::Everything.mark()),
            token_lookups: Lookups::of("token"),
            client_lookups: Lookups::of("client"),
            user_lookups: Lookups::of("user"),
            list_lookups: Lookups::of("list"),
        }
    }

    /// Forgets what rests on things that changed. Returns when no answer rests on it any more.
    pub(super) fn note<'c>(&self, changes: impl IntoIterator<Item = &'c Change>) {
        for change in changes {
            self.marks.note(change.mark());
            if matches!(change, Change::Client(_)) {
                self.marks.note(ANY_CLIENT);
            }
        }
    }

    /// Answers nothing from now on: a commit was given up on that may still come to its end, and
    /// nobody would hear of it.
    pub(super) fn doubt(&self) {
        self.doubt.store(true, Ordering::SeqCst);
    }

    /// Whether it is in doubt.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.doubt.load(Ordering::SeqCst)
    }

    /// Ends all doubt: a transaction was committed that began later, on the one connection that
    /// writes. What the earlier one did can be read.
    pub(super) fn settle(&self) {
        if self.is_in_doubt() {
            self.note(&[Change::Everything]);
            self.doubt.store(false, Ordering::SeqCst);
        }
    }

    /// How many changes were noted. Ask before reading what is to be kept.
    pub(super) fn count(&self) -> u64 {
        self.marks.count()
    }

    /// The entry of a token, if it is kept and holds.
    pub(super) fn token(&self, name: &TokenName) -> Option<Arc<StandingEntry>> {
        if !self.may_answer() {
            return None;
        }
        let kept = self.tokens.get(name);
        let kept = kept.filter(|kept| self.marks.hold(kept.seen, &marks_of(&kept.value)));
        self.token_lookups.note(kept)
    }

    /// A client and its secrets, if they are kept and hold.
    pub(super) fn client(&self, client_id: &ClientId) -> Option<Arc<RegisteredClient>> {
        if !self.may_answer() {
            return None;
        }
        let kept = self.clients.get(client_id);
        let kept = kept.filter(|kept| self.marks.hold(kept.seen, &[client_mark(client_id)]));
        self.client_lookups.note(kept)
    }

    /// A user, if they are kept and hold.
    pub(super) fn user(&self, key: &UserKey) -> Option<Arc<User>> {
        if !self.may_answer() {
            return None;
        }
        let kept = self.users.get(key);
        let mark = |user: &User| Change::User(user.user_id).mark();
        let kept = kept.filter(|kept| self.marks.hold(kept.seen, &[mark(&kept.value)]));
        self.user_lookups.note(kept)
    }

    /// One of the wholes, if it is kept and holds.
    pub(super) fn whole<T>(&self, which: Which<T>) -> Option<Arc<T>> {
        if !self.may_answer() {
            return None;
        }
        let Whole { mark, kept } = which(self);
        let kept = kept.read().unwrap_or_else(PoisonError::into_inner).clone();
        let kept = kept.filter(|kept| self.marks.hold(kept.seen, &[*mark]));
        self.list_lookups.note(kept)
    }

    /// Keeps entries that were read after `seen` changes, but for those that the next use makes
    /// others, uses are not announced, and refresh tokens and codes, which are presented once.
    pub(super) fn keep_tokens(&self, found: &HashMap<TokenName, Arc<StandingEntry>>, seen: u64) {
        if !self.enabled {
            return;
        }
        let is_kept = |(_, found): &(&TokenName, &Arc<StandingEntry>)| {
            !found.entry.rules.are_stateful()
                && !matches!(found.entry.kind, TokenKind::Refresh | TokenKind::Code)
        };
        for (name, entry) in found.iter().filter(is_kept) {
            self.tokens.insert(name.clone(), Kept { value: Arc::clone(entry), seen });
        }
    }

    /// Keeps clients that were read after `seen` changes.
    pub(super) fn keep_clients(&self, found: &HashMap<ClientId, Arc<RegisteredClient>>, seen: u64) {
        if !self.enabled {
            return;
        }
        for (client_id, client) in found {
            self.clients.insert(client_id.clone(), Kept { value: Arc::clone(client), seen });
        }
    }

    /// Keeps users that were read after `seen` changes.
    pub(super) fn keep_users(&self, found: &HashMap<UserKey, Arc<User>>, seen: u64) {
        if !self.enabled {
            return;
        }
        for (key, user) in found {
            self.users.insert(key.clone(), Kept { value: Arc::clone(user), seen });
        }
    }

    /// Keeps one of the wholes, read after `seen` changes.
    pub(super) fn keep_whole<T>(&self, which: Which<T>, found: &Arc<T>, seen: u64) {
        if self.enabled {
            let mut kept = which(self).kept.write().unwrap_or_else(PoisonError::into_inner);
            *kept = Some(Kept { value: Arc::clone(found), seen });
        }
    }

    /// How many tokens and how many clients are kept, give or take what is just being forgotten.
    pub(super) fn lengths(&self) -> (u64, u64) {
        (self.tokens.entry_count(), self.clients.entry_count())
    }

    /// Whether it may answer at this moment.
    pub(super) fn may_answer(&self) -> bool {
        self.enabled && self.lease.holds() && !self.doubt.load(Ordering::SeqCst)
    }
}

/// The marks of everything that the judgement of an entry rests on.
fn marks_of(found: &StandingEntry) -> [usize; 6] {
    let entry = &found.entry;
    let hash = entry.reference_hash.as_deref().map_or(0, beginning);
    let user = entry.user_id.map_or(Change::Everything, Change::User);
    let family = entry.authorization_id.map_or(Change::Everything, Change::Family);
    [
        Change::Token(entry.entry_key).mark(),
        Change::Reference(hash).mark(),
        client_mark(&entry.client_id),
        user.mark(),
        family.mark(),
        Change::TokenTypes.mark(),
    ]
}

/// The counters of looks of one kind, kept at hand: every request counts several.
struct Lookups {
    hit: Counter,
    miss: Counter,
}

impl Lookups {
    fn of(kind: &'static str) -> Self {
        let counted = |outcome: &'static str| counter!("tessera_cache_lookups_total", "kind" => kind, "outcome" => outcome);
        Self { hit: counted("hit"), miss: counted("miss") }
    }

    fn note<T>(&self, found: Option<Kept<T>>) -> Option<Arc<T>> {
        if found.is_some() { &self.hit } else { &self.miss }.increment(1);
        found.map(|kept| kept.value)
    }
}

impl<T> Whole<T> {
    fn resting_on(mark: usize) -> Self {
        Self { mark, kept: RwLock::default() }
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), seen: self.seen }
    }
}

#[cfg(test)]
mod tests;

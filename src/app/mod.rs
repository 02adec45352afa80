//! What handlers, commands and jobs may reach for.

mod ignored_forwarding;
mod key_file;
mod last_uses;
mod master;
mod memory;
mod nodes_differ;
mod open;
mod own_figures;
mod own_keys;
mod refusals;
mod tally;
mod user_jwts;

use std::{
    fmt,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{
    config::{Config, StoreUrl},
    hashing::Hasher,
    mail::Outbox,
    model::{issuer::Issuer, secret::Random, timestamp::Timestamp, token_entry::TokenEntry},
    store::{self, LaterWrites, Node, Store},
    tokens::{self, Tokens, user_jwt::UserJwts},
};

pub use crate::model::clock::Clock;
pub use ignored_forwarding::IgnoredForwarding;
pub use key_file::KeyFile;
pub use last_uses::LastUses;
pub use master::master_check;
pub use memory::resident_bytes;
pub use nodes_differ::NodesDiffer;
pub use open::{OpenError, Opened, open_options};
pub use own_figures::OwnFigures;
pub use own_keys::{read_own_keys, write_own_keys};
pub use refusals::Refusals;
pub use tally::{Load, Tally};
pub use user_jwts::{judge_secret_file, secret_files};

/// How many may follow the audit log at once.
pub const MOST_FOLLOWERS: usize = 64;

/// What everything above the tokens room may reach for. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub struct Parts {
    /// The server's name on the wire.
    pub issuer: Issuer,
    /// The database.
    pub store: Store,
    /// What issues, looks at and ends tokens.
    pub tokens: Tokens,
    /// What hashes chosen secrets.
    pub hasher: Hasher,
    /// What sends letters in the background.
    pub outbox: Outbox,
    /// Uses of tokens, clients and client secrets that wait to be written.
    pub last_uses: LastUses,
    /// Refused authentications that wait to be written.
    pub refusals: Refusals,
    /// What was counted for the overview and waits to be written.
    pub tally: Tally,
    /// The places of those who follow the audit log at once.
    pub followers: Arc<Semaphore>,
    /// What this node last said of itself.
    pub own_figures: OwnFigures,
    /// Word of callers' addresses that came from no trusted proxy.
    pub ignored_forwarding: IgnoredForwarding,
    /// The settings that not all nodes have alike.
    pub nodes_differ: NodesDiffer,
    /// Which of the servers on this database this is.
    pub node: Uuid,
    /// The one source of randomness.
    pub random: Random,
    clock: Clock,
    config: ArcSwap<Config>,
    is_stopping: AtomicBool,
    /// When the store last said which signing keys there are, in milliseconds since 1970.
    keys_read_at: AtomicI64,
}

/// What other settings need, made ready.
#[derive(Debug)]
pub struct Prepared {
    user_jwts: Option<UserJwts>,
}

/// The name of one request, in its answer, in the log and on error pages.
#[derive(Debug, Clone)]
pub struct RequestId(Uuid);

impl RequestId {
    /// Names a request.
    #[must_use]
    pub fn new(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "req_{}", self.0.simple())
    }
}

impl App {
    /// Takes this server's place among those that share its database; see [`Store::join`].
    pub fn join(&self) {
        let (name, version) = (host_name(), env!("CARGO_PKG_VERSION"));
        let itself = Arc::downgrade(&self.0);
        let settings = move || itself.upgrade().map_or_else(String::new, |parts| parts.shared());
        self.store.join(Node {
            name,
            version,
            clock: self.clock.reader(),
            settings: Arc::new(settings),
            keeps: self.config().cache.enabled,
        });
        self.own_figures.begin(self.now());
        self.persist_later();
    }

    /// Lets tokens be answered before they are written, if the settings say so.
    fn persist_later(&self) {
        let persistence = &self.config().persistence;
        if !persistence.is_async() {
            return;
        }
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        self.store.persist_later(&LaterWrites {
            workers: number(persistence.pool_size),
            limit: number(persistence.queue_limit),
            retries: persistence.retry_count,
            clock: self.clock.reader(),
            rekey: self.tokens.rekey(),
        });
    }

    /// The settings in force at this moment. A reload replaces them whole: what belongs together
    /// is read out of one of these.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        self.config.load_full()
    }

    /// Makes ready for other settings all that can fail: a key that signs by their algorithm, and,
    /// noted on every key that signs, how long what it signs may live. Nobody is bound by either if
    /// the settings are not taken after all.
    ///
    /// # Errors
    ///
    /// What the store says, or a file that settings name; then the settings must not be taken.
    pub async fn prepare_config(&self, config: &Config) -> Result<Prepared, OpenError> {
        let user_jwts = user_jwts::load(config)?;
        // Without a store, the declared files say which keys there have to be.
        if self.store.is_disabled() {
            return Ok(Prepared { user_jwts });
        }
        let now = self.now();
        let (keys, sealer) = (self.tokens.keys(), self.tokens.sealer());
        open::ensure_keys((&self.store, keys, sealer), config, (&self.random, now)).await?;
        // Those in force too: a key may be younger than the last look of the job that notes them.
        let longest = config.longest_lifetime().max(self.config().longest_lifetime());
        let seconds = i64::try_from(longest.as_secs()).unwrap_or(i64::MAX);
        self.store.write().await?.note_lifetime(seconds).await?;
        Ok(Prepared { user_jwts })
    }

    /// Takes other settings from now on. The caller has made sure that they differ in nothing that
    /// needs a restart, and has [prepared](Self::prepare_config) them.
    pub async fn take_config(&self, config: Config, prepared: Prepared) {
        self.tokens.change_user_jwts(prepared.user_jwts);
        self.tokens.change_policy(open::policy(&config, self.issuer.clone()));
        self.config.store(Arc::new(config));
        self.ignored_forwarding.forget();
        if let Err(error) = self.describe().await {
            // Nothing rests on it but what doctor tells.
            tracing::warn!(
                event = "node.not_updated",
                reason = %error,
                "could not say what this node runs with now: {error}"
            );
        }
    }

    /// Takes the signing keys as the store has them now, and notes that it said so.
    ///
    /// # Errors
    ///
    /// As [`tokens::KeySet::reload`].
    pub async fn read_keys(&self) -> Result<(), tokens::Error> {
        let now = self.now();
        self.tokens.keys().reload(&self.store, self.tokens.sealer()).await?;
        self.keys_read_at.store(now.0, Ordering::SeqCst);
        Ok(())
    }

    /// How long ago the signing keys were last read so. A clock that was set back since counts as
    /// one that went on.
    #[must_use]
    pub fn age_of_keys(&self) -> Duration {
        Duration::from_millis(self.now().0.abs_diff(self.keys_read_at.load(Ordering::SeqCst)))
    }

    /// Tells, in the table of nodes, what this one runs with and what it noticed.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn describe(&self) -> Result<(), store::Error> {
        if self.store.is_disabled() {
            return Ok(());
        }
        let ignored = self.ignored_forwarding.first().map(|peer| peer.to_string());
        self.store.write().await?.describe_node(self.node, &self.shared(), ignored).await
    }

    /// Says from now on, to whoever asks for readiness, that this server is about to stop.
    pub fn begin_stopping(&self) {
        self.is_stopping.store(true, Ordering::SeqCst);
    }

    /// Whether this server is about to stop.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::SeqCst)
    }

    /// Notes that a token was used, as often as the settings say.
    pub fn note_use(&self, entry: &TokenEntry, at: Timestamp) {
        self.last_uses.note_token(entry, at, self.config.load().tokens.note_use);
    }

    /// What the clock says. Ask once per request: all that it decides must agree on the time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Parts {
    /// The settings that every node should have alike, as JSON: key to value.
    #[must_use]
    pub fn shared(&self) -> String {
        let config = self.config.load();
        let mut shared = config.shared();
        // Where it is not set, it hangs on the address.
        shared.insert("server.issuer".to_owned(), self.issuer.as_str().to_owned());
        serde_json::json!(shared).to_string()
    }
}

impl App {
    /// What is free for us on the disk of the SQLite file, in bytes; `None` where there is none.
    #[must_use]
    pub fn disk_free(&self) -> Option<u64> {
        let config = self.config();
        let StoreUrl::Sqlite(path) = &config.store.url else { return None };
        if self.store.is_disabled() {
            return None;
        }
        let disk = rustix::fs::statvfs(path).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}

/// The name of this machine, as its operators know it.
#[must_use]
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

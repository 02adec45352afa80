//! Group read: looks that arrive while others are under way share the next statement.
//!
//! Nobody waits for a timer. A lone look is a group of one; the more there are, the larger the
//! groups become by themselves. Who asks for what another already waits for shares its answer,
//! but never that of a statement that began before it asked.

mod worker;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::sync::{Mutex, mpsc, oneshot};
use tracing::{Instrument, Span, trace_span};

use crate::model::{
    client_id::ClientId, entry_key::EntryKey, registered_client::RegisteredClient,
    resource_server::ResourceServer, secret::Sha256, signing_key::SigningKey,
    standing::StandingEntry, token_type::TokenType, trace::SPANS, user::User,
};

use super::{
    Result,
    cache::Cache,
    database::{Database, QueueLength, not_queued},
    persistence::TokenQueue,
    users::UserKey,
};

use worker::Worker;

/// How many groups may be read at once, each on a connection of its own.
const READERS: usize = 2;

/// The most looks in one group.
const LARGEST_GROUP: usize = 256;

/// How many looks may wait.
const QUEUE: usize = 8192;

/// What a presented token leads to its entry by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TokenName {
    /// The hash of a plain reference.
    Hash([u8; 32]),
    /// The key that a located reference or a JWT carries.
    Key(EntryKey),
}

/// Takes looks, and answers them in groups.
pub(super) struct Reader {
    database: Arc<Database>,
    queue: mpsc::Sender<Job>,
}

/// A look, and the wait of whoever asked, in traces.
struct Job {
    look: Look,
    span: Span,
}

type Answer<T> = oneshot::Sender<Result<T>>;

/// Something to look for, and who waits for it.
enum Look {
    Token(TokenName, Answer<Option<Arc<StandingEntry>>>),
    Client(ClientId, Answer<Option<Arc<RegisteredClient>>>),
    User(UserKey, Answer<Option<Arc<User>>>),
    ResourceServers(Answer<Arc<Vec<ResourceServer>>>),
    CorsOrigins(Answer<Arc<HashSet<String>>>),
    SigningKeys(Answer<Arc<Vec<SigningKey>>>),
    TokenTypes(Answer<Arc<Vec<TokenType>>>),
    Generation(Answer<Arc<i64>>),
}

/// Who waits for each of several things.
type Waiting<K, V> = HashMap<K, Vec<Answer<Option<Arc<V>>>>>;

/// What a group of looks waits for, by what it looks for.
#[derive(Default)]
struct Group {
    tokens: Waiting<TokenName, StandingEntry>,
    clients: Waiting<ClientId, RegisteredClient>,
    users: Waiting<UserKey, User>,
    resource_servers: Vec<Answer<Arc<Vec<ResourceServer>>>>,
    cors_origins: Vec<Answer<Arc<HashSet<String>>>>,
    signing_keys: Vec<Answer<Arc<Vec<SigningKey>>>>,
    token_types: Vec<Answer<Arc<Vec<TokenType>>>>,
    generation: Vec<Answer<Arc<i64>>>,
}

impl Reader {
    /// Starts the readers. They end when the database is closed or nobody can ask any more.
    /// Tokens that wait in `queue` are found there until they have a row.
    pub(super) fn start(
        database: &Arc<Database>,
        cache: &Arc<Cache>,
        queue: &Arc<TokenQueue>,
    ) -> Self {
        let (asked, looks) = mpsc::channel(QUEUE);
        let looks = Arc::new(Mutex::new(looks));
        for _ in 0..READERS {
            let worker = Worker::new(database, cache, queue);
            tokio::spawn(worker.run(Arc::clone(&looks), database.closing()));
        }
        Self { database: Arc::clone(database), queue: asked }
    }

    /// Whether the readers are at work.
    pub(super) fn is_at_work(&self) -> bool {
        !self.queue.is_closed()
    }

    /// How many looks wait, and how many may.
    pub(super) fn queue(&self) -> QueueLength {
        QueueLength::of(&self.queue)
    }

    pub(super) async fn token(&self, name: TokenName) -> Result<Option<Arc<StandingEntry>>> {
        self.ask(|answer| Look::Token(name, answer)).await
    }

    pub(super) async fn client(&self, id: ClientId) -> Result<Option<Arc<RegisteredClient>>> {
        self.ask(|answer| Look::Client(id, answer)).await
    }

    pub(super) async fn user(&self, key: UserKey) -> Result<Option<Arc<User>>> {
        self.ask(|answer| Look::User(key, answer)).await
    }

    pub(super) async fn resource_servers(&self) -> Result<Arc<Vec<ResourceServer>>> {
        self.ask(Look::ResourceServers).await
    }

    pub(super) async fn cors_origins(&self) -> Result<Arc<HashSet<String>>> {
        self.ask(Look::CorsOrigins).await
    }

    pub(super) async fn signing_keys(&self) -> Result<Arc<Vec<SigningKey>>> {
        self.ask(Look::SigningKeys).await
    }

    pub(super) async fn token_types(&self) -> Result<Arc<Vec<TokenType>>> {
        self.ask(Look::TokenTypes).await
    }

    pub(super) async fn generation(&self) -> Result<Arc<i64>> {
        self.ask(Look::Generation).await
    }

    async fn ask<T>(&self, look: impl FnOnce(Answer<T>) -> Look) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let span = trace_span!(target: SPANS, "store.read");
        let job = Job { look: look(answer), span: span.clone() };
        self.queue.try_send(job).map_err(|error| not_queued(&error))?;
        self.database.answer(answered, Duration::ZERO).instrument(span).await
    }
}

impl Look {
    /// Whether nobody waits for it any more.
    fn is_given_up(&self) -> bool {
        match self {
            Look::Token(_, answer) => answer.is_closed(),
            Look::Client(_, answer) => answer.is_closed(),
            Look::User(_, answer) => answer.is_closed(),
            Look::ResourceServers(answer) => answer.is_closed(),
            Look::CorsOrigins(answer) => answer.is_closed(),
            Look::SigningKeys(answer) => answer.is_closed(),
            Look::TokenTypes(answer) => answer.is_closed(),
            Look::Generation(answer) => answer.is_closed(),
        }
    }
}

impl Group {
    fn add(&mut self, look: Look) {
        match look {
            Look::Token(name, answer) => self.tokens.entry(name).or_default().push(answer),
            Look::Client(id, answer) => self.clients.entry(id).or_default().push(answer),
            Look::User(key, answer) => self.users.entry(key).or_default().push(answer),
            Look::ResourceServers(answer) => self.resource_servers.push(answer),
            Look::CorsOrigins(answer) => self.cors_origins.push(answer),
            Look::SigningKeys(answer) => self.signing_keys.push(answer),
            Look::TokenTypes(answer) => self.token_types.push(answer),
            Look::Generation(answer) => self.generation.push(answer),
        }
    }
}

impl From<&Sha256> for TokenName {
    fn from(hash: &Sha256) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hash.as_bytes());
        TokenName::Hash(bytes)
    }
}

//! Group read: looks that arrive while others are under way share the next statement.
//!
//! Nobody waits for a timer. A lone look is a group of one; the more there are, the larger the
//! groups become by themselves. Who asks for what another already waits for shares its answer,
//! but never that of a statement that began before it asked.

use std::{
    collections::{HashMap, HashSet},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use tokio::sync::{Mutex, mpsc, oneshot};

use crate::model::{
    client_id::ClientId, entry_key::EntryKey, registered_client::RegisteredClient,
    resource_server::ResourceServer, secret::Sha256, standing::StandingEntry,
};

use super::{
    Error, Result,
    batch::Batch,
    cache::Cache,
    database::{Closing, Database, Purpose, not_queued},
    engine::Handle,
    keeper::Keeper,
    tokens::hot::{FIND_BY_HASH, FIND_BY_KEY},
};

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
    queue: mpsc::Sender<Look>,
}

/// A look under way.
type Looking<'h, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'h>>;

type Answer<T> = oneshot::Sender<Result<T>>;

/// Something to look for, and who waits for it.
enum Look {
    Token(TokenName, Answer<Option<Arc<StandingEntry>>>),
    Client(ClientId, Answer<Option<Arc<RegisteredClient>>>),
    ResourceServers(Answer<Arc<Vec<ResourceServer>>>),
    CorsOrigins(Answer<Arc<HashSet<String>>>),
}

/// Who waits for each of several things.
type Waiting<K, V> = HashMap<K, Vec<Answer<Option<Arc<V>>>>>;

/// What a group of looks waits for, by what it looks for.
#[derive(Default)]
struct Group {
    tokens: Waiting<TokenName, StandingEntry>,
    clients: Waiting<ClientId, RegisteredClient>,
    resource_servers: Vec<Answer<Arc<Vec<ResourceServer>>>>,
    cors_origins: Vec<Answer<Arc<HashSet<String>>>>,
}

impl Reader {
    /// Starts the readers. They end when the database is closed or nobody can ask any more.
    pub(super) fn start(database: &Arc<Database>, cache: &Arc<Cache>) -> Self {
        let (queue, looks) = mpsc::channel(QUEUE);
        let looks = Arc::new(Mutex::new(looks));
        for _ in 0..READERS {
            let worker = Worker {
                keeper: Keeper::new(Arc::clone(database), Purpose::Read),
                cache: Arc::clone(cache),
            };
            tokio::spawn(worker.run(Arc::clone(&looks), database.closing()));
        }
        Self { database: Arc::clone(database), queue }
    }

    pub(super) async fn token(&self, name: TokenName) -> Result<Option<Arc<StandingEntry>>> {
        self.ask(|answer| Look::Token(name, answer)).await
    }

    pub(super) async fn client(&self, id: ClientId) -> Result<Option<Arc<RegisteredClient>>> {
        self.ask(|answer| Look::Client(id, answer)).await
    }

    pub(super) async fn resource_servers(&self) -> Result<Arc<Vec<ResourceServer>>> {
        self.ask(Look::ResourceServers).await
    }

    pub(super) async fn cors_origins(&self) -> Result<Arc<HashSet<String>>> {
        self.ask(Look::CorsOrigins).await
    }

    async fn ask<T>(&self, look: impl FnOnce(Answer<T>) -> Look) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(look(answer)).map_err(|error| not_queued(&error))?;
        self.database.answer(answered, Duration::ZERO).await
    }
}

/// One reader and its connection.
struct Worker {
    keeper: Keeper,
    cache: Arc<Cache>,
}

impl Worker {
    async fn run(mut self, looks: Arc<Mutex<mpsc::Receiver<Look>>>, mut closing: Closing) {
        let mut waiting = Vec::with_capacity(LARGEST_GROUP);
        loop {
            let taken = async { looks.lock().await.recv_many(&mut waiting, LARGEST_GROUP).await };
            tokio::select! {
                taken = taken => if taken == 0 { return },
                () = closing.wait() => return,
            }
            let mut group = Group::default();
            waiting.drain(..).filter(|look| !look.is_given_up()).for_each(|look| group.add(look));
            self.serve(group).await;
        }
    }

    async fn serve(&mut self, group: Group) {
        let Group { tokens, clients, resource_servers, cors_origins } = group;
        if !tokens.is_empty() {
            self.serve_tokens(tokens).await;
        }
        if !clients.is_empty() {
            let ids: Arc<[_]> = clients.keys().cloned().collect();
            let found = self.read(|handle| Box::pin(find_clients(handle, Arc::clone(&ids)))).await;
            if let Ok((found, seen)) = &found {
                self.cache.keep_clients(found, *seen);
            }
            answer_each(clients, &found);
        }
        if !resource_servers.is_empty() {
            let found = self.read(|handle| Box::pin(handle.resource_servers())).await;
            let found = found.map(|(found, seen)| {
                let found = Arc::new(found);
                self.cache.keep_resource_servers(&found, seen);
                found
            });
            answer_all(resource_servers, &found);
        }
        if !cors_origins.is_empty() {
            let found = self.read(|handle| Box::pin(handle.cors_origins())).await;
            let found = found.map(|(found, seen)| {
                let found = Arc::new(found);
                self.cache.keep_cors_origins(&found, seen);
                found
            });
            answer_all(cors_origins, &found);
        }
    }

    /// Looks for entries. Where one of them cannot be read, each is looked for by itself: that one
    /// harms no other.
    async fn serve_tokens(&mut self, tokens: Waiting<TokenName, StandingEntry>) {
        let names: Arc<[_]> = tokens.keys().cloned().collect();
        let found = self.read(|handle| Box::pin(find_tokens(handle, Arc::clone(&names)))).await;
        if let (Err(Error::Database(_)), true) = (&found, tokens.len() > 1) {
            for (name, answers) in tokens {
                Box::pin(self.serve_tokens(HashMap::from([(name, answers)]))).await;
            }
            return;
        }
        if let Ok((found, seen)) = &found {
            self.cache.keep_tokens(found, *seen);
        }
        answer_each(tokens, &found);
    }

    /// Runs a look, and answers with how many changes had been noted before it began. A connection
    /// that turns out to be broken costs no answer: looking again changes nothing.
    async fn read<T>(
        &mut self,
        look: impl for<'h> Fn(&'h mut Handle) -> Looking<'h, T>,
    ) -> Result<(T, u64)> {
        let mut is_second = false;
        loop {
            let mut handle = self.keeper.take().await?;
            let seen = self.cache.count();
            let found = look(&mut handle).await;
            self.keeper.put_back(handle, &found);
            match found {
                Err(error) if error.may_pass_at_once() && !is_second => is_second = true,
                found => return Ok((found?, seen)),
            }
        }
    }
}

impl Look {
    /// Whether nobody waits for it any more.
    fn is_given_up(&self) -> bool {
        match self {
            Look::Token(_, answer) => answer.is_closed(),
            Look::Client(_, answer) => answer.is_closed(),
            Look::ResourceServers(answer) => answer.is_closed(),
            Look::CorsOrigins(answer) => answer.is_closed(),
        }
    }
}

impl Group {
    fn add(&mut self, look: Look) {
        match look {
            Look::Token(name, answer) => self.tokens.entry(name).or_default().push(answer),
            Look::Client(id, answer) => self.clients.entry(id).or_default().push(answer),
            Look::ResourceServers(answer) => self.resource_servers.push(answer),
            Look::CorsOrigins(answer) => self.cors_origins.push(answer),
        }
    }
}

type Found<K, V> = Result<(HashMap<K, Arc<V>>, u64)>;

fn answer_each<K: std::hash::Hash + Eq, V>(waiting: Waiting<K, V>, found: &Found<K, V>) {
    for (wanted, answers) in waiting {
        for answer in answers {
            // Who no longer waits is not to be helped.
            let _ = answer.send(match found {
                Ok((found, _)) => Ok(found.get(&wanted).cloned()),
                Err(error) => Err(error.share()),
            });
        }
    }
}

fn answer_all<V>(waiting: Vec<Answer<Arc<V>>>, found: &Result<Arc<V>>) {
    for answer in waiting {
        let _ = answer.send(match found {
            Ok(found) => Ok(Arc::clone(found)),
            Err(error) => Err(error.share()),
        });
    }
}

/// Finds entries by hash and by key: a statement for each of the two that is asked for.
async fn find_tokens(
    handle: &mut Handle,
    names: Arc<[TokenName]>,
) -> Result<HashMap<TokenName, Arc<StandingEntry>>> {
    let (mut by_hash, mut by_key) = (Batch::new(&FIND_BY_HASH), Batch::new(&FIND_BY_KEY));
    for name in names.iter() {
        match name {
            TokenName::Hash(hash) => by_hash.bind(Some(hash.to_vec())),
            TokenName::Key(key) => by_key.bind(*key),
        };
    }
    let mut found = HashMap::with_capacity(names.len());
    if by_hash.rows() > 0 {
        let rows: Vec<StandingEntry> = handle.batch(by_hash).await?;
        let name = |row: &StandingEntry| row.entry.reference_hash.as_deref()?.try_into().ok();
        found.extend(
            rows.into_iter().filter_map(|row| Some((TokenName::Hash(name(&row)?), Arc::new(row)))),
        );
    }
    if by_key.rows() > 0 {
        let rows: Vec<StandingEntry> = handle.batch(by_key).await?;
        found.extend(
            rows.into_iter().map(|row| (TokenName::Key(row.entry.entry_key), Arc::new(row))),
        );
    }
    Ok(found)
}

async fn find_clients(
    handle: &mut Handle,
    ids: Arc<[ClientId]>,
) -> Result<HashMap<ClientId, Arc<RegisteredClient>>> {
    let found = handle.find_registered_clients(ids.iter()).await?;
    Ok(found.into_iter().map(|(id, client)| (id, Arc::new(client))).collect())
}

impl From<&Sha256> for TokenName {
    fn from(hash: &Sha256) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hash.as_bytes());
        TokenName::Hash(bytes)
    }
}

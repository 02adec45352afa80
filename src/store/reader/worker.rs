//! A reader at work: takes what waits, and runs a statement for each kind of thing in it.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    pin::Pin,
    sync::Arc,
};

use metrics::{Histogram, histogram};
use tokio::sync::{Mutex, mpsc};
use tracing::{Instrument, Span, trace_span};

use crate::model::{
    client_id::ClientId, registered_client::RegisteredClient, standing::StandingEntry,
    trace::SPANS, user::User,
};

use super::{
    super::{
        Error, Result,
        cache::{Cache, Which},
        database::{Closing, Database, Purpose},
        engine::Handle,
        keeper::Keeper,
        persistence::{TokenQueue, WaitingToken},
        users::UserKey,
    },
    Answer, Group, Job, LARGEST_GROUP, TokenName, Waiting,
};

/// A look under way.
type Looking<'h, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'h>>;

/// One reader and its connection.
pub(super) struct Worker {
    keeper: Keeper,
    cache: Arc<Cache>,
    queue: Arc<TokenQueue>,
    group_size: Histogram,
}

impl Worker {
    pub(super) fn new(
        database: &Arc<Database>,
        cache: &Arc<Cache>,
        queue: &Arc<TokenQueue>,
    ) -> Self {
        let keeper = Keeper::for_groups(Arc::clone(database), Purpose::Read);
        let group_size = histogram!("tessera_read_group_size");
        let (cache, queue) = (Arc::clone(cache), Arc::clone(queue));
        Self { keeper, cache, queue, group_size }
    }

    pub(super) async fn run(
        mut self,
        looks: Arc<Mutex<mpsc::Receiver<Job>>>,
        mut closing: Closing,
    ) {
        let mut waiting = Vec::with_capacity(LARGEST_GROUP);
        loop {
            let taken = async { looks.lock().await.recv_many(&mut waiting, LARGEST_GROUP).await };
            tokio::select! {
                taken = taken => if taken == 0 { return },
                () = closing.wait() => return,
            }
            waiting.retain(|job: &Job| !job.look.is_given_up());
            if waiting.is_empty() {
                continue;
            }
            self.group_size.record(u32::try_from(waiting.len()).map_or(f64::INFINITY, f64::from));
            let span = group_span(&waiting);
            let mut group = Group::default();
            waiting.drain(..).for_each(|job| group.add(job.look));
            self.serve(group).instrument(span).await;
        }
    }

    async fn serve(&mut self, group: Group) {
        let Group { tokens, clients, users, .. } = group;
        self.serve_each(tokens, find_tokens, Cache::keep_tokens).await;
        self.serve_each(clients, find_clients, Cache::keep_clients).await;
        self.serve_each(users, find_users, Cache::keep_users).await;
        let Group { resource_servers, cors_origins, signing_keys, token_types, .. } = group;
        self.serve_whole(
            group.generation,
            |cache| &cache.generation,
            |handle| Box::pin(handle.generation()),
        )
        .await;
        self.serve_whole(
            resource_servers,
            |cache| &cache.resource_servers,
            |handle| Box::pin(handle.resource_servers()),
        )
        .await;
        self.serve_whole(
            cors_origins,
            |cache| &cache.cors_origins,
            |handle| Box::pin(handle.cors_origins()),
        )
        .await;
        self.serve_whole(
            signing_keys,
            |cache| &cache.signing_keys,
            |handle| Box::pin(handle.signing_keys()),
        )
        .await;
        self.serve_whole(
            token_types,
            |cache| &cache.token_types,
            |handle| Box::pin(handle.token_types()),
        )
        .await;
    }

    /// Looks for something of which there is one, if somebody asks for it.
    async fn serve_whole<T>(
        &mut self,
        waiting: Vec<Answer<Arc<T>>>,
        which: Which<T>,
        look: impl for<'h> Fn(&'h mut Handle) -> Looking<'h, T>,
    ) {
        if waiting.is_empty() {
            return;
        }
        let found = self.read(look).await.map(|(found, seen)| (Arc::new(found), seen));
        if let Ok((found, seen)) = &found {
            self.cache.keep_whole(which, found, *seen);
        }
        for answer in waiting {
            let _ = answer.send(match &found {
                Ok((found, _)) => Ok(Arc::clone(found)),
                Err(error) => Err(error.share()),
            });
        }
    }

    /// Looks for what is asked for. Where one row cannot be read, each is looked for by itself:
    /// that one harms no other.
    async fn serve_each<K: Clone + Eq + Hash, V>(
        &mut self,
        waiting: Waiting<K, V>,
        find: Find<K, V>,
        keep: fn(&Cache, &HashMap<K, Arc<V>>, u64),
    ) {
        if waiting.is_empty() {
            return;
        }
        let (wanted, queue) = (waiting.keys().cloned().collect(), Arc::clone(&self.queue));
        let wanted: Arc<[K]> = wanted;
        let look = |wanted: &Arc<[K]>| (Arc::clone(wanted), Arc::clone(&queue));
        let found = self.read(|handle| find(handle, look(&wanted))).await;
        if !matches!(found, Err(Error::Database(_))) || waiting.len() == 1 {
            self.answer_each(waiting, &found, keep);
            return;
        }
        for (one, answers) in waiting {
            let wanted: Arc<[K]> = Arc::from([one.clone()]);
            let found = self.read(|handle| find(handle, look(&wanted))).await;
            self.answer_each(HashMap::from([(one, answers)]), &found, keep);
        }
    }

    fn answer_each<K: Eq + Hash, V>(
        &self,
        waiting: Waiting<K, V>,
        found: &Found<K, V>,
        keep: fn(&Cache, &HashMap<K, Arc<V>>, u64),
    ) {
        if let Ok((found, seen)) = found {
            keep(&self.cache, found, *seen);
        }
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

/// The span of a group: part of the first trace that it serves, and linked to the others.
fn group_span(jobs: &[Job]) -> Span {
    let Some((first, others)) = jobs.split_first() else { return Span::none() };
    let span = trace_span!(target: SPANS, parent: &first.span, "store.look", looks = jobs.len());
    if !span.is_disabled() {
        for other in others {
            span.follows_from(&other.span);
        }
    }
    span
}

/// What was found, and how many changes had been noted before.
type Found<K, V> = Result<(HashMap<K, Arc<V>>, u64)>;

/// What several things are looked for by, and what waits to be among them.
type Wanted<K> = (Arc<[K]>, Arc<TokenQueue>);

/// A look for several things of a kind.
type Find<K, V> = for<'h> fn(&'h mut Handle, Wanted<K>) -> Looking<'h, HashMap<K, Arc<V>>>;

/// Finds tokens by their rows, and those that have none yet in the queue. What has a row is as that
/// says: its end may be written before it is. The queue is asked first, since tokens go from there
/// to their rows and never back.
fn find_tokens(
    handle: &mut Handle,
    (names, queue): Wanted<TokenName>,
) -> Looking<'_, HashMap<TokenName, Arc<StandingEntry>>> {
    Box::pin(async move {
        let mut waiting = queue.find_all(&names);
        if waiting.is_empty() {
            return handle.find_tokens(&names).await;
        }
        // An end that was written for one that waits has its hash, and perhaps another key.
        let hashes = waiting.iter().map(|(_, token)| token.name()).collect::<HashSet<_>>();
        let more = hashes.into_iter().filter(|hash| !names.contains(hash)).collect::<Vec<_>>();
        let mut found = handle.find_tokens(&[&names, more.as_slice()].concat()).await?;
        waiting.retain(|(name, token)| !stands_for(&mut found, name, token));
        for hash in &more {
            found.remove(hash);
        }
        if waiting.is_empty() {
            return Ok(found);
        }
        let entries: Vec<_> = waiting.iter().map(|(_, token)| token.row()).collect();
        let around: HashMap<_, _> = handle.surroundings(&entries).await?.into_iter().collect();
        for ((name, _), entry) in waiting.into_iter().zip(entries) {
            if let Some(standing) = around.get(&entry.entry_key).cloned() {
                found.insert(name, Arc::new(StandingEntry { entry, standing }));
            }
        }
        Ok(found)
    })
}

/// Whether the row of a token that waits is among what was found, and has its name then. The end
/// that another client wrote for its hash says nothing of it.
fn stands_for(
    found: &mut HashMap<TokenName, Arc<StandingEntry>>,
    name: &TokenName,
    token: &WaitingToken,
) -> bool {
    let by_key = found.get(name).filter(|_| matches!(name, TokenName::Key(_)));
    let by_hash = found.get(&token.name());
    let by_hash = by_hash.filter(|row| row.entry.speaks_for(&token.entry().client_id));
    let Some(row) = by_key.or(by_hash).cloned() else { return false };
    found.insert(name.clone(), row);
    true
}

fn find_clients(
    handle: &mut Handle,
    (ids, _): Wanted<ClientId>,
) -> Looking<'_, HashMap<ClientId, Arc<RegisteredClient>>> {
    Box::pin(async move {
        let found = handle.find_registered_clients(ids.iter()).await?;
        Ok(found.into_iter().map(|(id, client)| (id, Arc::new(client))).collect())
    })
}

fn find_users(
    handle: &mut Handle,
    (keys, _): (Arc<[UserKey]>, Arc<TokenQueue>),
) -> Looking<'_, HashMap<UserKey, Arc<User>>> {
    Box::pin(async move { handle.find_users(&keys).await })
}

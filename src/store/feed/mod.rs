//! The nodes of one database tell each other what changed, and an act is acknowledged only after
//! every node has forgotten what it changed.
//!
//! A change is announced by `NOTIFY` in the very transaction that makes it, so it is heard exactly
//! if it is committed, and in the order of commits. A node answers from its cache only while its
//! *lease* lasts: for [`LEASE`] after it sent a beat that came back to it through its listener,
//! which is proof that it heard all that was announced before. Whoever changes something waits,
//! after its commit, until every node in the table of nodes has confirmed, or until [`LEASE`] and
//! [`MARGIN`] are over: by then whoever stayed silent answers from its cache no more. So no two
//! clocks are ever compared, only lengths of time.
//!
//! A node that stayed silent is taken off the table, unless it sent a beat meanwhile, so that the
//! next change need not wait for it. A node whose row is gone puts it back before its next lease.

mod hear;
mod speak;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use metrics::{Histogram, counter, histogram};
use tokio::{
    sync::{Notify, mpsc, watch},
    time::Instant,
};
use uuid::Uuid;

use super::{
    Result,
    cache::Cache,
    change::Change,
    database::{Database, Purpose},
    engine::Handle,
};

pub use speak::Node;

/// How long a node may answer from its cache after it sent a beat that came back.
const LEASE: Duration = Duration::from_secs(1);

/// How much longer than a lease others wait, for clocks that run at different speeds.
const MARGIN: Duration = Duration::from_millis(100);

/// How long it may take until every node has forgotten what changed.
pub(super) const FORGETTING: Duration = Duration::from_millis(1_500);

/// The channel on which every node hears of changes.
const CHANGES: &str = "tessera";

/// The most bytes of changes in one announcement; PostgreSQL takes 8,000 in all.
const PAYLOAD: usize = 7_000;

/// What connects this node to the others.
pub(super) struct Feed {
    pub(super) node: Uuid,
    database: Arc<Database>,
    cache: Arc<Cache>,
    /// The number of the next announcement.
    next: AtomicU64,
    /// Which nodes have confirmed which announcement that somebody still waits for.
    confirmed: Mutex<HashMap<u64, HashSet<Uuid>>>,
    /// Told of every confirmation.
    news: Notify,
    /// Whether the listener is connected.
    listening: watch::Sender<bool>,
    /// Whether there is a listener at all.
    started: AtomicBool,
    /// What has to be confirmed to whom; taken by the speaker once this node has joined.
    heard: mpsc::UnboundedSender<(Uuid, u64)>,
    to_confirm: Mutex<Option<mpsc::UnboundedReceiver<(Uuid, u64)>>>,
    has_joined: AtomicBool,
    /// Told when confirmations did not come: perhaps they were not heard.
    unheard: Notify,
    itself: Weak<Feed>,
    waits: Histogram,
}

/// Changes that are told to other nodes.
pub(super) struct Announcement {
    feed: Arc<Feed>,
    parts: Vec<(u64, String)>,
}

/// Who has to confirm an announcement.
pub(super) struct Listeners {
    /// Each with its count of beats. `None` if nobody can say: then the full time is waited.
    nodes: Option<Vec<(Uuid, i64)>>,
    /// When the last lease of a node that did not hear of it is over.
    patience: Instant,
}

impl Feed {
    pub(super) fn new(node: Uuid, database: &Arc<Database>, cache: &Arc<Cache>) -> Arc<Self> {
        let (heard, to_confirm) = mpsc::unbounded_channel();
        Arc::new_cyclic(|itself| Self {
            node,
            database: Arc::clone(database),
            cache: Arc::clone(cache),
            next: AtomicU64::new(1),
            confirmed: Mutex::default(),
            news: Notify::new(),
            listening: watch::channel(false).0,
            started: AtomicBool::new(false),
            heard,
            to_confirm: Mutex::new(Some(to_confirm)),
            has_joined: AtomicBool::new(false),
            unheard: Notify::new(),
            itself: itself.clone(),
            waits: histogram!("tessera_confirmation_duration_seconds"),
        })
    }

    /// An announcement of `changes`; `None` where there is nothing to tell or nobody to tell it.
    pub(super) fn announcement(&self, changes: &[Change]) -> Option<Announcement> {
        if changes.is_empty() || self.database.is_sqlite() {
            return None;
        }
        let feed = self.itself.upgrade()?;
        let mut parts: Vec<(u64, String)> = Vec::new();
        for change in changes {
            let word = change.to_string();
            match parts.last_mut() {
                Some((_, text)) if text.len() + word.len() < PAYLOAD => {
                    text.push(' ');
                    text.push_str(&word);
                }
                _ => {
                    let number = self.next.fetch_add(1, Ordering::SeqCst);
                    parts.push((number, format!("{} {number} {word}", self.node.simple())));
                }
            }
        }
        let mut confirmed = self.confirmed();
        confirmed.extend(parts.iter().map(|(number, _)| (*number, HashSet::new())));
        drop(confirmed);
        Some(Announcement { feed, parts })
    }

    /// Makes sure that somebody hears confirmations: the first time, waits a while for that. Where
    /// nobody does, changes are acknowledged later, not less surely.
    pub(super) async fn listen(&self) {
        if !self.database.is_sqlite() && self.start_listener() {
            let mut listening = self.listening.subscribe();
            let _ = tokio::time::timeout(LEASE, listening.wait_for(|listening| *listening)).await;
        }
    }

    /// Starts the listener, unless it was. Returns whether it did.
    fn start_listener(&self) -> bool {
        let Some(feed) = self.itself.upgrade() else { return false };
        let is_first = !self.started.swap(true, Ordering::SeqCst);
        if is_first {
            tokio::spawn(hear::run(feed));
        }
        is_first
    }

    /// Notes that `node` has forgotten what was announced under these numbers.
    fn note_confirmed(&self, node: Uuid, numbers: impl Iterator<Item = u64>) {
        let mut confirmed = self.confirmed();
        for number in numbers {
            if let Some(nodes) = confirmed.get_mut(&number) {
                nodes.insert(node);
            }
        }
        drop(confirmed);
        self.news.notify_waiters();
    }

    fn confirmed(&self) -> std::sync::MutexGuard<'_, HashMap<u64, HashSet<Uuid>>> {
        self.confirmed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The channel on which a node hears its own beats, and what others confirm to it.
    fn channel_of(node: Uuid) -> String {
        format!("{CHANGES}_{}", node.simple())
    }
}

impl Announcement {
    /// What is to be told to whom, if that is one message.
    pub(super) fn only_message(&self) -> Option<(&'static str, &str)> {
        match self.parts.as_slice() {
            [(_, text)] => Some((CHANGES, text)),
            _ => None,
        }
    }

    /// Tells everybody, as part of the transaction that makes the changes.
    pub(super) async fn send(&self, handle: &mut Handle) -> Result<()> {
        for (_, text) in &self.parts {
            handle.notify(CHANGES, text).await?;
        }
        Ok(())
    }

    /// Finds out who has to confirm. Only after the commit: a node that joined before it may have
    /// read what was there before.
    pub(super) async fn listeners(&self, handle: &mut Handle) -> Listeners {
        let others = handle.other_nodes(self.feed.node).await;
        // A host that has just taken over may not know of all who joined at the one before.
        let has_changed = self.feed.database.changed_hosts_within(LEASE + MARGIN);
        let nodes = others.ok().filter(|_| !has_changed);
        Listeners { nodes, patience: Instant::now() + LEASE + MARGIN }
    }

    /// Returns when no node answers any more from what it read before the changes.
    pub(super) async fn confirmed(self, listeners: Listeners) {
        let (began, feed) = (Instant::now(), Arc::clone(&self.feed));
        self.wait_for(listeners).await;
        feed.waits.record(began.elapsed().as_secs_f64());
    }

    async fn wait_for(self, listeners: Listeners) {
        let Listeners { nodes, patience } = listeners;
        let Some(nodes) = nodes else {
            tokio::time::sleep_until(patience).await;
            return;
        };
        loop {
            let news = self.feed.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            let silent = self.silent(&nodes);
            if silent.is_empty() {
                return;
            }
            if tokio::time::timeout_at(patience, news).await.is_err() {
                self.feed.unheard.notify_one();
                // Whoever waits for this is answered first.
                let feed = Arc::clone(&self.feed);
                tokio::spawn(async move { feed.give_up(&silent).await });
                return;
            }
        }
    }

    /// Those that have not confirmed everything.
    fn silent(&self, nodes: &[(Uuid, i64)]) -> Vec<(Uuid, i64)> {
        let confirmed = self.feed.confirmed();
        let has_confirmed = |node: &Uuid| {
            let mut all = self.parts.iter().map(|(number, _)| confirmed.get(number));
            all.all(|nodes| nodes.is_some_and(|nodes| nodes.contains(node)))
        };
        nodes.iter().filter(|(node, _)| !has_confirmed(node)).copied().collect()
    }
}

impl Feed {
    /// Takes those that stayed silent off the table. Their leases are over in any case.
    async fn give_up(&self, silent: &[(Uuid, i64)]) {
        for (node, beats) in silent {
            counter!("tessera_confirmations_missed_total").increment(1);
            tracing::warn!(
                event = "node.silent",
                node.id = %node,
                "node {node} did not confirm a change; its lease is over"
            );
            let removed = async {
                let mut handle = self.database.borrow(Purpose::Write).await?;
                handle.remove_silent_node(*node, *beats).await
            };
            if let Err(error) = removed.await {
                tracing::debug!(
                    event = "node.not_removed",
                    node.id = %node,
                    reason = %error,
                    "could not take node {node} off the table: {error}"
                );
            }
        }
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        let mut confirmed = self.feed.confirmed();
        self.parts.iter().for_each(|(number, _)| drop(confirmed.remove(number)));
    }
}

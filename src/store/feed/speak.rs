//! The speaker: takes this node's place among the others, sends beats, and confirms what was heard.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};
use uuid::Uuid;

use crate::model::timestamp::Timestamp;

use super::{
    super::{Result, change::Change, database::Purpose, keeper::Keeper, lease::moment},
    Feed,
};

/// How often a beat is sent: several may be lost before a lease ends.
const BEAT: Duration = Duration::from_millis(250);

/// The most confirmations in one round.
const MOST: usize = 256;

/// What the table of nodes says of a node.
#[derive(Clone)]
pub struct Node {
    /// What people know it by.
    pub name: String,
    /// The version of the program.
    pub version: &'static str,
    /// What it takes for the time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// What it runs with, of the settings that all should have alike: JSON, key to value.
    pub settings: Arc<dyn Fn() -> String + Send + Sync>,
    /// Whether it keeps anything in memory, so that others have to wait for its word.
    pub keeps: bool,
}

impl Feed {
    /// Whether this node has joined the others, and so hears its own beats.
    pub(super) fn expects_beats(&self) -> bool {
        self.has_joined.load(Ordering::SeqCst)
    }

    /// Takes this node's place among the others: from now on it may answer from its cache, and
    /// others wait for it.
    pub(in crate::store) fn join(&self, node: Node) {
        let to_confirm = self.to_confirm.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some(feed), Some(to_confirm)) = (self.itself.upgrade(), to_confirm) {
            self.has_joined.store(true, Ordering::SeqCst);
            self.start_listener();
            let keeper = Keeper::new(Arc::clone(&self.database), Purpose::Write);
            tokio::spawn(
                Speaker { feed: Arc::clone(&feed), node, keeper, beats: 0 }.run(to_confirm),
            );
            tokio::spawn(async move { feed.greet().await });
        }
    }

    /// Announces nothing in particular: whoever does not confirm it is gone, and the first change
    /// in earnest need not wait to find that out.
    async fn greet(&self) {
        self.listen().await;
        let Some(greeting) = self.announcement(&[Change::SigningKeys]) else { return };
        let Ok(mut handle) = self.database.borrow(Purpose::Write).await else { return };
        if greeting.send(&mut handle).await.is_ok() {
            let listeners = greeting.listeners(&mut handle).await;
            drop(handle);
            greeting.confirmed(listeners).await;
        }
    }
}

struct Speaker {
    feed: Arc<Feed>,
    node: Node,
    keeper: Keeper,
    /// How many beats were sent. No number comes twice, also where the database forgot some: by it
    /// others tell whether this node was silent.
    beats: i64,
}

impl Speaker {
    async fn run(mut self, mut to_confirm: mpsc::UnboundedReceiver<(Uuid, u64)>) {
        let mut closing = self.feed.database.closing();
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Vec::new();
        loop {
            let outcome = tokio::select! {
                biased;
                () = closing.wait() => break,
                // Before confirmations, which may come without end.
                _ = beats.tick() => self.beat().await,
                taken = to_confirm.recv_many(&mut heard, MOST) => {
                    if taken == 0 { break }
                    self.confirm(heard.drain(..)).await
                }
            };
            if let Err(error) = outcome {
                tracing::debug!(
                    event = "node.not_heard",
                    node.id = %self.feed.node,
                    reason = %error,
                    "could not speak to the other nodes: {error}"
                );
            }
        }
        self.leave().await;
    }

    /// Leaves in order, so that nobody waits for this node any more.
    async fn leave(mut self) {
        self.feed.cache.lease.end_for_good();
        let id = self.feed.node;
        let left = async { self.keeper.take().await?.remove_node(id).await };
        if left.await.is_ok() {
            tracing::info!(event = "node.left", node.id = %id, "node {id} left");
        }
    }

    /// Sends a beat, after putting back this node's row where it is gone.
    async fn beat(&mut self) -> Result<()> {
        // Nothing is proved to nobody: without a listener a beat would only look like a sign of
        // life.
        if !*self.feed.listening.borrow() {
            return Ok(());
        }
        let (id, now) = (self.feed.node, (self.node.clock)());
        let channel = Feed::channel_of(id);
        let mut handle = self.keeper.take().await?;
        for _ in 0..2 {
            self.beats += 1;
            let text = format!("beat {}", moment());
            if handle.beat((id, self.beats), now, (&channel, &text)).await? {
                break;
            }
            // Others no longer wait for us. A row that is durable before anything rests on it, and
            // then a beat.
            self.feed.cache.lease.end();
            self.beats += 1;
            handle.insert_node((id, self.beats), &self.node, now).await?;
            let name = self.node.name.as_str();
            tracing::info!(event = "node.joined", node.id = %id, node.name = name, "node {id} on {name} joined");
        }
        self.keeper.put_back(handle, &Ok(()));
        Ok(())
    }

    async fn confirm(&mut self, heard: impl Iterator<Item = (Uuid, u64)>) -> Result<()> {
        let mut by_node: HashMap<Uuid, String> = HashMap::new();
        for (node, number) in heard {
            let text =
                by_node.entry(node).or_insert_with(|| format!("heard {}", self.feed.node.simple()));
            text.push(' ');
            text.push_str(&number.to_string());
        }
        let mut handle = self.keeper.take().await?;
        for (node, text) in by_node {
            handle.tell(&Feed::channel_of(node), &text).await?;
        }
        self.keeper.put_back(handle, &Ok(()));
        Ok(())
    }
}

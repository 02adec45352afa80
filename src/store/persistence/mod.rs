//! Persistence, synchronous or not: whether a token is written before it is answered, or after.
//!
//! Asynchronous persistence answers from memory: until it is written, a token works on this node
//! only, and a crash loses it. It is for whoever migrates from a server that did so and can bear
//! that; what it may be used for is kept small (opaque access tokens), and what ends a token is
//! always written first: a token that ends another one waits only if that waits as well, and nobody
//! has begun to write it. Of two tokens that want one slot, the one that is written last has it.

mod arrival;
mod early_end;
mod notice;
mod queue;
mod settle;
mod worker;

use std::{fmt, sync::Arc, time::Duration};

use metrics::counter;

use crate::model::{
    entry_key::EntryKey, secret::Sha256, timestamp::Timestamp, token_entry::TokenEntry,
};

use super::{
    QueueLength, Result, Store,
    change::{Change, beginning},
    command::Command,
    reader::TokenName,
    slots::Taking,
};

use arrival::Arrival;
use queue::Admission;
use worker::Worker;

pub use early_end::EarlyEnd;
pub(super) use {arrival::WaitingToken, queue::Queue as TokenQueue};

/// Makes of an entry the same one under another key, with all that is sealed in it; `None` if what
/// is sealed cannot be opened.
pub type Rekey = dyn Fn(&TokenEntry) -> Option<TokenEntry> + Send + Sync;

/// How to write what was answered before.
#[derive(Clone)]
pub struct LaterWrites {
    /// How many workers write. Without any, all that waits goes on waiting.
    pub workers: usize,
    /// How many tokens may wait; more are written before they are answered.
    pub limit: usize,
    /// How often a token is tried again whose slot another one took meanwhile, or that the engine
    /// refused.
    pub retries: u32,
    /// Tells the time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Gives an entry another key, where its own turns out to be taken.
    pub rekey: Arc<Rekey>,
}

impl Store {
    /// Lets opaque access tokens be answered before they are written, from now on.
    pub fn persist_later(&self, how: &LaterWrites) {
        let inner = &self.0;
        let lanes = inner.queue.open(how.workers, how.limit);
        for (lane, news) in lanes.into_iter().enumerate().take(how.workers) {
            let worker = Worker::new(inner, how, (lane, news));
            tokio::spawn(worker.run(inner.database.closing()));
        }
    }

    /// Makes a new token durable, now or, where it may be and there is room, later. Returns as
    /// [`Store::run`] does.
    ///
    /// # Errors
    ///
    /// As [`Store::run`]; of what is written later, nobody learns of it here.
    pub async fn persist(&self, command: Command) -> Result<bool> {
        match self.wait_or_keep(command).await? {
            Ok(taking) => Ok(taking == Taking::Done),
            Err(command) => self.run(command).await,
        }
    }

    /// Makes a new token durable that takes a slot, as [`Store::persist`] does. Returns as
    /// [`Store::take`] does; a slot of which a token waits is lost to whoever has not seen that one.
    ///
    /// # Errors
    ///
    /// As [`Store::persist`], and [`super::Error::Unavailable`] if another token of the slot has to
    /// be written before and cannot be.
    pub async fn persist_in_slot(&self, command: Command) -> Result<Taking> {
        match self.wait_or_keep(command).await? {
            Ok(taking) => Ok(taking),
            Err(command) => self.take(command).await,
        }
    }

    /// Lets a command wait; gives it back if it has to be done at once.
    async fn wait_or_keep(&self, command: Command) -> Result<std::result::Result<Taking, Command>> {
        let command = match self.admit(command).await? {
            Ok(taking) => return Ok(Ok(taking)),
            Err(command) => command,
        };
        let queue = &self.0.queue;
        let before = command.slot_key().and_then(|slot_key| queue.in_slot(slot_key));
        let Some(before) = before else { return Ok(Err(command)) };
        // What is written last has the slot: so nobody overtakes.
        let patience = self.0.database.timeout * 2;
        let settled = tokio::time::timeout(patience, queue.settled(&before)).await;
        if settled.is_err() {
            return Err(sqlx::Error::PoolTimedOut.into());
        }
        Ok(Ok(Taking::Again))
    }

    /// Lets a command wait where it may and there is room for it, whatever else wants its slot.
    async fn admit(&self, command: Command) -> Result<std::result::Result<Taking, Command>> {
        let queue = &self.0.queue;
        if !queue.is_open() {
            return Ok(Err(command));
        }
        let mut arrival = match Arrival::of(command) {
            Ok(arrival) => arrival,
            Err(command) => return Ok(Err(command)),
        };
        arrival.entry.global_generation = self.generation().await?;
        if !self.is_noted(&arrival.entry).await {
            return Ok(Err(fall_back(arrival, "this cannot be told to the other nodes now")));
        }
        Ok(match queue.add(arrival) {
            Admission::Waits(before) => {
                let ended = before.map(|before| Change::Reference(beginning(&before.hash)));
                self.0.cache.note(ended.as_ref());
                Ok(Taking::Done)
            }
            Admission::Lost => Ok(Taking::Lost),
            Admission::AtOnce(arrival) => Err(arrival.into_command()),
            Admission::Full(arrival) => Err(fall_back(*arrival, "the queue is full")),
        })
    }

    /// The entry of a reference that waits to be written.
    #[must_use]
    pub fn waiting_token(&self, hash: &Sha256) -> Option<Arc<TokenEntry>> {
        self.0.queue.find(&TokenName::from(hash)).map(|token| Arc::clone(&token.entry))
    }

    /// The entry of this key that waits to be written, with its hash.
    #[must_use]
    pub fn waiting_entry(&self, key: EntryKey) -> Option<(Sha256, Arc<TokenEntry>)> {
        let token = self.0.queue.find(&TokenName::Key(key))?;
        Some((Sha256::from_bytes(token.hash), Arc::clone(&token.entry)))
    }

    /// The entry that took a slot last and waits to be written.
    #[must_use]
    pub fn waiting_in_slot(&self, slot_key: &Sha256) -> Option<Arc<TokenEntry>> {
        self.0.queue.in_slot(slot_key).map(|token| Arc::clone(&token.entry))
    }

    /// Returns when all tokens are written that wait on this node at this moment.
    ///
    /// # Errors
    ///
    /// [`super::Error::Unavailable`] if that takes longer than two turns may.
    pub async fn write_waiting(&self) -> Result<()> {
        let patience = self.0.database.timeout * 2;
        let settled = tokio::time::timeout(patience, self.0.queue.settle_all()).await;
        settled.map_err(|_| sqlx::Error::PoolTimedOut.into())
    }

    /// Lets no token wait any more, and writes those that do, for as long as `patience`. Returns
    /// how many are lost because they could not be.
    pub async fn end_waiting(&self, patience: Duration) -> usize {
        self.0.queue.close();
        // Whatever is left then is counted.
        let _ = tokio::time::timeout(patience, self.0.queue.settle_all()).await;
        let lost = self.0.queue.length().length;
        counter!("tessera_persistence_lost_total").increment(lost as u64);
        lost
    }

    /// How many tokens wait to be written, and how many may.
    #[must_use]
    pub fn waiting_tokens(&self) -> QueueLength {
        self.0.queue.length()
    }

    /// How long the first of them has waited.
    #[must_use]
    pub fn oldest_waiting(&self) -> Duration {
        self.0.queue.age()
    }
}

/// The command that writes a token before it is answered, since it may not wait.
fn fall_back(arrival: Arrival, reason: &'static str) -> Command {
    counter!("tessera_persistence_fallbacks_total").increment(1);
    tracing::debug!(
        event = "persistence.fell_back",
        token.entry = %arrival.entry.entry_key,
        reason,
        "{} is written before it is answered: {reason}",
        arrival.entry.entry_key
    );
    arrival.into_command()
}

impl fmt::Debug for LaterWrites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { workers, limit, retries, .. } = self;
        write!(f, "LaterWrites({workers} workers, {limit} tokens, {retries} retries)")
    }
}

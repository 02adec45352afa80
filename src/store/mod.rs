//! Rows at rest: one file per table family, each statement written once for both engines.
//!
//! Traps that every statement here must step around: bind the time, never `now()` · no arrays, JSON
//! operators or `ILIKE` · after an error PostgreSQL has aborted the transaction while SQLite goes
//! on, so never catch a conflict and continue: `ON CONFLICT DO NOTHING` and count rows (the writer
//! may let one fail: it begins anew, with half the group) ·
//! `SUM(BIGINT)` is NUMERIC on PostgreSQL: cast it · `LIKE` ignores case on SQLite only: avoid it ·
//! page by entry key or UUIDv7, text collations differ · SQLite uses a partial index only when the
//! query repeats its predicate literally · where an engine must differ, it differs in this room.

#![allow(
    clippy::missing_errors_doc,
    reason = "every statement fails for the same reasons: those of store::Error"
)]

#[macro_use]
mod standing;

mod audit;
mod authorization_requests;
mod batch;
mod browser_sessions;
mod cache;
mod census;
mod change;
mod client_lists;
mod client_secrets;
mod clients;
mod command;
mod consents;
mod database;
mod engine;
mod entry_reader;
mod error;
mod families;
mod faults;
mod feed;
mod file_identity;
mod group;
mod host_look;
mod hosts;
mod instance;
mod job_leases;
mod keeper;
mod last_uses;
mod lease;
mod looks;
mod marks;
mod migrate;
pub mod moving;
mod nodes;
mod open;
mod owner;
mod persistence;
mod plan;
mod reader;
mod resource_servers;
mod saved_queries;
mod scopes;
mod seal_keys;
mod series;
mod settle;
mod setup;
mod sign_in_settings;
mod signing_keys;
mod slots;
mod stateless;
mod token_types;
mod token_uses;
mod tokens;
mod transaction;
mod used_identifiers;
mod user_lists;
mod user_standing;
mod users;
mod vitals;
mod writer;

use std::sync::Arc;

use cache::Cache;
use database::{Database, Pool, Purpose};
use feed::Feed;
use persistence::TokenQueue;
use reader::Reader;
use writer::Writer;

pub use audit::{AuditPath, EventsWanted, RefusedAt, RefusedOf};
pub use browser_sessions::{FoundSession, SESSIONS_LOOKED_AT, SessionTarget};
pub use cache::CacheOptions;
pub use census::{CountOfKey, CountOfType};
pub use command::Command;
pub use consents::ClientOfUser;
pub use database::QueueLength;
pub use engine::Handle;
pub use entry_reader::{EntryReader, ReadError};
pub use error::{Error, NoHost, Result, words};
pub use faults::{Choose, Fault};
pub use feed::Node;
pub use hosts::HostFacts;
pub use instance::StoreFacts;
pub use job_leases::SWEEP_LEASE;
pub use last_uses::{LastUse, UsedAt};
pub use nodes::NodeFacts;
pub use open::{Address, Migrations, OpenOptions};
pub use owner::{Owned, key_path, socket_path};
pub use persistence::{EarlyEnd, LaterWrites, Rekey};
pub use reader::TokenName;
pub use series::{ActiveOfType, SeriesPoint};
pub use setup::SetupState;
pub use slots::{Slot, SlotHolder, TakenSlot, Taking};
pub use stateless::Held;
pub use token_uses::{RecordedUse, RememberedUse};
pub use tokens::{
    End, Overdue, Stretch, Target, UnusedSince, Way,
    redeem::CodeRedemption,
    replay::Retry,
    rotate::{Fate, Rotation},
    spend::{Spend, Spent},
    typed::Deletion,
};
pub use transaction::Transaction;
pub use users::UserKey;

/// The database, cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    database: Arc<Database>,
    cache: Arc<Cache>,
    queue: Arc<TokenQueue>,
    reader: Reader,
    writer: Arc<Writer>,
    feed: Arc<Feed>,
    /// What there is instead of a database, if the store is disabled.
    stateless: Option<stateless::Stateless>,
    /// What the audit log calls this node.
    name: String,
    /// Held as long as the store is open: one process owns an SQLite file.
    _owner: Option<owner::OwnerLock>,
}

impl Store {
    /// Runs a command together with those of other requests. Returns, after it is durable and
    /// every node has forgotten what it changed, whether it was done: `false` if one of its writes
    /// did not find its row as it must be; then none was done.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if too many wait, [`Error::Disabled`] if there is no store to do it in:
    /// nothing was done. [`Error::Unavailable`]: nothing is known.
    pub async fn run(&self, mut command: Command) -> Result<bool> {
        command.sign(&self.0.name);
        let events: Vec<_> = command.audit_events().cloned().collect();
        let is_done = match &self.0.stateless {
            Some(stateless) => stateless.run(&command)?,
            None => self.0.writer.run(command).await?.is_done,
        };
        if is_done {
            events.iter().for_each(audit::log);
        }
        Ok(is_done)
    }

    /// Runs a command that spends a use, as [`Store::run`] does. Returns what the entry says after
    /// it; `None` if nothing was done.
    ///
    /// # Errors
    ///
    /// As [`Store::run`].
    pub async fn spend(&self, mut command: Command) -> Result<Option<Spent>> {
        command.sign(&self.0.name);
        if self.is_disabled() {
            return Err(Error::Disabled);
        }
        let outcome = self.0.writer.run(command).await?;
        Ok(outcome.spent.filter(|_| outcome.is_done))
    }

    /// Runs a command that takes a slot, as [`Store::run`] does. Tells a slot that another took from
    /// everything else that may be in its way.
    ///
    /// # Errors
    ///
    /// As [`Store::run`].
    pub async fn take(&self, mut command: Command) -> Result<Taking> {
        command.sign(&self.0.name);
        let outcome = match self.0.writer.run(command).await {
            // Whoever holds the row of the slot for so long is about to take it.
            Err(error) if error.is_lock_timeout() => return Ok(Taking::Lost),
            outcome => outcome?,
        };
        Ok(match outcome {
            _ if outcome.is_done => Taking::Done,
            _ if outcome.lost_slot => Taking::Lost,
            _ => Taking::Refused,
        })
    }

    /// Takes this node's place among those that share the database: from now on it may answer from
    /// its cache, and changes elsewhere wait until it has forgotten what they changed. Where no
    /// other can share the database, there is nothing to join.
    pub fn join(&self, node: Node) {
        if !self.is_sqlite() && !self.is_disabled() {
            self.0.feed.join(node);
        }
    }

    /// Whether answers may come from the cache at this moment.
    #[must_use]
    pub fn answers_from_cache(&self) -> bool {
        self.0.cache.may_answer()
    }

    /// Borrows a connection for statements that only read. Each stands alone.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if none can be had within the store's time limit.
    pub async fn read(&self) -> Result<Handle> {
        self.0.database.borrow(Purpose::Read).await
    }

    /// Borrows a connection for a single writing statement, which commits by itself.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if none can be had within the store's time limit.
    pub async fn write(&self) -> Result<Handle> {
        self.0.database.borrow(Purpose::Write).await
    }

    /// Begins a transaction for statements that stand or fall together. For cold paths: nothing
    /// else can write to SQLite meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if none can be had within the store's time limit.
    pub async fn begin(&self) -> Result<Transaction> {
        Transaction::begin(self).await
    }

    /// Whether the store is an embedded SQLite file.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.0.database.is_sqlite()
    }

    /// How many connections are open, and how many of them are idle.
    #[must_use]
    pub fn connections(&self) -> (u32, usize) {
        match &self.0.database.pool {
            Pool::Sqlite { read, write, .. } => {
                (read.size() + write.size(), read.num_idle() + write.num_idle())
            }
            Pool::Postgres(hosts) => (hosts.pool().size(), hosts.pool().num_idle()),
            Pool::None => (0, 0),
        }
    }

    /// Makes sure that no commit is left that was given up on and may still come to its end. Until
    /// then nothing is answered from the cache.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the database cannot say so.
    pub async fn settle(&self) -> Result<()> {
        if self.0.cache.is_in_doubt() {
            let mut handle = self.write().await?;
            handle.touch().await?;
            // While nobody else can begin another commit.
            self.0.cache.settle();
        }
        Ok(())
    }

    /// Closes every connection, after the statements under way.
    pub async fn close(&self) {
        self.0.database.close().await;
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.database.begin_closing();
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0.database.pool {
            Pool::Sqlite { .. } => "Store(SQLite)",
            Pool::Postgres(_) => "Store(PostgreSQL)",
            Pool::None => "Store(disabled)",
        })
    }
}

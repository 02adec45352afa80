//! Rows at rest: one file per table family, each statement written once for both engines.
//!
//! Traps that every statement here must step around: bind the time, never `now()` · no arrays, JSON
//! operators or `ILIKE` · after an error PostgreSQL has aborted the transaction while SQLite goes
//! on, so never catch a conflict and continue: `ON CONFLICT DO NOTHING` and count rows ·
//! `SUM(BIGINT)` is NUMERIC on PostgreSQL: cast it · `LIKE` ignores case on SQLite only: avoid it ·
//! page by entry key or UUIDv7, text collations differ · SQLite uses a partial index only when the
//! query repeats its predicate literally · where an engine must differ, it differs in this room.

#![allow(
    clippy::missing_errors_doc,
    reason = "every statement fails for the same reasons: those of store::Error"
)]

mod audit;
mod client_secrets;
mod clients;
mod engine;
mod error;
mod instance;
mod keys;
mod leases;
mod migrate;
mod open;
mod owner;
mod resource_servers;
mod tokens;
mod used_identifiers;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{PgPool, SqlitePool};

use engine::{Connection, within};

pub use client_secrets::LastUse;
pub use engine::Handle;
pub use error::{Error, Result};
pub use instance::StoreFacts;
pub use open::{Address, Migrations, OpenOptions};
pub use owner::{Owned, key_path, socket_path};
pub use tokens::{End, Overdue, TokenFilter};

/// The database, cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    pool: Pool,
    timeout: Duration,
    /// Whether the last write found the engine gone, full or slow.
    refuses_writes: AtomicBool,
    /// Held as long as the store is open: one process owns an SQLite file.
    _owner: Option<owner::OwnerLock>,
}

enum Pool {
    // One writer: SQLite serialises writes, and waiting in our queue is fairer than in its own.
    Sqlite { read: SqlitePool, write: SqlitePool, file: owner::DatabaseFile },
    Postgres(PgPool),
}

#[derive(PartialEq, Eq)]
enum Purpose {
    Read,
    Write,
}

/// Statements that commit together, or not at all.
///
/// Dropping it without [`Transaction::commit`] rolls it back.
pub struct Transaction(Handle);

impl Store {
    /// Borrows a connection for statements that only read. Each stands alone.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if none can be had within the store's time limit.
    pub async fn read(&self) -> Result<Handle> {
        self.borrow(Purpose::Read).await
    }

    /// Borrows a connection for a single writing statement, which commits by itself.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if none can be had within the store's time limit.
    pub async fn write(&self) -> Result<Handle> {
        self.borrow(Purpose::Write).await
    }

    /// Begins a transaction for statements that stand or fall together. For cold paths: nothing
    /// else can write to SQLite meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if none can be had within the store's time limit.
    pub async fn begin(&self) -> Result<Transaction> {
        let mut handle = self.write().await?;
        // SQLite's plain BEGIN would take the write lock too late and fail instead of waiting.
        handle.control(if self.is_sqlite() { "BEGIN IMMEDIATE" } else { "BEGIN" }).await?;
        handle.in_transaction = true;
        Ok(Transaction(handle))
    }

    /// Asks the database for a sign of life: that it can be read and, if the last write came to
    /// nothing, that it can be written again.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if it gives none within the store's time limit.
    pub async fn ping(&self) -> Result<()> {
        self.read().await?.ping().await?;
        if self.0.refuses_writes.load(Ordering::Relaxed) {
            self.write().await?.touch().await?;
        }
        Ok(())
    }

    /// Whether the store is an embedded SQLite file.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        matches!(self.0.pool, Pool::Sqlite { .. })
    }

    /// How many connections are open, and how many of them are idle.
    #[must_use]
    pub fn connections(&self) -> (u32, usize) {
        match &self.0.pool {
            Pool::Sqlite { read, write, .. } => {
                (read.size() + write.size(), read.num_idle() + write.num_idle())
            }
            Pool::Postgres(pool) => (pool.size(), pool.num_idle()),
        }
    }

    /// Closes every connection, after the statements under way.
    pub async fn close(&self) {
        match &self.0.pool {
            Pool::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    async fn borrow(&self, purpose: Purpose) -> Result<Handle> {
        let connection = self.connection(&purpose).await;
        let writes_to = (purpose == Purpose::Write).then(|| self.clone());
        if let (Some(store), Err(_)) = (&writes_to, &connection) {
            store.note_write(&connection);
        }
        let (connection, timeout) = (connection?, self.0.timeout);
        Ok(Handle { connection, timeout, writes_to, settled: true, in_transaction: false })
    }

    async fn connection(&self, purpose: &Purpose) -> Result<Connection> {
        let timeout = self.0.timeout;
        match &self.0.pool {
            Pool::Sqlite { read, write, file } => {
                file.is_in_place()?;
                let pool = if *purpose == Purpose::Write { write } else { read };
                within(timeout, pool.acquire()).await.map(Connection::Sqlite)
            }
            Pool::Postgres(pool) => within(timeout, pool.acquire()).await.map(Connection::Postgres),
        }
    }

    fn note_write<T>(&self, outcome: &Result<T>) {
        match outcome {
            Ok(_) => self.0.refuses_writes.store(false, Ordering::Relaxed),
            Err(Error::Unavailable(_)) => self.0.refuses_writes.store(true, Ordering::Relaxed),
            Err(_) => {}
        }
    }
}

impl Transaction {
    /// Makes every statement since [`Store::begin`] durable.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the database cannot say that it did; then nothing is known.
    pub async fn commit(mut self) -> Result<()> {
        self.0.control("COMMIT").await?;
        self.0.in_transaction = false;
        Ok(())
    }

    /// Undoes every statement since [`Store::begin`]. Dropping does so too, at the price of the
    /// connection.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the database cannot be reached; it will undo them all the same.
    pub async fn roll_back(mut self) -> Result<()> {
        self.0.control("ROLLBACK").await?;
        self.0.in_transaction = false;
        Ok(())
    }
}

impl std::ops::Deref for Transaction {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.0
    }
}

impl std::ops::DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Handle {
        &mut self.0
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_sqlite() { "Store(SQLite)" } else { "Store(PostgreSQL)" })
    }
}

//! The connections to the database, and what the last write to it met.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::SqlitePool;
use tokio::sync::{
    mpsc::{Sender, error::TrySendError},
    oneshot, watch,
};

use super::{
    Error, Result,
    engine::{Connection, Handle},
    faults::Faults,
    hosts::{Hosts, Lent},
    owner::DatabaseFile,
    settle::within,
};

/// The connections, shared by all that read and write.
pub(super) struct Database {
    pub(super) pool: Pool,
    pub(super) timeout: Duration,
    pub(super) faults: Faults,
    /// Whether the last write found the engine gone, full or slow.
    refuses_writes: AtomicBool,
    /// Turns true when the store is closed: whoever keeps a connection lets it go.
    closing: watch::Sender<bool>,
}

pub(super) enum Pool {
    // One writer: SQLite serialises writes, and waiting in our queue is fairer than in its own.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
        file: DatabaseFile,
    },
    Postgres(Arc<Hosts>),
    /// There is no database: nothing can be borrowed.
    None,
}

/// Tells when the store is closed.
pub(super) struct Closing(watch::Receiver<bool>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
}

/// How full a queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLength {
    /// How many wait in it.
    pub length: usize,
    /// How many may; whoever comes then is told to come back later.
    pub limit: usize,
}

impl QueueLength {
    pub(super) fn of<T>(queue: &Sender<T>) -> Self {
        let limit = queue.max_capacity();
        Self { length: limit - queue.capacity(), limit }
    }
}

/// Why something could not be put into a queue.
pub(super) fn not_queued<T>(error: &TrySendError<T>) -> Error {
    match error {
        TrySendError::Full(_) => Error::Busy,
        TrySendError::Closed(_) => sqlx::Error::PoolClosed.into(),
    }
}

impl Closing {
    /// Returns when it is, or when nobody can use it any more.
    pub(super) async fn wait(&mut self) {
        let _ = self.0.wait_for(|is_closing| *is_closing).await;
    }
}

impl Database {
    pub(super) fn new(pool: Pool, timeout: Duration) -> Arc<Self> {
        Arc::new(Self {
            pool,
            timeout,
            faults: Faults::default(),
            refuses_writes: AtomicBool::new(false),
            closing: watch::channel(false).0,
        })
    }

    /// Borrows a connection.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if none can be had within the time limit, [`Error::Disabled`] if there
    /// is no database.
    pub(super) async fn borrow(self: &Arc<Self>, purpose: Purpose) -> Result<Handle> {
        let connection = self.connection(purpose).await;
        if purpose == Purpose::Write && connection.is_err() {
            self.note_write(&connection);
        }
        let (connection, host) = connection?;
        Ok(Handle {
            connection,
            database: Arc::clone(self),
            host,
            purpose,
            settled: true,
            in_transaction: false,
            is_kept: false,
        })
    }

    /// A connection, and the number of the host that it leads to.
    async fn connection(&self, purpose: Purpose) -> Result<(Connection, u64)> {
        self.is_in_place()?;
        match &self.pool {
            Pool::Sqlite { read, write, .. } => {
                let pool = if purpose == Purpose::Write { write } else { read };
                let acquired = within(self.timeout, pool.acquire()).await?;
                Ok((Connection::Sqlite(acquired), 0))
            }
            Pool::Postgres(hosts) => {
                let Lent { connection, number } = hosts.acquire().await?;
                Ok((Connection::Postgres(connection), number))
            }
            Pool::None => Err(Error::Disabled),
        }
    }

    /// Waits for what the host of that number does, unless another takes its place meanwhile.
    pub(super) async fn wait<T>(
        &self,
        host: u64,
        work: impl Future<Output = sqlx::Result<T>>,
    ) -> sqlx::Result<T> {
        match &self.pool {
            Pool::Sqlite { .. } | Pool::None => work.await,
            Pool::Postgres(hosts) => hosts.wait(host, work).await,
        }
    }

    /// The number of the host in use; it never changes where there is only one.
    pub(super) fn host_number(&self) -> u64 {
        match &self.pool {
            Pool::Postgres(hosts) => hosts.primary().number,
            Pool::Sqlite { .. } | Pool::None => 0,
        }
    }

    /// Whether connections to the host of that number are still of use.
    pub(super) fn is_in_use(&self, host: u64) -> bool {
        match &self.pool {
            Pool::Sqlite { .. } | Pool::None => true,
            Pool::Postgres(hosts) => hosts.is_in_use(host),
        }
    }

    /// Whether another host took over less than `time` ago.
    pub(super) fn changed_hosts_within(&self, time: Duration) -> bool {
        match &self.pool {
            Pool::Sqlite { .. } | Pool::None => false,
            Pool::Postgres(hosts) => hosts.changed_within(time),
        }
    }

    /// Makes sure that the file is still where it was opened, where it is a file.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if another took its place.
    pub(super) fn is_in_place(&self) -> Result<()> {
        match &self.pool {
            Pool::Sqlite { file, .. } => file.is_in_place(),
            Pool::Postgres(_) | Pool::None => Ok(()),
        }
    }

    /// Makes sure that there is something to connect to, as far as is known without trying.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] of a file in whose place there is another, [`Error::NoHost`] of a
    /// server of which no host takes writes.
    pub(super) fn is_there(&self) -> Result<()> {
        match &self.pool {
            Pool::Sqlite { file, .. } => file.is_in_place(),
            Pool::Postgres(hosts) => hosts.are_there(),
            Pool::None => Err(Error::Disabled),
        }
    }

    pub(super) fn is_sqlite(&self) -> bool {
        matches!(self.pool, Pool::Sqlite { .. })
    }

    /// Whether the last write came to nothing.
    pub(super) fn refuses_writes(&self) -> bool {
        self.refuses_writes.load(Ordering::Relaxed)
    }

    /// Remembers what a write met.
    pub(super) fn note_write<T>(&self, outcome: &Result<T>) {
        match outcome {
            Ok(_) => self.refuses_writes.store(false, Ordering::Relaxed),
            Err(Error::Unavailable(_) | Error::NoHost(_)) => {
                self.refuses_writes.store(true, Ordering::Relaxed);
            }
            Err(_) => {}
        }
    }

    /// What tells when the store is closed.
    pub(super) fn closing(&self) -> Closing {
        Closing(self.closing.subscribe())
    }

    /// Tells whoever keeps a connection to let it go.
    pub(super) fn begin_closing(&self) {
        self.closing.send_replace(true);
    }

    /// Waits for an answer to what stands in a queue, as long as two turns may take.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if none comes.
    pub(super) async fn answer<T>(
        &self,
        answered: oneshot::Receiver<Result<T>>,
        more: Duration,
    ) -> Result<T> {
        match tokio::time::timeout(self.timeout * 2 + more, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(sqlx::Error::PoolClosed.into()),
            Err(_) => Err(sqlx::Error::PoolTimedOut.into()),
        }
    }

    /// Closes every connection, after the statements under way.
    pub(super) async fn close(&self) {
        self.begin_closing();
        match &self.pool {
            Pool::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Pool::Postgres(hosts) => hosts.pool().close().await,
            Pool::None => {}
        }
    }
}

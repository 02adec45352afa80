//! Opening the database at an address, and making sure that it is the one we can work with.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, PgConnection,
    pool::PoolOptions,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use uuid::Uuid;

use super::{
    Error, Inner, Result, Store,
    cache::{Cache, CacheOptions},
    database::{Database, Pool},
    feed::Feed,
    hosts::{Hosts, SetUp},
    keeper::IDLE_TRUST,
    lease::Lease,
    migrate,
    owner::{DatabaseFile, OwnerLock, make_private},
    persistence::TokenQueue,
    reader::Reader,
    settle::within,
    writer::Writer,
};

/// How many connections read from an SQLite file beside the one that writes.
const SQLITE_READERS: u32 = 4;

/// How many connections to PostgreSQL are beside the pool: the listener.
const BESIDE_THE_POOL: u32 = 1;

/// The largest size that SQLite's write-ahead log keeps on disk between checkpoints, 64 MiB.
const SQLITE_JOURNAL_LIMIT: &str = "67108864";

/// Where the database is.
#[derive(Debug, Clone)]
pub enum Address {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// PostgreSQL, as a `postgres://` URL. It may name several hosts, `HOST:PORT,HOST:PORT`: the one
    /// that takes writes is used.
    Postgres(String),
}

/// What to do about a schema that is behind this binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrations {
    /// Bring it up to date.
    Auto,
    /// Refuse to open.
    Check,
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Where it is.
    pub address: Address,
    /// How many connections to PostgreSQL to keep at most.
    pub connections: u32,
    /// How long one request may wait for a connection, and for each statement.
    pub timeout: Duration,
    /// What to do about an old schema.
    pub migrations: Migrations,
    /// What to keep in memory.
    pub cache: CacheOptions,
    /// What other nodes know this one by.
    pub node: Uuid,
    /// What the audit log calls it.
    pub name: String,
}

impl Store {
    /// Opens the database and brings its schema up to date, or checks that it is.
    ///
    /// # Errors
    ///
    /// [`super::Error::Owned`] if another process has the SQLite file open, [`super::Error::Backup`]
    /// if it is a backup, [`super::Error::File`] if it cannot
    /// be made, [`super::Error::Unavailable`] if the database cannot be reached,
    /// [`super::Error::NoHost`] if none of several hosts takes writes, and what [`Store::migrate`]
    /// says.
    pub async fn open(options: &OpenOptions) -> Result<Store> {
        let store = Self::connect(options).await?;
        store.migrate(options.migrations).await?;
        Ok(store)
    }

    /// Brings the schema up to date, or checks that it is.
    ///
    /// # Errors
    ///
    /// [`super::Error::NewerSchema`] if it needs a newer binary, [`super::Error::OlderSchema`] if it is behind
    /// and may not be changed, [`super::Error::Migration`] if a migration fails.
    pub async fn migrate(&self, migrations: Migrations) -> Result<()> {
        migrate::run(self, migrations).await
    }

    /// Opens the database as it is, for looking at its schema.
    ///
    /// # Errors
    ///
    /// As [`Store::open`], but for the migrations.
    pub async fn connect(options: &OpenOptions) -> Result<Store> {
        let (pool, owner) = match &options.address {
            Address::Sqlite(path) => {
                let owner = OwnerLock::take(path)?;
                refuse_backup(path, options.timeout).await?;
                make_private(path)?;
                (open_sqlite(path, options.timeout).await?, Some(owner))
            }
            Address::Postgres(url) => {
                let hosts = Hosts::open(url, set_up(options)).await?;
                (Pool::Postgres(Arc::new(hosts)), None)
            }
        };
        // Where one process owns the file, nobody else can change anything.
        let lease = if owner.is_some() { Lease::forever() } else { Lease::none() };
        let database = Database::new(pool, options.timeout);
        if let Pool::Postgres(hosts) = &database.pool {
            hosts.watch(database.closing());
        }
        let cache = Arc::new(Cache::new(options.cache, lease));
        let feed = Feed::new(options.node, &database, &cache);
        let queue = Arc::new(TokenQueue::default());
        let reader = Reader::start(&database, &cache, &queue);
        let writer = Arc::new(Writer::start(&database, &cache, &feed));
        let inner = Inner {
            database,
            cache,
            queue,
            reader,
            writer,
            feed,
            stateless: None,
            name: options.name.clone(),
            _owner: owner,
        };
        Ok(Store(Arc::new(inner)))
    }
}

/// Refuses a backup, before anything in it changes.
async fn refuse_backup(path: &Path, timeout: Duration) -> Result<()> {
    if fs::metadata(path).map_or(0, |file| file.len()) == 0 {
        return Ok(());
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(timeout)
        .disable_statement_logging();
    let mut file = within(timeout, options.connect()).await?;
    let sql = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'backup'";
    let marks: i64 = within(timeout, sqlx::query_scalar(sql).fetch_one(&mut file)).await?;
    file.close().await?;
    if marks == 0 { Ok(()) } else { Err(Error::Backup(path.to_owned())) }
}

async fn open_sqlite(path: &PathBuf, timeout: Duration) -> Result<Pool> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL could undo an acknowledged revocation when the power fails.
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", SQLITE_JOURNAL_LIMIT)
        .busy_timeout(timeout)
        .disable_statement_logging();
    // The writer comes first: it makes the file and turns it to WAL mode.
    let write = sqlite_pool(1, timeout).connect_with(options.clone());
    let write = within(timeout, write).await?;
    let read = sqlite_pool(SQLITE_READERS, timeout).connect_with(options);
    Ok(Pool::Sqlite { write, read: within(timeout, read).await?, file: DatabaseFile::at(path)? })
}

/// Idle connections stay: opening one costs more than keeping it.
fn sqlite_pool(connections: u32, timeout: Duration) -> SqlitePoolOptions {
    PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(timeout)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}

/// How connections to PostgreSQL are set up.
fn set_up(options: &OpenOptions) -> SetUp {
    let pool = PgPoolOptions::new()
        .max_connections(options.connections.saturating_sub(BESIDE_THE_POOL).max(1))
        .acquire_timeout(options.timeout)
        // A ping before every statement would cost a third of a look-up. Only a connection that lay
        // idle for a while may have lost its server.
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(
                async move { Ok(state.idle_for < IDLE_TRUST || connection.ping().await.is_ok()) },
            )
        })
        .after_connect(|connection, _| Box::pin(wait_for_the_disk(connection)));
    SetUp { options: postgres_options, pool, timeout: options.timeout }
}

fn postgres_options(options: PgConnectOptions, timeout: Duration) -> PgConnectOptions {
    let limit = timeout.as_millis().to_string();
    options
        .application_name("tessera")
        .options([
            ("statement_timeout", limit.as_str()),
            ("lock_timeout", limit.as_str()),
            // A node that stops in the middle of a transaction must not hold its rows for ever.
            ("idle_in_transaction_session_timeout", limit.as_str()),
            // No statement here runs for long enough to be worth compiling.
            ("jit", "off"),
        ])
        .disable_statement_logging()
}

/// Lets a commit return once it is on disk, where the database is set not to wait for that. A
/// setting that waits for still more, such as for a standby, stays.
pub(super) async fn wait_for_the_disk(connection: &mut PgConnection) -> sqlx::Result<()> {
    let sql = "SELECT set_config('synchronous_commit', 'on', false)
               WHERE current_setting('synchronous_commit') = 'off'";
    sqlx::raw_sql(sql).execute(connection).await.map(drop)
}

impl Address {
    /// That of a file.
    pub(super) fn file(path: &Path) -> Self {
        Address::Sqlite(path.to_owned())
    }

    /// The SQLite file, if it is one.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<&PathBuf> {
        match self {
            Address::Sqlite(path) => Some(path),
            Address::Postgres(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::*;

    #[tokio::test]
    async fn an_sqlite_commit_waits_for_the_disk() {
        const FULL: i64 = 2;
        let folder = env::temp_dir().join(format!("tessera_open_{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let limit = Duration::from_secs(5);
        let opened = open_sqlite(&folder.join("tessera.db"), limit).await.unwrap();
        let Pool::Sqlite { read, write, .. } = opened else { unreachable!() };

        for pool in [read, write] {
            let synchronous: i64 =
                sqlx::query_scalar("PRAGMA synchronous").fetch_one(&pool).await.unwrap();
            let journal: String =
                sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&pool).await.unwrap();
            assert_eq!((synchronous, journal.as_str()), (FULL, "wal"));
        }
        fs::remove_dir_all(folder).unwrap();
    }
}

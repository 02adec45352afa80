//! Looking at entries from outside the server: one look for one token, which writes nothing.
//!
//! For resource servers that reach the database. Nothing is kept between two looks, so none of them
//! has to be told of a change: what was revoked before a look is revoked in it.

mod postgres;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection, SqlitePool,
    pool::PoolOptions,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use tokio::sync::RwLock;

use crate::model::{
    entry_key::EntryKey, secret::Sha256, standing::StandingEntry, timestamp::Timestamp,
};

use super::file_identity::FileIdentity;

use postgres::Servers;

/// The schema that this reader was written for: the number of its newest migration.
pub(super) const SCHEMA: i64 = 8;

/// How long a look may take, the wait for a connection included.
const LIMIT: Duration = Duration::from_secs(3);

/// How many connections there are at most.
const CONNECTIONS: u32 = 8;

const BY_HASH: &str = standing_entry!("WHERE t.reference_hash = $1 AND t.format = 'reference'");

const BY_KEY: &str = standing_entry!("WHERE t.entry_key = $1");

/// A database of tokens, open for looking. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EntryReader(Arc<Pool>);

#[derive(Debug)]
enum Pool {
    Sqlite(SqliteFile),
    Postgres(Arc<Servers>),
}

#[derive(Debug)]
struct SqliteFile {
    path: PathBuf,
    opened: RwLock<Option<(FileIdentity, SqlitePool)>>,
}

/// Why an entry could not be looked at. Nothing is known of the token then.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database is gone, slow, or answers something else than it should.
    #[error("the database of tokens cannot be read")]
    Database(#[from] sqlx::Error),
    /// Text that is no address of a database.
    #[error("{0:?} is no address of a database: it begins with postgres:// or sqlite:")]
    Address(String),
    /// The schema is one that this version must not read.
    #[error("the database has a schema that needs version {needed}; this one knows {SCHEMA}")]
    NewerSchema {
        /// The migration that a reader must know.
        needed: i64,
    },
    /// A PostgreSQL server that follows another one: what was revoked may be alive in it for a while.
    #[error("the PostgreSQL server is a standby; the entry check asks the primary")]
    Standby,
    /// None of the PostgreSQL servers is the primary; each with what it says.
    #[error("none of the PostgreSQL servers takes writes: {0}")]
    NoHost(String),
    /// An SQLite file that is a backup: what was revoked since is alive in it.
    #[error("the SQLite file is a backup, not a store")]
    Backup,
}

impl EntryReader {
    /// Opens the database at `address`, as the server's `store.url` names it, and looks once: an
    /// SQLite file read-only, a PostgreSQL server in sessions whose transactions are. Of several
    /// hosts in one address the one that takes writes is asked. It is looked for here, after a look
    /// that failed, and every two seconds, by a task that ends with the reader.
    ///
    /// # Errors
    ///
    /// [`ReadError`], for whatever keeps it from being looked at.
    pub async fn open(address: &str) -> Result<Self, ReadError> {
        let is_postgres = ["postgres://", "postgresql://"].iter().any(|s| address.starts_with(s));
        let pool = if is_postgres {
            Pool::Postgres(Servers::open(address).await?)
        } else if let Some(path) = address.strip_prefix("sqlite:") {
            let path = PathBuf::from(path.strip_prefix("//").unwrap_or(path));
            Pool::Sqlite(SqliteFile { path, opened: RwLock::new(None) })
        } else {
            // What stands before a colon is a scheme, never a password.
            let scheme = address.split(':').next().unwrap_or_default();
            return Err(ReadError::Address(scheme.chars().take(40).collect()));
        };
        let reader = Self(Arc::new(pool));
        // Whoever may not read the tables learns so at the start, not with the first request.
        reader.find_by_key(EntryKey::floor(Timestamp(0))).await?;
        Ok(reader)
    }

    /// The entry of the plain reference token with this hash.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if nothing is known.
    pub async fn find_by_hash(&self, hash: &Sha256) -> Result<Option<StandingEntry>, ReadError> {
        let look = async {
            match &*self.0 {
                Pool::Sqlite(file) => {
                    let query = sqlx::query_as(BY_HASH).bind(hash.as_bytes());
                    Ok(query.fetch_optional(&file.pool().await?).await?)
                }
                Pool::Postgres(servers) => {
                    let query = || sqlx::query_as(BY_HASH).bind(hash.as_bytes());
                    servers.ask(|pool| async move { query().fetch_optional(&pool).await }).await
                }
            }
        };
        within(look).await
    }

    /// The entry with this key.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if nothing is known.
    pub async fn find_by_key(&self, key: EntryKey) -> Result<Option<StandingEntry>, ReadError> {
        let look = async {
            match &*self.0 {
                Pool::Sqlite(file) => {
                    let query = sqlx::query_as(BY_KEY).bind(key);
                    Ok(query.fetch_optional(&file.pool().await?).await?)
                }
                Pool::Postgres(servers) => {
                    let query = || sqlx::query_as(BY_KEY).bind(key);
                    servers.ask(|pool| async move { query().fetch_optional(&pool).await }).await
                }
            }
        };
        within(look).await
    }
}

impl SqliteFile {
    /// The connections to the file that is at the path now. After a restore it is another one, and
    /// in the one before, what was revoked since would be alive.
    async fn pool(&self) -> Result<SqlitePool, ReadError> {
        let there = FileIdentity::at(&self.path).map_err(sqlx::Error::Io)?;
        let fits = |opened: &Option<(FileIdentity, SqlitePool)>| {
            opened.as_ref().filter(|(file, _)| *file == there).map(|(_, pool)| pool.clone())
        };
        if let Some(pool) = fits(&*self.opened.read().await) {
            return Ok(pool);
        }
        let mut opened = self.opened.write().await;
        if let Some(pool) = fits(&opened) {
            return Ok(pool);
        }
        let pool = open_sqlite(&self.path).await?;
        if FileIdentity::at(&self.path).map_err(sqlx::Error::Io)? != there {
            let text = "another file took the place of the database";
            return Err(sqlx::Error::Io(io::Error::other(text)).into());
        }
        if let Some((_, old)) = opened.replace((there, pool.clone())) {
            tokio::spawn(async move { old.close().await });
        }
        Ok(pool)
    }
}

async fn open_sqlite(path: &Path) -> Result<SqlitePool, ReadError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .create_if_missing(false)
        .busy_timeout(LIMIT)
        .disable_statement_logging();
    // The pool would try until its time is over, and then keep to itself why it failed.
    let mut file = SqliteConnection::connect_with(&options).await?;
    let sql = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'backup'";
    let marks: i64 = sqlx::query_scalar(sql).fetch_one(&mut file).await?;
    if marks > 0 {
        return Err(ReadError::Backup);
    }
    let needed = sqlx::query_scalar(OLDEST_SCHEMA).fetch_one(&mut file).await?;
    refuse_newer(needed)?;
    file.close().await?;
    let pool: SqlitePoolOptions = PoolOptions::new();
    Ok(pool
        .max_connections(CONNECTIONS)
        .acquire_timeout(LIMIT)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                let needed = sqlx::query_scalar(OLDEST_SCHEMA).fetch_one(connection).await?;
                refuse_newer(needed).map_err(as_configuration)
            })
        })
        .connect_lazy_with(options))
}

const OLDEST_SCHEMA: &str = "SELECT oldest_schema FROM instance WHERE id = 1";

fn refuse_newer(needed: i64) -> Result<(), ReadError> {
    if needed > SCHEMA { Err(ReadError::NewerSchema { needed }) } else { Ok(()) }
}

/// What a pool takes for a reason.
fn as_configuration(error: ReadError) -> sqlx::Error {
    match error {
        ReadError::Database(error) => error,
        other => sqlx::Error::Configuration(Box::new(other)),
    }
}

/// Waits for a look at most [`LIMIT`].
async fn within<T>(look: impl Future<Output = Result<T, ReadError>>) -> Result<T, ReadError> {
    let late = || Err(sqlx::Error::PoolTimedOut.into());
    tokio::time::timeout(LIMIT, look).await.unwrap_or_else(|_| late())
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::*;

    #[test]
    fn it_knows_the_newest_schema() {
        assert_eq!(SCHEMA, crate::store::migrate::newest_known());
    }
}

//! The one row about the database as a whole, and facts about it for operators.

use crate::model::timestamp::Timestamp;

use super::{Error, HostFacts, Result, Store, database::Pool, engine::Handle, migrate};

/// What an operator wants to know of a store.
#[derive(Debug, Clone)]
pub struct StoreFacts {
    /// `SQLite` or `PostgreSQL`, with its version; `none` where there is no store.
    pub engine: String,
    /// The newest migration applied.
    pub schema: i64,
    /// The newest migration that this binary knows.
    pub newest_known: i64,
    /// Rows in the token table: exact below the count limit, else the engine's estimate.
    pub entries: i64,
    /// Whether `entries` is an estimate.
    pub is_estimate: bool,
    /// Bytes of the whole database on disk.
    pub bytes: i64,
}

/// Up to how many entries are counted one by one.
const COUNT_LIMIT: i64 = 10_000;

impl Handle {
    /// Reads something.
    pub(super) async fn ping(&mut self) -> Result<()> {
        self.query("SELECT id FROM instance WHERE id = 1").fetch_value::<i64>().await.map(drop)
    }

    /// The generation of the whole server: entries of an older one are dead.
    pub(super) async fn generation(&mut self) -> Result<i64> {
        self.query("SELECT generation FROM instance WHERE id = 1").fetch_value().await
    }

    /// Keeps everybody else who applies a declared state waiting until the transaction ends: of
    /// two at once, one comes first and the other sees what it did.
    pub async fn hold_declared_state(&mut self) -> Result<()> {
        self.touch().await
    }

    /// Writes something that changes nothing.
    pub(super) async fn touch(&mut self) -> Result<()> {
        self.query("UPDATE instance SET id = 1 WHERE id = 1").execute().await.map(drop)
    }
}

impl Store {
    /// The newest migration applied; 0 for an empty database.
    ///
    /// # Errors
    ///
    /// [`super::Error::Unavailable`] if it cannot be reached.
    pub async fn schema(&self) -> Result<i64> {
        migrate::applied(self).await
    }

    /// Looks at the store as a whole.
    ///
    /// # Errors
    ///
    /// [`super::Error::Unavailable`] if it cannot be reached.
    pub async fn facts(&self) -> Result<StoreFacts> {
        let newest_known = migrate::newest_known();
        if self.is_disabled() {
            let (engine, schema, entries) = ("none".to_owned(), 0, 0);
            let (is_estimate, bytes) = (false, 0);
            return Ok(StoreFacts { engine, schema, newest_known, entries, is_estimate, bytes });
        }
        let schema = migrate::applied(self).await?;
        let engine = match self.0.database.pool {
            Pool::Sqlite { .. } => "SELECT 'SQLite ' || sqlite_version()",
            Pool::Postgres(_) => "SELECT 'PostgreSQL ' || current_setting('server_version')",
            Pool::None => return Err(Error::Disabled),
        };
        let bytes = self.bytes().await?;
        let mut handle = self.read().await?;
        let engine = handle.query(engine).fetch_value().await?;
        let (entries, is_estimate) =
            if schema == 0 { (0, false) } else { self.count_entries(&mut handle).await? };
        Ok(StoreFacts { engine, schema, newest_known, entries, is_estimate, bytes })
    }

    /// The bytes of the whole database on disk.
    ///
    /// # Errors
    ///
    /// [`super::Error::Unavailable`] if it cannot be reached.
    pub async fn bytes(&self) -> Result<i64> {
        let sql = match self.0.database.pool {
            Pool::Sqlite { .. } => {
                "SELECT CAST(page_count * page_size AS BIGINT)
                 FROM pragma_page_count(), pragma_page_size()"
            }
            Pool::Postgres(_) => "SELECT pg_database_size(current_database())",
            Pool::None => return Err(Error::Disabled),
        };
        self.read().await?.query(sql).fetch_value().await
    }

    /// Which host is used, where one is chosen that takes writes: its name and port.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        match &self.0.database.pool {
            Pool::Sqlite { .. } | Pool::None => None,
            Pool::Postgres(hosts) => hosts.chosen(),
        }
    }

    /// Asks every host of which one is chosen, in the order of the address. Nothing where there is
    /// no choice.
    pub async fn hosts(&self) -> Vec<HostFacts> {
        match &self.0.database.pool {
            Pool::Sqlite { .. } | Pool::None => Vec::new(),
            Pool::Postgres(hosts) => hosts.facts().await,
        }
    }

    /// What the database takes for the time. `None` where it has no clock of its own.
    ///
    /// # Errors
    ///
    /// [`super::Error::Unavailable`] if it cannot be reached.
    pub async fn clock(&self) -> Result<Option<Timestamp>> {
        if self.is_sqlite() || self.is_disabled() {
            return Ok(None);
        }
        let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
        self.read().await?.query(sql).fetch_value().await.map(Some)
    }

    async fn count_entries(&self, handle: &mut Handle) -> Result<(i64, bool)> {
        let exact: i64 = handle
            .query("SELECT COUNT(*) FROM (SELECT entry_key FROM tokens LIMIT $1) AS counted")
            .bind(COUNT_LIMIT + 1)
            .fetch_value()
            .await?;
        if exact <= COUNT_LIMIT {
            return Ok((exact, false));
        }
        let estimate = match self.0.database.pool {
            // SQLite keeps no statistics unless asked; walking the smallest index is its cheapest.
            Pool::Sqlite { .. } => return Ok((Self::count_all(handle).await?, false)),
            Pool::Postgres(_) => {
                "SELECT CAST(GREATEST(reltuples, 0) AS BIGINT) FROM pg_class
                 WHERE oid = 'tokens'::regclass"
            }
            Pool::None => return Err(Error::Disabled),
        };
        let estimate: i64 = handle.query(estimate).fetch_value().await?;
        Ok((estimate.max(exact), true))
    }

    async fn count_all(handle: &mut Handle) -> Result<i64> {
        handle.query("SELECT COUNT(*) FROM tokens").fetch_value().await
    }
}

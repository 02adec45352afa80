//! A connection of a move's own: what it runs takes longer than any request may.

use std::{io, path::Path, time::Duration};

use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row, SqliteConnection,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    super::{
        Address, Error,
        database::{Database, Pool},
        hosts::options,
        open::wait_for_the_disk,
        settle::within,
    },
    obstacle::{Obstacle, Outcome},
    row::{Block, Tally},
    schema,
};

/// What PostgreSQL lists these connections under, so that nobody takes them for a server's.
const NAME: &str = "tessera db";

/// How many rows SQLite may read ahead.
const READ_AHEAD: usize = 512;

/// The page cache while a file is built, in KiB, as SQLite takes it.
const BUILDING_CACHE: &str = "-65536";

/// A connection to either engine.
pub(super) enum Link {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// How an SQLite file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// To be read, beside whoever writes.
    Read,
    /// To be read, as one that nobody writes: also where nothing can be written.
    ReadAtRest,
    /// To be read by its owner, who leaves nothing beside it.
    Own,
    /// To be changed, as one that has to survive.
    Change,
    /// To be filled, as one that is thrown away should that fail.
    Build,
}

impl Link {
    /// Opens the store at `address`, to be read on SQLite.
    pub(super) async fn open(address: &Address, limit: Duration) -> Outcome<Self> {
        match address {
            Address::Sqlite(path) => Self::open_file(path, Mode::Read, limit).await,
            Address::Postgres(url) => Self::connect(options(url, limit).await?, limit).await,
        }
    }

    /// Opens an SQLite file that is there.
    pub(super) async fn open_file(path: &Path, mode: Mode, limit: Duration) -> Outcome<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(limit)
            .row_buffer_size(READ_AHEAD)
            .disable_statement_logging();
        let options = match mode {
            Mode::Read => options.read_only(true),
            Mode::Own => options,
            Mode::ReadAtRest => options.read_only(true).immutable(true),
            Mode::Change => {
                options.journal_mode(SqliteJournalMode::Delete).synchronous(SqliteSynchronous::Full)
            }
            Mode::Build => options
                .journal_mode(SqliteJournalMode::Off)
                .synchronous(SqliteSynchronous::Off)
                .pragma("cache_size", BUILDING_CACHE),
        };
        Ok(Self::Sqlite(within(limit, options.connect()).await?))
    }

    /// Opens another connection to the same database, to be read on SQLite.
    pub(super) async fn of(database: &Database) -> Outcome<Self> {
        match &database.pool {
            Pool::Sqlite { file, .. } => {
                Self::open_file(file.path(), Mode::Read, database.timeout).await
            }
            Pool::Postgres(hosts) => {
                let options = (*hosts.pool().connect_options()).clone();
                Self::connect(options, database.timeout).await
            }
            Pool::None => Err(Error::Disabled.into()),
        }
    }

    async fn connect(options: PgConnectOptions, limit: Duration) -> Outcome<Self> {
        let options = options
            .application_name(NAME)
            .options([
                ("statement_timeout", "0"),
                ("idle_in_transaction_session_timeout", "0"),
                // Whoever has the turn stands idle meanwhile.
                ("idle_session_timeout", "0"),
                ("lock_timeout", &limit.as_millis().to_string()),
            ])
            .disable_statement_logging();
        let mut server = within(limit, options.connect()).await?;
        wait_for_the_disk(&mut server).await?;
        Ok(Self::Postgres(server))
    }

    /// Runs statements that return nothing.
    pub(super) async fn run(&mut self, sql: impl Into<String>) -> Outcome<u64> {
        let sql = AssertSqlSafe(sql.into());
        Ok(match self {
            Self::Sqlite(file) => sqlx::raw_sql(sql).execute(file).await?.rows_affected(),
            Self::Postgres(server) => sqlx::raw_sql(sql).execute(server).await?.rows_affected(),
        })
    }

    /// The one number that a statement returns.
    pub(super) async fn number(&mut self, sql: impl Into<String>) -> Outcome<i64> {
        let sql = AssertSqlSafe(sql.into());
        Ok(match self {
            Self::Sqlite(file) => sqlx::query_scalar(sql).fetch_one(file).await?,
            Self::Postgres(server) => sqlx::query_scalar(sql).fetch_one(server).await?,
        })
    }

    /// The texts that a statement returns, one a row.
    pub(super) async fn texts(&mut self, sql: impl Into<String>) -> Outcome<Vec<String>> {
        let sql = AssertSqlSafe(sql.into());
        Ok(match self {
            Self::Sqlite(file) => sqlx::query_scalar(sql).fetch_all(file).await?,
            Self::Postgres(server) => sqlx::query_scalar(sql).fetch_all(server).await?,
        })
    }

    /// The one value of bytes that a statement returns, which may be none.
    pub(super) async fn bytes(&mut self, sql: &'static str) -> Outcome<Option<Vec<u8>>> {
        Ok(match self {
            Self::Sqlite(file) => sqlx::query_scalar(sql).fetch_one(file).await?,
            Self::Postgres(server) => sqlx::query_scalar(sql).fetch_one(server).await?,
        })
    }

    /// Begins to read the store as it is at this moment, whatever is written meanwhile.
    ///
    /// # Errors
    ///
    /// [`Obstacle::Turn`] while another replaces it, [`Obstacle::Hollow`].
    pub(super) async fn begin_snapshot(&mut self) -> Outcome<()> {
        match self {
            Self::Sqlite(_) => self.run("BEGIN").await?,
            Self::Postgres(_) => {
                self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
                // Before the first look: a look from before a TRUNCATE that we have to wait for
                // finds neither the rows that went nor those that came.
                self.run(schema::hold_all()).await.map_err(|error| match error {
                    Obstacle::Store(error) if error.is_lock_timeout() => Obstacle::Turn,
                    other => other,
                })?
            }
        };
        // The moment is that of the first look.
        schema::refuse_hollow(self).await
    }

    /// How many bytes the database takes.
    pub(super) async fn bytes_on_disk(&mut self) -> Outcome<i64> {
        self.number(match self {
            Self::Sqlite(_) => {
                "SELECT CAST(page_count * page_size AS BIGINT)
                 FROM pragma_page_count(), pragma_page_size()"
            }
            Self::Postgres(_) => "SELECT pg_database_size(current_database())",
        })
        .await
    }

    /// Has SQLite write all that it holds at one moment to another file, which is empty.
    pub(super) async fn write_file(&mut self, path: &Path) -> Outcome<()> {
        let Self::Sqlite(file) = self else { return Err(Obstacle::Missing) };
        let no_text = || io::Error::other("its name is no UTF-8 text");
        let name = path.to_str().ok_or_else(|| Obstacle::File(path.to_owned(), no_text()))?;
        sqlx::query("VACUUM INTO $1").bind(name).execute(file).await?;
        Ok(())
    }

    /// Counts the rows of a table of an SQLite file, and what they hold, whatever its columns.
    pub(super) async fn tally(&mut self, table: &str) -> Outcome<Tally> {
        let Self::Sqlite(file) = self else { return Err(Obstacle::Missing) };
        let (mut block, mut tally) = (Block::default(), Tally::default());
        let select = format!("SELECT * FROM \"{}\"", table.replace('"', "\"\""));
        let mut rows = sqlx::query(AssertSqlSafe(select)).fetch(file);
        while let Some(row) = rows.try_next().await? {
            block.begin(row.len());
            for index in 0..row.len() {
                // Whatever SQLite holds it can show as bytes, also where that does not belong.
                block.field(row.try_get_unchecked::<Option<&[u8]>, _>(index)?);
            }
            block.end();
            if block.is_full() {
                tally.count(&block);
                block.clear();
            }
        }
        tally.count(&block);
        Ok(tally)
    }

    /// The name of the engine.
    pub(super) fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    pub(super) fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Closes it, after what was begun.
    pub(super) async fn close(self) -> Outcome<()> {
        match self {
            Self::Sqlite(file) => file.close().await?,
            Self::Postgres(server) => server.close().await?,
        }
        Ok(())
    }
}

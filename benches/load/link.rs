//! Our own way into a database, past the server: for filling it and for counting.

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{Result, database::Engine};

/// A connection to a database of either engine. Statements number their parameters `$1`, `$2` ….
pub enum Link {
    /// To an SQLite file.
    Sqlite(SqliteConnection),
    /// To PostgreSQL.
    Postgres(PgConnection),
}

impl Link {
    /// Connects to the database at `url`, as `store.url` has it. While this writes to an SQLite
    /// file, no server may have it open.
    pub async fn open(url: &str) -> Result<Self> {
        let Some(path) = url.strip_prefix("sqlite:") else {
            return Ok(Self::Postgres(PgConnection::connect(url).await?));
        };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // Whoever writes here waits for the disk in the end.
            .synchronous(SqliteSynchronous::Off)
            .pragma("cache_size", "-524288")
            .disable_statement_logging();
        Ok(Self::Sqlite(options.connect().await?))
    }

    /// The engine on the other side.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs a statement, and returns how many rows it touched.
    pub async fn execute(&mut self, sql: &'static str, numbers: &[i64]) -> Result<u64> {
        Ok(match self {
            Self::Sqlite(connection) => {
                let query =
                    numbers.iter().fold(sqlx::query(sql), |query, number| query.bind(*number));
                query.execute(connection).await?.rows_affected()
            }
            Self::Postgres(connection) => {
                let query =
                    numbers.iter().fold(sqlx::query(sql), |query, number| query.bind(*number));
                query.execute(connection).await?.rows_affected()
            }
        })
    }

    /// Runs a statement that was put together.
    pub async fn run(&mut self, sql: &str, numbers: &[i64]) -> Result<()> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(connection) => {
                let query =
                    numbers.iter().fold(sqlx::query(sql), |query, number| query.bind(*number));
                query.execute(connection).await?;
            }
            Self::Postgres(connection) => {
                let query =
                    numbers.iter().fold(sqlx::query(sql), |query, number| query.bind(*number));
                query.execute(connection).await?;
            }
        }
        Ok(())
    }

    /// Asks for one number.
    pub async fn number(&mut self, sql: &'static str, numbers: &[i64]) -> Result<i64> {
        Ok(match self {
            Self::Sqlite(connection) => {
                let query = sqlx::query_scalar(sql);
                let query = numbers.iter().fold(query, |query, number| query.bind(*number));
                query.fetch_one(connection).await?
            }
            Self::Postgres(connection) => {
                let query = sqlx::query_scalar(sql);
                let query = numbers.iter().fold(query, |query, number| query.bind(*number));
                query.fetch_one(connection).await?
            }
        })
    }

    /// Closes it in good order.
    pub async fn close(self) -> Result<()> {
        match self {
            Self::Sqlite(connection) => connection.close().await?,
            Self::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }
}

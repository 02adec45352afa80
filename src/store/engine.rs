//! The seam between our SQL and the two engines.
//!
//! Every statement of this crate is written once, in the dialect that both engines share, and runs
//! through [`Statement`]. A bound on two *named* engines carries along as supertraits ([`Value`],
//! [`Record`]); a bound on any engine would have to be repeated at every function.

use std::sync::Arc;

use sqlx::{
    Arguments, Encode, FromRow, PgConnection, Postgres, Sqlite, SqliteConnection, Type,
    pool::PoolConnection,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{
    Result,
    batch::Batch,
    database::{Database, Purpose},
    settle::settle,
};

/// A borrowed connection, on either engine.
pub(super) enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// A borrowed connection and whether it can be lent again.
///
/// A statement that was cut short (by its time limit, or because its caller went away) leaves a
/// connection in an unknown state. Such a connection is closed, not put back.
pub struct Handle {
    pub(super) connection: Connection,
    pub(super) database: Arc<Database>,
    /// The number of the host that it leads to.
    pub(super) host: u64,
    pub(super) purpose: Purpose,
    pub(super) settled: bool,
    pub(super) in_transaction: bool,
    /// Whether it was set up for groups, and so is of no use to others.
    pub(super) is_kept: bool,
}

/// One statement and its arguments, ready to run on the engine that is open.
pub(super) struct Statement<'h> {
    sql: &'static str,
    arguments: Bound,
    handle: &'h mut Handle,
}

enum Bound {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

/// A value that both engines can store.
pub(super) trait Value<'q>:
    Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres>
{
}

/// A struct that both engines can read from a row.
pub(super) trait Record:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<'q, T> Value<'q> for T where
    T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres>
{
}

impl<T> Record for T where
    T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl Handle {
    pub(super) fn query(&mut self, sql: &'static str) -> Statement<'_> {
        let arguments = match self.connection {
            Connection::Sqlite(_) => Bound::Sqlite(SqliteArguments::default()),
            Connection::Postgres(_) => Bound::Postgres(PgArguments::default()),
        };
        Statement { sql, arguments, handle: self }
    }

    /// Runs a statement that has no arguments and no rows, such as `BEGIN`.
    pub(super) async fn control(&mut self, sql: &'static str) -> Result<()> {
        self.query(sql).execute().await.map(drop)
    }

    /// Begins a transaction.
    pub(super) async fn begin(&mut self) -> Result<()> {
        // SQLite's plain BEGIN would take the write lock too late and fail instead of waiting.
        let begin = if self.database.is_sqlite() { "BEGIN IMMEDIATE" } else { "BEGIN" };
        self.control(begin).await?;
        self.in_transaction = true;
        Ok(())
    }

    /// Ends a transaction by `COMMIT` or `ROLLBACK`.
    pub(super) async fn end(&mut self, how: &'static str) -> Result<()> {
        self.control(how).await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Runs a statement about many rows, and returns the rows that it returns.
    pub(super) async fn batch<R: Record>(&mut self, batch: Batch) -> Result<Vec<R>> {
        match self.connection {
            Connection::Sqlite(_) => {
                let mut all = Vec::new();
                for (sql, arguments) in batch.into_values() {
                    let arguments = Bound::Sqlite(arguments);
                    all.extend(Statement { sql, arguments, handle: self }.fetch_all().await?);
                }
                Ok(all)
            }
            Connection::Postgres(_) => {
                let (sql, arguments) = batch.into_arrays();
                let arguments = Bound::Postgres(arguments);
                Statement { sql, arguments, handle: self }.fetch_all().await
            }
        }
    }

    /// Runs a statement about many rows, and returns how many it touched.
    pub(super) async fn execute_batch(&mut self, batch: Batch) -> Result<u64> {
        match self.connection {
            Connection::Sqlite(_) => {
                let mut rows = 0;
                for (sql, arguments) in batch.into_values() {
                    let arguments = Bound::Sqlite(arguments);
                    rows += Statement { sql, arguments, handle: self }.execute().await?;
                }
                Ok(rows)
            }
            Connection::Postgres(_) => {
                let (sql, arguments) = batch.into_arrays();
                let arguments = Bound::Postgres(arguments);
                Statement { sql, arguments, handle: self }.execute().await
            }
        }
    }

    /// Whether a batch is one statement on this engine, which then commits by itself.
    pub(super) fn commits_alone(&self, batch: &Batch) -> bool {
        !self.database.is_sqlite() || batch.is_single()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let is_clean = self.settled && !self.in_transaction && !self.is_kept;
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                if !is_clean {
                    connection.close_on_drop();
                }
            }
            Connection::Postgres(connection) => {
                // The pool asks the server for a sign of life first, and would wait for it as long
                // as TCP does. A return that is dropped closes the connection and frees its place.
                let giving_back = connection.return_to_pool();
                if is_clean {
                    tokio::spawn(tokio::time::timeout(self.database.timeout, giving_back));
                }
            }
        }
    }
}

impl Statement<'_> {
    /// Binds the next `$n`.
    ///
    /// # Panics
    ///
    /// If the value cannot be encoded, which none of our column types can bring about.
    pub(super) fn bind<'q>(mut self, value: impl Value<'q>) -> Self {
        match &mut self.arguments {
            Bound::Sqlite(arguments) => arguments.add(value),
            Bound::Postgres(arguments) => arguments.add(value),
        }
        .expect("our column types always encode");
        self
    }

    /// Runs the statement and returns the number of rows it touched.
    pub(super) async fn execute(self) -> Result<u64> {
        let Self { sql, arguments, handle } = self;
        let Handle { connection, database, host, settled, purpose, in_transaction, .. } = handle;
        let work = async {
            match split(connection, arguments) {
                Split::Sqlite(c, arguments) => {
                    Ok(sqlx::query_with(sql, arguments).execute(c).await?.rows_affected())
                }
                Split::Postgres(c, arguments) => {
                    Ok(sqlx::query_with(sql, arguments).execute(c).await?.rows_affected())
                }
            }
        };
        let outcome = settle(settled, (database, *host), sql, work).await;
        // What is not committed yet, or touched nothing, says nothing of the disk.
        let says_something = match outcome {
            Ok(rows) => rows > 0 && !*in_transaction,
            Err(_) => true,
        };
        if *purpose == Purpose::Write && says_something {
            database.note_write(&outcome);
        }
        outcome
    }

    /// Runs the statement and returns its first row, if there is one.
    pub(super) async fn fetch_optional<R: Record>(self) -> Result<Option<R>> {
        let Self { sql, arguments, handle } = self;
        let Handle { connection, database, host, settled, .. } = handle;
        let work = async {
            match split(connection, arguments) {
                Split::Sqlite(c, arguments) => {
                    sqlx::query_as_with(sql, arguments).fetch_optional(c).await
                }
                Split::Postgres(c, arguments) => {
                    sqlx::query_as_with(sql, arguments).fetch_optional(c).await
                }
            }
        };
        settle(settled, (database, *host), sql, work).await
    }

    /// Runs the statement and returns its rows.
    pub(super) async fn fetch_all<R: Record>(self) -> Result<Vec<R>> {
        let Self { sql, arguments, handle } = self;
        let Handle { connection, database, host, settled, .. } = handle;
        let work = async {
            match split(connection, arguments) {
                Split::Sqlite(c, arguments) => {
                    sqlx::query_as_with(sql, arguments).fetch_all(c).await
                }
                Split::Postgres(c, arguments) => {
                    sqlx::query_as_with(sql, arguments).fetch_all(c).await
                }
            }
        };
        settle(settled, (database, *host), sql, work).await
    }

    /// Runs the statement and returns the one value of its one row.
    pub(super) async fn fetch_value<V>(self) -> Result<V>
    where
        (V,): Record,
    {
        let row: Option<(V,)> = self.fetch_optional().await?;
        Ok(row.ok_or(sqlx::Error::RowNotFound)?.0)
    }
}

enum Split<'c> {
    Sqlite(&'c mut SqliteConnection, SqliteArguments),
    Postgres(&'c mut PgConnection, PgArguments),
}

fn split(connection: &mut Connection, arguments: Bound) -> Split<'_> {
    match (connection, arguments) {
        (Connection::Sqlite(connection), Bound::Sqlite(arguments)) => {
            Split::Sqlite(connection, arguments)
        }
        (Connection::Postgres(connection), Bound::Postgres(arguments)) => {
            Split::Postgres(connection, arguments)
        }
        _ => unreachable!("a statement's arguments are made for its own connection"),
    }
}

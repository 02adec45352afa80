//! Runs refinery's migrations over our own connection, so that no second driver is linked.
//!
//! refinery takes no lock: of two servers that start at once on an empty database one would die.
//! On PostgreSQL an advisory lock gives turns; on SQLite one process owns the file.

use refinery_core::{
    AsyncMigrate, Migration,
    traits::r#async::{AsyncQuery, AsyncTransaction},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Error, Migrations, Result, Store, database::Pool, settle::within};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The number of the advisory lock: the letters of the name, so that it is ours alone.
pub(super) const START_UP_LOCK: i64 = 0x0074_6573_7365_7261;

/// The newest migration that this binary knows.
pub(super) fn newest_known() -> i64 {
    let migrations = embedded::migrations::runner();
    migrations.get_migrations().iter().map(|m| i64::from(m.version())).max().unwrap_or(0)
}

/// Brings the schema up to date, or checks that it is. Safe to run again, and by several servers
/// at once.
pub(super) async fn run(store: &Store, migrations: Migrations) -> Result<()> {
    let turn = take_turn(store).await?;
    let outcome = run_in_turn(store, migrations).await;
    if let Some(turn) = turn {
        // The lock is the session's. One that cannot be told to end ends with its connection.
        let _ = turn.close().await;
    }
    outcome
}

/// As [`run`], for whoever has the turn.
pub(super) async fn run_in_turn(store: &Store, migrations: Migrations) -> Result<()> {
    refuse_newer(store).await?;
    if migrations == Migrations::Check {
        let (applied, known) = (applied(store).await?, newest_known());
        return if applied < known { Err(Error::OlderSchema { applied, known }) } else { Ok(()) };
    }
    // A newer neighbour may have run migrations that this binary does not know; whether it can
    // live with them is what the schema row says.
    let runner = embedded::migrations::runner().set_abort_missing(false);
    runner.run_async(&mut Runner(store)).await?;
    Ok(())
}

/// The newest migration that was applied; 0 for an empty database.
pub(super) async fn applied(store: &Store) -> Result<i64> {
    if !has_table(store, "refinery_schema_history").await? {
        return Ok(0);
    }
    let sql = "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM refinery_schema_history";
    store.read().await?.query(sql).fetch_value().await
}

async fn refuse_newer(store: &Store) -> Result<()> {
    if !has_table(store, "instance").await? {
        return Ok(());
    }
    let needed: i64 =
        store.read().await?.query("SELECT oldest_schema FROM instance").fetch_value().await?;
    let known = newest_known();
    if needed > known { Err(Error::NewerSchema { needed, known }) } else { Ok(()) }
}

async fn has_table(store: &Store, name: &'static str) -> Result<bool> {
    let sql = match store.0.database.pool {
        Pool::Sqlite { .. } => "SELECT name FROM sqlite_master WHERE type = 'table' AND name = $1",
        Pool::Postgres(_) => {
            "SELECT table_name::text FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_name = $1"
        }
        Pool::None => return Err(Error::Disabled),
    };
    let found: Option<(String,)> =
        store.read().await?.query(sql).bind(name).fetch_optional().await?;
    Ok(found.is_some())
}

/// Waits until no other server migrates, on a connection beside the pool's, which may be but one.
async fn take_turn(store: &Store) -> Result<Option<PgConnection>> {
    let Pool::Postgres(hosts) = &store.0.database.pool else { return Ok(None) };
    let options = hosts.pool().connect_options();
    let mut turn = within(store.0.database.timeout, PgConnection::connect_with(&options)).await?;
    // A neighbour's migration may take longer than a request may.
    sqlx::query("SET statement_timeout = 0").execute(&mut turn).await?;
    sqlx::query("SET lock_timeout = 0").execute(&mut turn).await?;
    sqlx::query("SELECT pg_advisory_lock($1)").bind(START_UP_LOCK).execute(&mut turn).await?;
    Ok(Some(turn))
}

struct Runner<'s>(&'s Store);

/// Uncovers the lines that are meant for one engine, which are comments to the other.
fn for_engine(script: &str, tag: &str) -> String {
    let lines = script.lines().map(|line| match line.trim_start().strip_prefix(tag) {
        Some(uncovered) => uncovered,
        None => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

impl AsyncTransaction for Runner<'_> {
    type Error = sqlx::Error;

    async fn execute<'a, T: Iterator<Item = &'a str> + Send + 'a>(
        &'a mut self,
        scripts: T,
    ) -> Result<usize, sqlx::Error> {
        let tag = if self.0.is_sqlite() { "--sqlite:" } else { "--postgres:" };
        let scripts: Vec<String> = scripts
            .map(|script| format!("{};", for_engine(script, tag).trim_end().trim_end_matches(';')))
            .collect();
        let script = scripts.join("\n");
        match &self.0.0.database.pool {
            Pool::Sqlite { write, .. } => {
                let mut transaction = write.begin_with("BEGIN IMMEDIATE").await?;
                sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut *transaction).await?;
                transaction.commit().await?;
            }
            Pool::Postgres(hosts) => {
                let mut transaction = hosts.pool().begin().await?;
                sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *transaction).await?;
                sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut *transaction).await?;
                transaction.commit().await?;
            }
            Pool::None => return Err(sqlx::Error::PoolClosed),
        }
        Ok(scripts.len())
    }
}

impl AsyncQuery<Vec<Migration>> for Runner<'_> {
    async fn query<'a>(&'a mut self, sql: &'a str) -> Result<Vec<Migration>, sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        let rows: Vec<(i32, String, String, String)> = match &self.0.0.database.pool {
            Pool::Sqlite { write, .. } => sqlx::query_as(sql).fetch_all(write).await?,
            Pool::Postgres(hosts) => sqlx::query_as(sql).fetch_all(&hosts.pool()).await?,
            Pool::None => return Err(sqlx::Error::PoolClosed),
        };
        rows.into_iter().map(read_migration).collect()
    }
}

fn read_migration(
    (version, name, applied_on, checksum): (i32, String, String, String),
) -> Result<Migration, sqlx::Error> {
    let applied_on = OffsetDateTime::parse(&applied_on, &Rfc3339)
        .map_err(|error| sqlx::Error::Decode(error.into()))?;
    let checksum = checksum.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Migration::applied(version, name, applied_on, checksum))
}

impl AsyncMigrate for Runner<'_> {}

#[cfg(test)]
mod tests {
    use super::for_engine;

    #[test]
    fn a_tagged_line_is_for_one_engine_only() {
        let script = "CREATE (\n    --sqlite: a INTEGER,\n    --postgres: a BIGINT,\n b)";

        assert_eq!(for_engine(script, "--sqlite:").lines().nth(1), Some(" a INTEGER,"));
        assert!(for_engine(script, "--sqlite:").contains("--postgres: a BIGINT"));
    }
}

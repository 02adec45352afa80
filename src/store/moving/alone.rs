//! Making sure that nobody else has a store open, and that nobody opens it meanwhile.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::{
    super::{Address, CacheOptions, Migrations, OpenOptions, Store, migrate, owner::OwnerLock},
    in_place::SILENCE,
    link::Link,
    obstacle::{Obstacle, Outcome},
    schema::has_table,
};

/// How long a server that has just ended may take to be gone from the list of connections.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often to look meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The right to be alone with a store: the lock of an SQLite file, or the turn that every start and
/// every command on PostgreSQL waits for. The turn is its session's, so what needs it is done there.
pub(super) enum Alone {
    File { owner: OwnerLock, path: PathBuf },
    Server { turn: Link },
}

impl Alone {
    /// Takes it.
    ///
    /// # Errors
    ///
    /// [`super::super::Error::Owned`], [`Obstacle::InUse`] or [`Obstacle::Turn`] if others are
    /// there.
    pub(super) async fn with(options: &OpenOptions) -> Outcome<Self> {
        if let Some(path) = options.address.sqlite_path() {
            return Ok(Self::File { owner: OwnerLock::take(path)?, path: path.clone() });
        }
        let mut turn = Link::open(&options.address, options.timeout).await?;
        take_turn(&mut turn).await?;
        refuse_company(&mut turn).await?;
        Ok(Self::Server { turn })
    }

    /// Brings the schema up to date.
    pub(super) async fn migrate(&self, options: &OpenOptions) -> Outcome<()> {
        let Self::Server { .. } = self else { return Ok(()) };
        let store = Store::connect(options).await?;
        let outcome = migrate::run_in_turn(&store, Migrations::Auto).await;
        store.close().await;
        Ok(outcome?)
    }

    /// Lets others in.
    pub(super) async fn end(self) {
        if let Self::Server { turn } = self {
            // The lock is the session's: one that cannot be told to end ends with its connection.
            let _ = turn.close().await;
        }
    }
}

/// Brings the schema of an SQLite file up to date, which may be empty.
pub(super) async fn make_file(options: &OpenOptions) -> Outcome<()> {
    Store::open(options).await?.close().await;
    Ok(())
}

/// How to open an SQLite file that is being made.
pub(super) fn options_for(path: &Path, timeout: Duration) -> OpenOptions {
    OpenOptions {
        address: Address::file(path),
        connections: 1,
        timeout,
        migrations: Migrations::Auto,
        cache: CacheOptions { enabled: false, entries: 0 },
        node: Uuid::nil(),
        name: String::new(),
    }
}

/// Waits a while for the turn; a server or command that starts has it for a moment.
async fn take_turn(link: &mut Link) -> Outcome<()> {
    let began = Instant::now();
    let lock = format!(
        "SELECT CASE WHEN pg_try_advisory_lock({}) THEN 1::bigint ELSE 0 END",
        migrate::START_UP_LOCK
    );
    while link.number(lock.clone()).await? == 0 {
        if began.elapsed() > PATIENCE {
            return Err(Obstacle::Turn);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}

/// Refuses a PostgreSQL database that servers or commands are connected to. Those that no longer
/// show as connections, behind a pooler, show by their beats.
async fn refuse_company(link: &mut Link) -> Outcome<()> {
    let began = Instant::now();
    loop {
        let connections = link
            .number(
                "SELECT COUNT(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()
                   AND application_name IN ('tessera', 'tessera listener')",
            )
            .await?;
        if connections == 0 {
            break;
        }
        if began.elapsed() > PATIENCE {
            return Err(Obstacle::InUse(format!(
                "{connections} connections of servers or commands"
            )));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let before = if has_table(link, "nodes").await? { nodes(link).await? } else { Vec::new() };
    if before.is_empty() {
        return Ok(());
    }
    tokio::time::sleep(SILENCE).await;
    let after = nodes(link).await?;
    match after.iter().filter(|node| !before.contains(node)).count() {
        0 => Ok(()),
        alive => Err(Obstacle::InUse(format!("{alive} running servers"))),
    }
}

/// The nodes in the table, and how often each has beaten.
async fn nodes(link: &mut Link) -> Outcome<Vec<String>> {
    link.texts("SELECT node_id::text || ' ' || beats::text FROM nodes").await
}

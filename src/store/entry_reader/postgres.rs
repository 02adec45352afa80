//! The PostgreSQL servers that one address names, for looks at entries.
//!
//! Where there are several, the one that takes writes is asked, as the server does: what was revoked
//! may be alive in the others for a while.

use std::{
    fmt,
    future::Future,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, PgConnection, PgPool,
    pool::PoolOptions,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep, timeout},
};

use crate::model::postgres_hosts::PostgresHosts;

use super::{
    super::host_look::{Choice, Host, look},
    CONNECTIONS, LIMIT, OLDEST_SCHEMA, ReadError, as_configuration, refuse_newer, within,
};

/// How long a connection may have lain idle and still be trusted without a sign of life.
const IDLE_TRUST: Duration = Duration::from_secs(5);

/// How long one of several servers may take before another one is looked for.
const SLOW: Duration = Duration::from_secs(1);

/// How often another one is looked for without cause: a primary of old may go on beside its
/// successor.
const NOW_AND_THEN: Duration = Duration::from_secs(2);

/// The servers, and the one that is asked.
pub(super) struct Servers {
    all: Vec<Host>,
    /// Whether one is looked for that takes writes. Otherwise the only one is used as it is.
    are_chosen_from: bool,
    in_use: RwLock<InUse>,
    /// When the last look at all of them began. Who holds it looks.
    looked: Mutex<Instant>,
}

#[derive(Clone)]
struct InUse {
    choice: Choice,
    pool: PgPool,
}

impl Servers {
    /// Finds the server to ask, and makes sure that it is one.
    pub(super) async fn open(url: &str) -> Result<Arc<Self>, ReadError> {
        let Some(hosts) = PostgresHosts::of(url) else {
            return Err(sqlx::Error::Configuration("not a PostgreSQL address".into()).into());
        };
        let all: sqlx::Result<Vec<Host>> = hosts.each().map(|url| Host::of(&url)).collect();
        let mut all = all?;
        for host in &mut all {
            // A role that only reads may be set to; that says nothing of its server.
            let options = host.options.clone().options([("default_transaction_read_only", "off")]);
            host.options = options;
        }
        let (looked, are_chosen_from) = (Instant::now(), hosts.are_chosen_from());
        let choice = if are_chosen_from {
            choose(&all, None).await?
        } else {
            Choice { host: 0, timeline: 0 }
        };
        let options = reading(&all[choice.host]);
        within(try_out(&options)).await?;
        let in_use = RwLock::new(InUse { choice, pool: pool(options) });
        let servers = Self { all, are_chosen_from, in_use, looked: Mutex::new(looked) };
        let servers = Arc::new(servers);
        servers.watch();
        Ok(servers)
    }

    /// Asks the server in use, and where that fails the one that is found to take its place.
    pub(super) async fn ask<T, F>(&self, question: impl Fn(PgPool) -> F) -> Result<T, ReadError>
    where
        F: Future<Output = sqlx::Result<T>>,
    {
        let asked = Instant::now();
        let answering = question(self.pool());
        if !self.are_chosen_from {
            return Ok(answering.await?);
        }
        if let Ok(Ok(answer)) = timeout(SLOW, answering).await {
            return Ok(answer);
        }
        self.look_again(asked).await?;
        Ok(question(self.pool()).await?)
    }

    fn pool(&self) -> PgPool {
        self.in_use.read().unwrap_or_else(PoisonError::into_inner).pool.clone()
    }

    /// Looks for the server to ask, unless somebody began to after `asked`.
    async fn look_again(&self, asked: Instant) -> Result<(), ReadError> {
        let mut looked = self.looked.lock().await;
        if *looked >= asked {
            return Ok(());
        }
        *looked = Instant::now();
        let known = self.in_use.read().unwrap_or_else(PoisonError::into_inner).choice;
        let choice = choose(&self.all, Some(known)).await?;
        if choice != known {
            let pool = pool(reading(&self.all[choice.host]));
            let mut in_use = self.in_use.write().unwrap_or_else(PoisonError::into_inner);
            let before = std::mem::replace(&mut *in_use, InUse { choice, pool });
            tokio::spawn(async move { before.pool.close().await });
        }
        Ok(())
    }

    /// Looks now and then, as long as anybody has a reader.
    fn watch(self: &Arc<Self>) {
        if !self.are_chosen_from {
            return;
        }
        let servers = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(NOW_AND_THEN).await;
                let Some(servers) = servers.upgrade() else { return };
                // Who asks next learns what is wrong.
                let _ = servers.look_again(Instant::now()).await;
            }
        });
    }
}

/// It holds passwords, and so shows nothing of itself.
impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Servers").finish_non_exhaustive()
    }
}

async fn choose(all: &[Host], known: Option<Choice>) -> Result<Choice, ReadError> {
    let seen = look(all, known, LIMIT).await;
    seen.choose(known).ok_or_else(|| ReadError::NoHost(seen.tell(all, known)))
}

/// How to connect to a server in order to read.
fn reading(host: &Host) -> PgConnectOptions {
    let limit = LIMIT.as_millis().to_string();
    host.options
        .clone()
        .application_name("tessera-entry-check")
        .options([("default_transaction_read_only", "on"), ("statement_timeout", limit.as_str())])
        .disable_statement_logging()
}

/// Connects once. The pool would try until its time is over, and then keep to itself why it failed.
async fn try_out(options: &PgConnectOptions) -> Result<(), ReadError> {
    let mut first = PgConnection::connect_with(options).await?;
    look_over(&mut first).await?;
    Ok(first.close().await?)
}

fn pool(options: PgConnectOptions) -> PgPool {
    let pool: PgPoolOptions = PoolOptions::new();
    pool.max_connections(CONNECTIONS)
        .acquire_timeout(LIMIT)
        // A ping before every look would double its cost.
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(
                async move { Ok(state.idle_for < IDLE_TRUST || connection.ping().await.is_ok()) },
            )
        })
        // A server that was a primary stays one as long as its connections live.
        .after_connect(|connection, _| {
            Box::pin(async move { look_over(connection).await.map_err(as_configuration) })
        })
        .connect_lazy_with(options)
}

/// Makes sure that a server is one to ask.
async fn look_over(connection: &mut PgConnection) -> Result<(), ReadError> {
    let sql = "SELECT pg_is_in_recovery()";
    if sqlx::query_scalar(sql).fetch_one(&mut *connection).await? {
        return Err(ReadError::Standby);
    }
    refuse_newer(sqlx::query_scalar(OLDEST_SCHEMA).fetch_one(connection).await?)
}

//! The PostgreSQL servers that one address names, and which of them is used.
//!
//! The driver knows one host. So where the address names several, all are looked at: at the start,
//! whenever the one in use gives cause for doubt, and every now and then. The one that takes writes
//! is used for everything, reads too, since a standby may know nothing yet of what was revoked.
//! When another takes its place, connections to the one before are given up, with whatever waits
//! for them.

mod lend;
mod watch;

use std::{sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions, Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{
    sync::{Notify, watch as watching},
    time::Instant,
};

use crate::model::postgres_hosts::PostgresHosts;

use super::{
    Error, NoHost, Result,
    host_look::{Choice, Host, Standing, look, look_at_all},
    settle::within,
};

pub(super) use lend::Lent;

/// How connections are set up, whichever host they lead to.
pub(super) struct SetUp {
    /// What each connection is told.
    pub(super) options: fn(PgConnectOptions, Duration) -> PgConnectOptions,
    /// The pool of them.
    pub(super) pool: PgPoolOptions,
    /// How long one request may wait.
    pub(super) timeout: Duration,
}

/// The hosts, and the one in use.
pub(super) struct Hosts {
    /// In the order of the address.
    all: Vec<Host>,
    /// Whether one is looked for that takes writes. Otherwise the only one is used as it is.
    are_chosen_from: bool,
    pool: PgPoolOptions,
    timeout: Duration,
    in_use: watching::Sender<InUse>,
    /// Told when there is cause for a look.
    doubt: Notify,
}

/// Which host is used now, and whether it can be.
#[derive(Clone)]
struct InUse {
    primary: Arc<Primary>,
    /// Why no host can be used. It may be this one again that can.
    lost: Option<NoHost>,
}

/// A host in use, and the connections to it.
pub(super) struct Primary {
    /// How many were used before it.
    pub(super) number: u64,
    pub(super) pool: PgPool,
    name: String,
    choice: Choice,
    since: Instant,
}

/// What a host says of itself, for operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFacts {
    /// Its name and port.
    pub name: String,
    /// In words.
    pub says: String,
    /// Whether it could be asked.
    pub answers: bool,
    /// Whether it runs and lets us not in.
    pub refuses: bool,
    /// Whether it takes writes.
    pub takes_writes: bool,
}

impl Hosts {
    /// Connects to the host of the address `url` that takes writes, or to its only one.
    pub(super) async fn open(url: &str, set_up: SetUp) -> Result<Self> {
        let SetUp { options, pool, timeout } = set_up;
        let (mut hosts, are_chosen_from) = read(url)?;
        for host in &mut hosts {
            host.options = options(host.options.clone(), timeout);
        }
        let choice = choose(&hosts, are_chosen_from, timeout).await?;
        let host = &hosts[choice.host];
        let opened = pool.clone().connect_with(host.options.clone());
        let primary = Primary {
            number: 0,
            pool: within(timeout, opened).await?,
            name: host.name.clone(),
            choice,
            since: Instant::now(),
        };
        let in_use = watching::Sender::new(InUse { primary: Arc::new(primary), lost: None });
        Ok(Self { all: hosts, are_chosen_from, pool, timeout, in_use, doubt: Notify::new() })
    }

    /// The connections to the host in use.
    pub(super) fn pool(&self) -> PgPool {
        self.in_use.borrow().primary.pool.clone()
    }

    /// The host in use.
    pub(super) fn primary(&self) -> Arc<Primary> {
        Arc::clone(&self.in_use.borrow().primary)
    }

    /// The name of the host in use, where it was chosen.
    pub(super) fn chosen(&self) -> Option<String> {
        self.are_chosen_from.then(|| self.primary().name.clone())
    }

    /// Whether the host of that number is in use.
    pub(super) fn is_in_use(&self, number: u64) -> bool {
        self.in_use.borrow().primary.number == number
    }

    /// Whether the host in use took the place of another less than `time` ago.
    pub(super) fn changed_within(&self, time: Duration) -> bool {
        let primary = &self.in_use.borrow().primary;
        primary.number > 0 && primary.since.elapsed() < time
    }

    /// Makes sure that a host is known that takes writes, as far as the last look tells.
    ///
    /// # Errors
    ///
    /// [`Error::NoHost`] if there was none.
    pub(super) fn are_there(&self) -> Result<()> {
        self.in_use.borrow().lost.clone().map_or(Ok(()), |why| Err(Error::NoHost(why)))
    }

    /// Asks for a look at all hosts.
    pub(super) fn doubt(&self) {
        if self.are_chosen_from {
            self.doubt.notify_one();
        }
    }

    /// What each host says of itself; nothing where there is no choice.
    pub(super) async fn facts(&self) -> Vec<HostFacts> {
        if !self.are_chosen_from {
            return Vec::new();
        }
        let told = look_at_all(&self.all, self.timeout).await;
        told.into_iter().map(HostFacts::of).collect()
    }
}

/// The options of the host of the address `url` that takes writes, or of its only one.
pub(super) async fn options(url: &str, timeout: Duration) -> Result<PgConnectOptions> {
    let (mut hosts, are_chosen_from) = read(url)?;
    if !are_chosen_from {
        return Ok(hosts.swap_remove(0).options);
    }
    let choice = choose(&hosts, are_chosen_from, timeout).await?;
    Ok(hosts.swap_remove(choice.host).options)
}

/// The hosts of an address, and whether one of them is looked for.
fn read(url: &str) -> Result<(Vec<Host>, bool)> {
    let Some(hosts) = PostgresHosts::of(url) else {
        return Err(sqlx::Error::Configuration("not a PostgreSQL address".into()).into());
    };
    let all: sqlx::Result<Vec<Host>> = hosts.each().map(|url| Host::of(&url)).collect();
    Ok((all?, hosts.are_chosen_from()))
}

/// The host to begin with. A connection is tried where there is but one: the pool would try until
/// its time is over, and then keep to itself why it failed.
async fn choose(hosts: &[Host], are_chosen_from: bool, timeout: Duration) -> Result<Choice> {
    if are_chosen_from {
        let seen = look(hosts, None, timeout).await;
        return seen.choose(None).ok_or_else(|| Error::NoHost(seen.lack(hosts, None)));
    }
    let only = hosts[0].options.clone();
    within(timeout, async { only.connect().await?.close().await }).await?;
    Ok(Choice { host: 0, timeline: 0 })
}

impl HostFacts {
    fn of((name, standing): (String, Standing)) -> Self {
        Self {
            name,
            says: standing.to_string(),
            refuses: matches!(standing, Standing::Refusing(_)),
            answers: !matches!(standing, Standing::Silent(_) | Standing::Refusing(_)),
            takes_writes: matches!(standing, Standing::Writable { .. }),
        }
    }
}

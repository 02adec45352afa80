//! One look at every host: which of them takes writes?

use std::{fmt, future::Future, io::ErrorKind, path::Path, time::Duration};

use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    task::JoinSet,
    time::{Instant, timeout, timeout_at},
};

#[cfg(feature = "server")]
use super::NoHost;

/// How long one host may take to say what it is.
const PATIENCE: Duration = Duration::from_secs(1);

/// How much longer than the first that takes writes the others may take: one of them may be ahead
/// of it.
const GRACE: Duration = Duration::from_millis(300);

/// A host, and how to connect to it.
#[derive(Clone)]
pub(super) struct Host {
    /// Its name and port, or its socket.
    pub(super) name: String,
    pub(super) options: PgConnectOptions,
}

/// What a host says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It takes writes. Its timeline tells how often a standby was promoted before; 0 if it keeps
    /// that to itself.
    Writable { timeline: u32 },
    /// It follows another and takes no writes.
    Standby,
    /// It follows nobody and was set to take no writes.
    ReadOnly,
    /// It could not be asked: nobody is there, or it is in no state to answer.
    Silent(String),
    /// It runs and lets us not in: whether it takes writes, it says to others.
    Refusing(String),
}

/// The host that is to be used, and its timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    /// Where it stands in the list.
    pub(super) host: usize,
    pub(super) timeline: u32,
}

impl Host {
    /// The host that one address names.
    pub(super) fn of(url: &str) -> sqlx::Result<Self> {
        let options: PgConnectOptions = url.parse()?;
        // Whoever resolves names takes an IPv6 address without the brackets of its URL.
        let host = options.get_host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = match options.get_socket() {
            Some(folder) => socket_name(folder, options.get_port()),
            None if host.contains(':') => format!("[{host}]:{}", options.get_port()),
            None => format!("{host}:{}", options.get_port()),
        };
        Ok(Self { name, options: options.host(&host) })
    }

    /// Asks it what it is.
    async fn answer(self, limit: Duration) -> Standing {
        match timeout(limit.min(PATIENCE), self.try_asking()).await {
            Ok(Ok(standing)) => standing,
            Ok(Err(error)) if is_refusal(&error) => Standing::Refusing(cause(&error)),
            Ok(Err(error)) => Standing::Silent(cause(&error)),
            Err(_) => Standing::Silent("nothing came in time".to_owned()),
        }
    }

    async fn try_asking(&self) -> sqlx::Result<Standing> {
        let options = self.options.clone().application_name("tessera look");
        let mut server = options.disable_statement_logging().connect().await?;
        let sql = "SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'";
        let standing = match sqlx::query_as(sql).persistent(false).fetch_one(&mut server).await? {
            (true, _) => Standing::Standby,
            (false, true) => Standing::ReadOnly,
            (false, false) => Standing::Writable { timeline: timeline(&mut server).await? },
        };
        // Nobody waits for its farewell.
        let _ = server.close().await;
        Ok(standing)
    }
}

/// Whether a server was there that lets us not in: a wrong password, role or database, no room for
/// one more, or no TLS or certificate in common. That it starts, stops or is broken is another thing.
fn is_refusal(error: &sqlx::Error) -> bool {
    const STATES: &[&str] = &["08", "57", "58", "XX"];
    match error {
        sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::Configuration(_) => true,
        // What a handshake comes to, such as a certificate that nobody vouches for.
        sqlx::Error::Io(error) => error.kind() == ErrorKind::InvalidData,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            !STATES.iter().any(|class| code.starts_with(class))
        }
        _ => false,
    }
}

/// What went wrong, in the words of whoever says so.
fn cause(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Database(error) => error.message().to_owned(),
        error => error.to_string(),
    }
}

fn socket_name(folder: &Path, port: u16) -> String {
    format!("{}/.s.PGSQL.{port}", folder.display())
}

/// The timeline that a host writes on. A server that is no PostgreSQL in all respects may not tell.
async fn timeline(server: &mut PgConnection) -> sqlx::Result<u32> {
    let sql = "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";
    match sqlx::query_scalar::<_, String>(sql).persistent(false).fetch_one(server).await {
        Ok(hex) => Ok(u32::from_str_radix(&hex, 16).unwrap_or(0)),
        Err(sqlx::Error::Database(_)) => Ok(0),
        Err(error) => Err(error),
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Writable { .. } => f.write_str("takes writes"),
            Self::Standby => f.write_str("is a standby"),
            Self::ReadOnly => f.write_str("is set to read only"),
            Self::Silent(why) => write!(f, "does not answer: {why}"),
            Self::Refusing(why) => write!(f, "refuses us: {why}"),
        }
    }
}

/// What each host says; `None` where that was not waited for.
pub(super) struct Seen(Vec<Option<Standing>>);

/// Asks all of them at once. Returns when all have answered, or soon after one that takes writes
/// and is no further behind than `known`, the host in use.
pub(super) async fn look(hosts: &[Host], known: Option<Choice>, limit: Duration) -> Seen {
    gather(hosts.iter().map(|host| host.clone().answer(limit)), known).await
}

/// Asks all of them, and waits for every answer. What comes of each stands in their order.
#[cfg(feature = "server")]
pub(super) async fn look_at_all(hosts: &[Host], limit: Duration) -> Vec<(String, Standing)> {
    let mut asking: Vec<_> =
        hosts.iter().map(|host| tokio::spawn(host.clone().answer(limit))).collect();
    let mut told = Vec::with_capacity(hosts.len());
    for (host, asking) in hosts.iter().zip(&mut asking) {
        let standing = asking.await.unwrap_or(Standing::Silent("not asked".to_owned()));
        told.push((host.name.clone(), standing));
    }
    told
}

async fn gather<A>(asking: impl ExactSizeIterator<Item = A>, known: Option<Choice>) -> Seen
where
    A: Future<Output = Standing> + Send + 'static,
{
    let mut seen = vec![None; asking.len()];
    let mut answers = JoinSet::new();
    for (host, asking) in asking.enumerate() {
        answers.spawn(async move { (host, asking.await) });
    }
    let mut until: Option<Instant> = None;
    loop {
        let answer = match until {
            None => Ok(answers.join_next().await),
            Some(until) => timeout_at(until, answers.join_next()).await,
        };
        let Ok(Some(answer)) = answer else { return Seen(seen) };
        let Ok((host, standing)) = answer else { continue };
        if let Standing::Writable { timeline } = standing {
            let choice = Choice { host, timeline };
            if choice.is_ahead(known) {
                // No other can matter: it was promoted after all that we knew.
                until = Some(Instant::now());
            } else if !choice.is_behind(known) {
                until = until.or_else(|| Some(Instant::now() + GRACE));
            }
        }
        seen[host] = Some(standing);
    }
}

impl Seen {
    /// Which host is to be used, if any: of those that take writes the one promoted last; of
    /// several such the one in use, else the first. One that is behind what was used before is a
    /// primary of old that came back: what it takes would be lost, and what was revoked since is
    /// alive on it.
    pub(super) fn choose(&self, known: Option<Choice>) -> Option<Choice> {
        let writable = self.0.iter().enumerate().filter_map(|(host, standing)| match standing {
            Some(Standing::Writable { timeline }) => Some(Choice { host, timeline: *timeline }),
            _ => None,
        });
        let fit = writable.filter(|choice| !choice.is_behind(known));
        fit.max_by_key(|choice| {
            let is_in_use = known.is_some_and(|known| known.host == choice.host);
            (choice.timeline, is_in_use, std::cmp::Reverse(choice.host))
        })
    }

    /// Those that take writes and are behind the one used before.
    #[cfg(feature = "server")]
    pub(super) fn behind(&self, known: Option<Choice>) -> impl Iterator<Item = Choice> {
        self.0.iter().enumerate().filter_map(move |(host, standing)| match standing {
            Some(Standing::Writable { timeline }) => {
                let choice = Choice { host, timeline: *timeline };
                choice.is_behind(known).then_some(choice)
            }
            _ => None,
        })
    }

    /// Why none of them can be used.
    #[cfg(feature = "server")]
    pub(super) fn lack(&self, hosts: &[Host], known: Option<Choice>) -> NoHost {
        let is_refused = self.0.iter().any(|it| matches!(it, Some(Standing::Refusing(_))));
        NoHost { says: self.tell(hosts, known).into(), is_refused }
    }

    /// What each of them says, in a line.
    pub(super) fn tell(&self, hosts: &[Host], known: Option<Choice>) -> String {
        let told = self.0.iter().zip(hosts).map(|(standing, Host { name, .. })| match standing {
            Some(Standing::Writable { timeline }) => {
                let used = known.map_or(0, |known| known.timeline);
                format!("{name} takes writes, but on timeline {timeline}, before {used}")
            }
            Some(standing) => format!("{name} {standing}"),
            None => format!("{name} does not answer"),
        });
        told.collect::<Vec<_>>().join(", ")
    }
}

impl Choice {
    /// Whether it was promoted after the one in use.
    fn is_ahead(self, known: Option<Choice>) -> bool {
        known.is_some_and(|known| known.timeline != 0 && self.timeline > known.timeline)
    }

    fn is_behind(self, known: Option<Choice>) -> bool {
        self.timeline != 0 && known.is_some_and(|known| self.timeline < known.timeline)
    }
}

#[cfg(test)]
mod tests;

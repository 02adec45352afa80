//! The listener: hears what changed, its own beats, and what others confirm.

use std::{convert::Infallible, str::FromStr, sync::Arc, time::Duration};

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use uuid::Uuid;

use super::{
    super::{Error, Result, change::Change, database::Pool, lease::moment, settle::within},
    CHANGES, Feed, LEASE,
};

/// How long a listener that has joined may hear nothing, not even its own beats, before another
/// connection is tried.
const SILENCE: Duration = Duration::from_secs(3);

/// How long to wait before another connection is tried.
const PAUSE: Duration = Duration::from_millis(200);

/// Listens until the store is closed, on one connection after the other.
pub(super) async fn run(feed: Arc<Feed>) {
    let mut closing = feed.database.closing();
    let listening = async {
        loop {
            let Err(error) = listen_on_a_host(&feed).await;
            feed.cache.lease.end();
            if feed.listening.send_replace(false) {
                let node = feed.node;
                tracing::warn!(
                    event = "node.deaf",
                    node.id = %node,
                    reason = %error,
                    "node {node} does not hear the others and answers from the database: {error}"
                );
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        () = listening => {}
        () = closing.wait() => feed.cache.lease.end_for_good(),
    }
}

/// Listens until the connection is lost, or another host took over: who listens to the one before
/// hears nothing of what is changed from now on.
async fn listen_on_a_host(feed: &Feed) -> Result<Infallible> {
    let Pool::Postgres(hosts) = &feed.database.pool else {
        return Err(sqlx::Error::PoolClosed.into());
    };
    let primary = hosts.primary();
    let options = (*primary.pool.connect_options()).clone();
    let outcome = tokio::select! {
        biased;
        () = hosts.replaced(primary.number) => Err(lost()),
        outcome = listen(feed, options) => outcome,
    };
    hosts.doubt();
    outcome
}

/// Listens until the connection is lost.
async fn listen(feed: &Feed, options: PgConnectOptions) -> Result<Infallible> {
    let options = options.application_name("tessera listener");
    let own = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
    let mut listener = within(feed.database.timeout, PgListener::connect_with(&own)).await?;
    listener.ignore_pool_close_event(true);
    listener.eager_reconnect(false);
    let channel = Feed::channel_of(feed.node);
    within(feed.database.timeout, listener.listen_all([CHANGES, channel.as_str()])).await?;
    // What changed before we listened, nobody told us.
    feed.cache.note(&[Change::Everything]);
    feed.listening.send_replace(true);
    tracing::info!(event = "node.hears", node.id = %feed.node, "node {} hears the others", feed.node);
    loop {
        let heard = tokio::time::timeout(SILENCE, listener.try_recv());
        let heard = tokio::select! {
            heard = heard => heard,
            // Who has joined knows by its beats whether it hears.
            () = feed.unheard.notified(), if !feed.expects_beats() => return Err(lost()),
        };
        match heard {
            Ok(heard) => {
                let Some(heard) = heard? else { return Err(lost()) };
                feed.hear(heard.channel(), heard.payload());
            }
            Err(_) if feed.expects_beats() => return Err(lost()),
            Err(_) => {}
        }
    }
}

fn lost() -> Error {
    sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()).into()
}

impl Feed {
    fn hear(&self, channel: &str, text: &str) {
        if channel == CHANGES {
            return self.hear_changes(text);
        }
        let mut words = text.split(' ');
        match words.next() {
            Some("beat") => {
                if let Some(sent) = words.next().and_then(|sent| u64::from_str(sent).ok()) {
                    let lease = u64::try_from(LEASE.as_millis()).unwrap_or(0);
                    self.cache.lease.prolong(sent.min(moment()).saturating_add(lease));
                }
            }
            Some("heard") => {
                if let Some(node) = words.next().and_then(|node| Uuid::from_str(node).ok()) {
                    self.note_confirmed(node, words.filter_map(|number| number.parse().ok()));
                }
            }
            _ => {}
        }
    }

    fn hear_changes(&self, text: &str) {
        let mut words = text.split(' ');
        let node = words.next().and_then(|node| Uuid::from_str(node).ok());
        let number = words.next().and_then(|number| number.parse().ok());
        // Our own changes too: a commit that we gave up on may have come to its end since.
        for word in words {
            // What cannot be read may be anything.
            self.cache.note(&[word.parse().unwrap_or(Change::Everything)]);
        }
        match (node, number) {
            (Some(node), Some(number)) => {
                // Who has not joined has nobody waiting for it, nor does anybody wait for itself.
                if self.expects_beats() && node != self.node {
                    let _ = self.heard.send((node, number));
                }
            }
            _ => self.cache.note(&[Change::Everything]),
        }
    }
}

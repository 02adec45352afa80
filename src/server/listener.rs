//! Taking connections, and letting them go.

use std::{future::poll_fn, net::SocketAddr, sync::Arc, task::Poll, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{rt::TokioTimer, server::graceful::GracefulShutdown};
use metrics::counter;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};

use super::{
    connection::{Connection, Service},
    tls::Tls,
};

/// The largest request head, in bytes, give or take one read: hyper answers 431 to a larger one.
const HEAD_LIMIT: usize = 32 * 1024;

/// How long a stop waits for the first request over connections that stand, and for handshakes.
pub(super) const LAST_CALL: Duration = Duration::from_millis(500);

/// How many connections that are made already a stop still takes at most: as many as the system
/// lets wait.
const BACKLOG: usize = 4096;

/// As many places as can be counted.
const MOST_PLACES: usize = 1 << 28;

/// A listener and what it serves.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<Tls>>,
}

impl Listening {
    /// Binds `address`; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// What the system says, such as that the address is in use.
    pub async fn bind(address: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, tls: None })
    }

    /// Speaks TLS, or plain HTTP without one.
    #[must_use]
    pub fn speaking(self, tls: Option<Arc<Tls>>) -> Self {
        Self { tls, ..self }
    }

    /// The address in fact.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// How much of it a listener may take, and how long others may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a handshake may take at most, a request's head, and a caller who reads nothing.
    pub patience: Duration,
    /// How long a stop waits for requests under way.
    pub drain: Duration,
    /// How many connections may be open at once.
    pub connections: usize,
}

/// Serves `router` until `stop` turns true; then takes the connections that are made already and no
/// others, lets requests under way come to their end, and returns at the latest after
/// [`Limits::drain`]. Returns whether all ended.
pub async fn serve(
    listening: Listening,
    router: Router,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) -> bool {
    let Limits { patience, drain, connections } = limits;
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(HEAD_LIMIT);
    let door = Door {
        service: Service { http, router, patience, stop: stop.clone() },
        places: Arc::new(Semaphore::new(connections)),
        tls: listening.tls.clone(),
        graceful: GracefulShutdown::new(),
    };
    loop {
        let accepted = tokio::select! {
            accepted = listening.listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok(connection) => door.open(connection),
            // Out of file handles or memory: others may let go of some in a moment.
            Err(error) => {
                tracing::warn!(
                    event = "connection.not_taken",
                    reason = %error,
                    "could not take a connection: {error}"
                );
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    // Whoever is connected already is not sent away.
    for _ in 0..BACKLOG {
        let Some(connection) = waiting(&listening.listener).await else { break };
        door.open(connection);
    }
    drop(listening);
    // A connection on which nothing was asked yet would be closed in the very moment at which the
    // question comes.
    let all_gone = door.places.acquire_many(u32::try_from(connections).unwrap_or(u32::MAX));
    let _ = tokio::time::timeout(LAST_CALL.min(drain), all_gone).await;
    tokio::time::timeout(drain, door.graceful.shutdown()).await.is_ok()
}

/// What a connection comes through.
struct Door {
    service: Service,
    places: Arc<Semaphore>,
    tls: Option<Arc<Tls>>,
    graceful: GracefulShutdown,
}

impl Door {
    /// Answers a connection in a task of its own, if there is a place for it.
    fn open(&self, (stream, peer): (TcpStream, SocketAddr)) {
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => {
                let tls = self.tls.as_deref().map(Tls::acceptor);
                let connection = Connection { stream, peer, tls, place };
                tokio::spawn(connection.answer(self.service.clone(), self.graceful.watcher()));
            }
            // Closed at once: waiting in line behind those who hold on helps nobody.
            Err(_) => counter!("tessera_connections_refused_total").increment(1),
        }
    }
}

/// The next connection that is made already, if there is one.
async fn waiting(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    // So that the runtime looks once more.
    tokio::task::yield_now().await;
    poll_fn(|context| match listener.poll_accept(context) {
        Poll::Ready(Ok(connection)) => Poll::Ready(Some(connection)),
        Poll::Ready(Err(_)) | Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// How many connections may be open at once: what the system lets this process open, less what
/// others need: `reserved` by the store, and some more.
#[must_use]
pub fn most_connections(reserved: usize) -> usize {
    const RESERVE: usize = 128;
    const FEWEST: usize = 64;
    let most = most_open_files().unwrap_or(1024);
    most.saturating_sub(RESERVE + reserved).clamp(FEWEST, MOST_PLACES)
}

/// How many files and connections the system lets this process open, where it says so.
pub(super) fn most_open_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

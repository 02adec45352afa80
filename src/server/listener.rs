//! Taking connections, and letting them go.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{rt::TokioTimer, server::graceful::GracefulShutdown};
use metrics::counter;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};

use super::{
    connection::{Connection, Service},
    tls::Tls,
};

/// The largest request head, in bytes, give or take one read: hyper answers 431 to a larger one.
const HEAD_LIMIT: usize = 32 * 1024;

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

/// Serves `router` until `stop` turns true; then takes no more connections, lets requests under
/// way come to their end, and returns at the latest after `drain`. Returns whether all ended.
pub async fn serve(
    listening: Listening,
    router: Router,
    (head_timeout, drain): (Duration, Duration),
    mut stop: watch::Receiver<bool>,
) -> bool {
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head_timeout).max_buf_size(HEAD_LIMIT);
    let service = Service { http, router, patience: head_timeout, stop: stop.clone() };
    let places = Arc::new(Semaphore::new(most_connections()));
    loop {
        let accepted = tokio::select! {
            accepted = listening.listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => match Arc::clone(&places).try_acquire_owned() {
                Ok(place) => {
                    let tls = listening.tls.as_deref().map(Tls::acceptor);
                    let connection = Connection { stream, peer, tls, place };
                    tokio::spawn(connection.answer(service.clone(), graceful.watcher()));
                }
                // Closed at once: waiting in line behind those who hold on helps nobody.
                Err(_) => counter!("tessera_connections_refused_total").increment(1),
            },
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
    drop(listening);
    tokio::time::timeout(drain, graceful.shutdown()).await.is_ok()
}

/// How many connections may be open at once: what the system lets this process open, less what the
/// store and the log need.
fn most_connections() -> usize {
    const RESERVE: usize = 128;
    const FEWEST: usize = 64;
    let most = most_open_files().unwrap_or(1024);
    most.saturating_sub(RESERVE).clamp(FEWEST, Semaphore::MAX_PERMITS)
}

/// How many files and connections the system lets this process open, where it says so.
pub(super) fn most_open_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

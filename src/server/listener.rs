//! Taking connections, and letting them go.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use axum::{Router, body::Body, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tower::ServiceExt;

use crate::client_auth::PeerAddress;

/// The largest request head, in bytes: hyper answers 431 to a larger one.
const HEAD_LIMIT: usize = 32 * 1024;

/// A listener and what it serves.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
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
        Ok(Self { listener, address })
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
    loop {
        let accepted = tokio::select! {
            accepted = listening.listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => answer(&http, &graceful, stream, (router.clone(), peer)),
            // Out of file handles or memory: others may let go of some in a moment.
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listening);
    tokio::time::timeout(drain, graceful.shutdown()).await.is_ok()
}

fn answer(
    http: &http1::Builder,
    graceful: &GracefulShutdown,
    stream: TcpStream,
    (router, peer): (Router, SocketAddr),
) {
    // Small answers wait for nothing.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(PeerAddress(peer.ip()));
        let router = router.clone();
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|e| match e {})) }
    });
    let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke off");
        }
    });
}

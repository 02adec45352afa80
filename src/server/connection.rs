//! One connection, from the first byte to the last.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use axum::{Router, body::Body, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{rt::TokioIo, server::graceful::Watcher};
use metrics::counter;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, watch},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tower::ServiceExt;

use super::{admission::Peer, impatient::Impatient, listener::LAST_CALL};

/// What every connection of a listener is answered with.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) http: http1::Builder,
    pub(super) router: Router,
    /// How long a handshake may take, a request's head, and a caller who reads nothing.
    pub(super) patience: Duration,
    /// Turns true when no new request is to be begun.
    pub(super) stop: watch::Receiver<bool>,
}

/// A connection that was taken, and its place among those that may be open at once.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    /// What shakes hands, if we speak TLS here.
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) place: OwnedSemaphorePermit,
}

impl Connection {
    /// Answers what comes over it, until it ends. It keeps its place as long, handshake included.
    pub(super) async fn answer(self, service: Service, watcher: Watcher) {
        let Self { stream, peer, tls, place } = self;
        let _place = place;
        // Small answers wait for nothing.
        let _ = stream.set_nodelay(true);
        let stream = Impatient::new(stream, service.patience);
        let peer = Peer { address: peer.ip(), encrypted: tls.is_some() };
        match tls {
            None => service.answer(stream, peer, watcher).await,
            Some(tls) => {
                if let Some(stream) = service.shake_hands(&tls, stream, peer).await {
                    service.answer(stream, peer, watcher).await;
                }
            }
        }
    }
}

/// How long a handshake may take: two journeys and a signature.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Returns a moment after `stop` has turned true.
async fn last_call(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
    tokio::time::sleep(LAST_CALL).await;
}

impl Service {
    /// Shakes hands with whoever is there. A stop waits a moment for that, since who shakes hands
    /// is about to ask.
    async fn shake_hands(
        &self,
        tls: &TlsAcceptor,
        stream: Impatient,
        peer: Peer,
    ) -> Option<TlsStream<Impatient>> {
        let mut stop = self.stop.clone();
        let shaken = tokio::select! {
            shaken = tokio::time::timeout(HANDSHAKE.min(self.patience), tls.accept(stream)) => shaken,
            () = last_call(&mut stop) => return None,
        };
        let error = match shaken {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it took too long".to_owned(),
        };
        counter!("tessera_tls_handshakes_failed_total").increment(1);
        let address = peer.address;
        tracing::debug!(
            event = "connection.no_tls",
            client.address = %address,
            reason = error,
            "a TLS handshake with {address} failed: {error}"
        );
        None
    }

    /// Answers HTTP over `stream`.
    async fn answer<S>(self, stream: S, peer: Peer, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let router = self.router;
        let answer = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            let router = router.clone();
            async move {
                let answer = router.oneshot(request).await;
                Ok::<_, Infallible>(answer.unwrap_or_else(|never| match never {}))
            }
        });
        let connection = self.http.serve_connection(TokioIo::new(stream), answer);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(
                event = "connection.broken",
                reason = %error,
                "a connection broke off: {error}"
            );
        }
    }
}

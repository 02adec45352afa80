//! Who is at the door: from where a request came, and whether it may come that way.

use std::net::{IpAddr, Ipv4Addr};

use axum::{
    extract::{Request, State},
    http::HeaderValue,
    middleware::Next,
    response::{IntoResponse, Response},
};
use metrics::counter;

use crate::{
    app::App,
    client_auth::CallerAddress,
    error::{Code, Error},
    model::proxies::{ForwardedHeader, TrustedProxies},
};

/// The other end of the connection that a request came over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its address: a caller's, or a proxy's.
    pub address: IpAddr,
    /// Whether we speak TLS with it.
    pub encrypted: bool,
}

/// What is answered to whoever asks in the clear: it says nothing, and balancers ask for it.
const OPEN_PATHS: &[&str] = &["/healthz", "/readyz"];

impl Peer {
    /// Who is meant where nobody said: somebody whom nobody trusts.
    const NOBODY: Self = Self { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), encrypted: false };

    /// The peer of a request.
    fn of(request: &Request) -> Self {
        request.extensions().get().copied().unwrap_or(Self::NOBODY)
    }

    /// Whether a request of this peer is safe from those on the way: encrypted up to us, or up to
    /// a trusted proxy, or never out of this machine.
    #[must_use]
    pub fn is_protected(self, proxies: &TrustedProxies) -> bool {
        let address = self.address.to_canonical();
        self.encrypted || address.is_loopback() || proxies.trust(address)
    }
}

/// Finds out from where a request came, and notes it in the request. Nobody else reads a header
/// that says so.
pub(super) fn find_caller(app: &App, request: &mut Request) -> IpAddr {
    let peer = Peer::of(request).address.to_canonical();
    let config = app.config();
    let server = &config.server;
    let lines = request.headers().get_all(server.forwarded_header.name()).iter();
    let lines: Vec<&[u8]> = lines.map(HeaderValue::as_bytes).collect();
    let caller = server.trusted_proxies.caller(peer, server.forwarded_header, lines);
    if !server.trusted_proxies.trust(peer) {
        tell_of_ignored(app, peer, request);
    }
    request.extensions_mut().insert(CallerAddress(caller));
    caller
}

/// Counts a header that claims an address and comes from no trusted proxy. The first one is told:
/// perhaps nobody thought of naming the proxy.
fn tell_of_ignored(app: &App, peer: IpAddr, request: &Request) {
    let is_sent = |header: &&ForwardedHeader| request.headers().contains_key(header.name());
    let Some(header) = ForwardedHeader::ALL.iter().find(is_sent).map(|header| header.name()) else {
        return;
    };
    counter!("tessera_forwarded_headers_ignored_total").increment(1);
    if app.ignored_forwarding.note(peer) {
        tracing::warn!(
            event = "forwarding.ignored",
            peer = %peer,
            header,
            "{header} arrives from {peer} and is ignored. If that is your proxy, callers seem to \
             have its address: name it in server.trusted_proxies"
        );
    }
}

/// Refuses what comes in the clear from somebody who may not, before anybody reads a credential:
/// it has been on the wire for all to read (RFC 6749 §3.1, §3.2).
pub(super) async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    let peer = Peer::of(&request);
    let is_open = OPEN_PATHS.contains(&request.uri().path());
    if is_open || peer.is_protected(&app.config().server.trusted_proxies) {
        return next.run(request).await;
    }
    counter!("tessera_plain_requests_refused_total").increment(1);
    let address = peer.address;
    tracing::info!(
        event = "request.not_admitted",
        peer = %address,
        "refused plain http from {address}: no trusted proxy"
    );
    let text = "Plain HTTP is taken from trusted proxies only. Use the https address; what was \
                sent just now may have been read on the way.";
    Error::new(Code::PlainHttp, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_and_trusted_proxies() {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let is_protected = |address: &str, encrypted| {
            let address = address.parse().unwrap();
            Peer { address, encrypted }.is_protected(&proxies)
        };

        for address in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "10.1.2.3"] {
            assert!(is_protected(address, false), "{address}");
        }
        for address in ["203.0.113.1", "0.0.0.0", "::", "2001:db8::1", "11.0.0.1", "192.168.0.1"] {
            assert!(!is_protected(address, false), "{address}");
            assert!(is_protected(address, true), "{address}");
        }
        assert!(is_protected("::ffff:10.1.2.3", false));
    }
}

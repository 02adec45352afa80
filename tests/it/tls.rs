//! TLS: handshakes, certificates that are exchanged, and those that are refused.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use rustls::{
    ClientConfig,
    version::{TLS12, TLS13},
};
use tessera::{
    app::Clock,
    server::{Limits, Listening, Tls, serve},
};
use tokio::{sync::watch, task::JoinHandle};

use crate::common::{
    Engine, TestServer,
    certificates::{Authority, shake_hands},
    http::HttpConnection,
    server::START,
    until::until,
};

mod faults;
mod program;

const HOST: &str = "id.example";

/// Longer than any handshake takes that goes well.
const PATIENCE: Duration = Duration::from_secs(2);

/// A listener that speaks TLS in front of a server without a network.
struct Front {
    server: TestServer,
    tls: Arc<Tls>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<bool>,
}

impl Front {
    async fn with(tls: Arc<Tls>) -> Self {
        let server = TestServer::on(Engine::Sqlite).await;
        let router: Router = tessera::server::router(server.app.clone());
        let listening = Listening::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listening.address();
        let listening = listening.speaking(Some(Arc::clone(&tls)));
        let (stop, stopped) = watch::channel(false);
        let limits = Limits { patience: PATIENCE, drain: Duration::from_mins(1), connections: 100 };
        let serving = tokio::spawn(serve(listening, router, limits, stopped));
        Self { server, tls, address, stop, serving }
    }

    async fn remove(self) {
        self.serving.abort();
        self.server.database().remove().await;
    }
}

/// The certificate that the server showed, in DER.
fn shown<S>(connection: &HttpConnection<tokio_rustls::client::TlsStream<S>>) -> Vec<u8>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let (_, session) = connection.stream().get_ref();
    session.peer_certificates().unwrap()[0].to_vec()
}

#[tokio::test]
async fn a_client_that_verifies_the_chain_is_answered_over_both_versions() {
    let authority = Authority::new();
    let folder = tempdir("both-versions");
    let front = Front::with(authority.pair(&[HOST]).write(&folder).load()).await;

    for version in [&TLS12, &TLS13] {
        let mut client = authority.client(&[version]);
        client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut connection = shake_hands(&Arc::new(client), front.address, HOST).await.unwrap();
        let answer = connection.get("/healthz").await.unwrap();

        let (_, session) = connection.stream().get_ref();
        assert_eq!(session.protocol_version(), Some(version.version));
        assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
        assert_eq!(answer.status, 200);
        assert!(answer.head.contains("strict-transport-security: max-age=31536000"), "{answer:?}");
    }
    front.remove().await;
}

#[tokio::test]
async fn a_client_is_refused_that_wants_another_name_another_protocol_or_no_tls() {
    let authority = Authority::new();
    let folder = tempdir("refused");
    let front = Front::with(authority.pair(&[HOST]).write(&folder).load()).await;
    let client = Arc::new(authority.client(&[&TLS13]));
    let mut only_h2 = authority.client(&[&TLS13]);
    only_h2.alpn_protocols = vec![b"h2".to_vec()];

    assert!(shake_hands(&client, front.address, "other.example").await.is_err());
    assert!(shake_hands(&Arc::new(only_h2), front.address, HOST).await.is_err());
    let mut plain = HttpConnection::to(front.address).await.unwrap();
    assert!(plain.get("/healthz").await.is_err());
    front.remove().await;
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_from_then_on_while_old_connections_go_on() {
    let authority = Authority::new();
    let folder = tempdir("renewed");
    let files = authority.pair(&[HOST]).write(&folder);
    let front = Front::with(files.load()).await;
    let (_stop, stopped) = watch::channel(false);
    let watching = Arc::clone(&front.tls).keep_up(clock(), Duration::from_millis(5), stopped);
    let watching = tokio::spawn(watching);
    // The same client all along: it would resume its session if it could.
    let client = Arc::new(authority.client(&[&TLS12, &TLS13]));
    let mut old = shake_hands(&client, front.address, HOST).await.unwrap();
    assert_eq!(old.get("/healthz").await.unwrap().status, 200);
    let before = shown(&old);

    authority.pair(&[HOST, "renewed.example"]).write(&folder);
    until("the new certificate is shown", async || {
        let mut new = shake_hands(&client, front.address, HOST).await.unwrap();
        assert_eq!(new.get("/healthz").await.unwrap().status, 200);
        shown(&new) != before
    })
    .await;

    assert_eq!(front.tls.certificate().names, [HOST, "renewed.example"]);
    assert!(shake_hands(&client, front.address, "renewed.example").await.is_ok());
    assert_eq!(old.get("/healthz").await.unwrap().status, 200);
    assert_eq!(shown(&old), before);
    watching.abort();
    front.remove().await;
}

#[tokio::test]
async fn settings_that_name_other_files_are_taken_over_whole() {
    let authority = Authority::new();
    let (folder, other) = (tempdir("adopt"), tempdir("adopt-other"));
    let front = Front::with(authority.pair(&[HOST]).write(&folder).load()).await;
    let client = Arc::new(authority.client(&[&TLS13]));
    let files = authority.pair(&["second.example"]).write(&other);

    front.tls.adopt(&files.load());
    assert!(shake_hands(&client, front.address, "second.example").await.is_ok());
    authority.pair(&["third.example"]).write(&other);

    assert_eq!(front.tls.reload(START), Ok(true));
    assert_eq!(front.tls.reload(START), Ok(false));
    assert!(shake_hands(&client, front.address, "third.example").await.is_ok());
    front.remove().await;
}

#[tokio::test]
async fn who_does_not_finish_a_handshake_hinders_nobody_and_is_let_go() {
    let authority = Authority::new();
    let folder = tempdir("stalled");
    let front = Front::with(authority.pair(&[HOST]).write(&folder).load()).await;
    let client = Arc::new(authority.client(&[&TLS13]));
    let mut stalled = Vec::new();
    for _ in 0..20 {
        stalled.push(HttpConnection::to(front.address).await.unwrap());
    }

    let mut other = shake_hands(&client, front.address, HOST).await.unwrap();
    assert_eq!(other.get("/healthz").await.unwrap().status, 200);

    for mut stalled in stalled {
        tokio::time::timeout(PATIENCE * 10, stalled.hung_up()).await.expect("it is let go");
    }
    front.remove().await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_handshakes() {
    let authority = Authority::new();
    let folder = tempdir("stop");
    let mut front = Front::with(authority.pair(&[HOST]).write(&folder).load()).await;
    let client = Arc::new(authority.client(&[&TLS13]));
    let mut stalled = HttpConnection::to(front.address).await.unwrap();
    // One that came later has been answered, so the first one is being waited for.
    let mut other = shake_hands(&client, front.address, HOST).await.unwrap();
    assert_eq!(other.get("/healthz").await.unwrap().status, 200);
    drop(other);

    front.stop.send(true).unwrap();
    let ended = tokio::time::timeout(PATIENCE / 2, &mut front.serving).await;

    assert!(ended.expect("it does not wait").unwrap(), "all ended");
    stalled.hung_up().await;
    front.remove().await;
}

fn clock() -> Clock {
    Clock::new(|| START)
}

/// A folder of this test run. Each test names its own.
fn tempdir(name: &str) -> std::path::PathBuf {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tls-{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A client that verifies, with everything it can speak.
fn client_of(authority: &Authority) -> Arc<ClientConfig> {
    Arc::new(authority.client(&[&TLS12, &TLS13]))
}

//! Proxies in front: whose word counts, who may come by plain HTTP, whom guesses count against.

use std::net::IpAddr;

use axum::http::{Method, Request, header, request::Builder};
use ipnet::IpNet;
use tessera::{
    acts::clients,
    endpoints::{ENDPOINTS, Face},
    model::{
        client::ClientKind,
        client_id::ClientId,
        proxies::{ForwardedHeader, TrustedProxies},
        secret::Secret,
    },
    server::Peer,
};
use tokio::net::TcpSocket;

use crate::common::{
    Engine, TestClient, TestDatabase, TestServer, http::HttpConnection, on_each_engine,
    process::Program, server::Answer, until::until,
};

on_each_engine!(
    plain_http_from_outside_is_refused_before_anybody_reads_a_credential,
    plain_http_from_a_trusted_proxy_is_taken,
    clients_behind_one_proxy_are_slowed_down_by_themselves,
    made_up_entries_free_nobody_from_being_slowed_down,
    the_address_of_a_last_use_is_the_callers,
    only_the_configured_header_counts,
    a_header_from_elsewhere_is_ignored_and_remembered,
    no_header_changes_the_addresses_we_print,
);

const GRANT: &str = "grant_type=client_credentials";
const PROXY: &str = "10.0.0.1";
const STRANGER: &str = "203.0.113.9";

fn plain(address: &str) -> Peer {
    Peer { address: address.parse().unwrap(), encrypted: false }
}

fn encrypted(address: &str) -> Peer {
    Peer { encrypted: true, ..plain(address) }
}

async fn behind(server: TestServer, network: &str, header: ForwardedHeader) -> TestServer {
    let network: IpNet = network.parse().unwrap();
    server
        .restarted(|config| {
            config.server.trusted_proxies = TrustedProxies::new(vec![network]);
            config.server.forwarded_header = header;
        })
        .await
}

async fn behind_proxy(server: TestServer) -> TestServer {
    behind(server, "10.0.0.0/8", ForwardedHeader::XForwardedFor).await
}

fn token_request(client: &TestClient, headers: &[(&str, &str)]) -> Builder {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, client.basic());
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

/// Asks for a token over a connection to `peer` that says it was called by `forwarded`.
async fn ask(server: &TestServer, peer: Peer, client: &TestClient, forwarded: &str) -> Answer {
    let request = token_request(client, &[("x-forwarded-for", forwarded)]);
    server.send_from(peer, request, GRANT).await
}

async fn last_used_from(server: &TestServer, client: &TestClient) -> Option<String> {
    let (_, secrets) = clients::show(&server.app, &client.id).await.unwrap();
    secrets[0].last_used_from.clone()
}

/// A client whose secret somebody chose, so that it could be guessed.
async fn guessable(server: &TestServer) -> (TestClient, TestClient) {
    let id = ClientId::parse("mailer").unwrap();
    let chosen = Secret::new("correct horse battery".to_owned());
    server
        .add(&id, ClientKind::Machine, clients::ClientChanges::default(), Some(chosen))
        .await
        .unwrap();
    let right = TestClient { id: id.clone(), secret: "correct horse battery".to_owned() };
    (right, TestClient { id, secret: "wrong".to_owned() })
}

async fn plain_http_from_outside_is_refused_before_anybody_reads_a_credential(server: TestServer) {
    let server = behind_proxy(server).await;
    let client = server.machine("mailer", "read").await;
    let other = server.machine("other", "read").await;

    for endpoint in ENDPOINTS {
        for path in [endpoint.path.to_owned(), format!("{}?x=1", endpoint.path)] {
            let request = |client: &TestClient| {
                token_request(client, &[("x-forwarded-for", "127.0.0.1")])
                    .method(endpoint.methods.first().cloned().unwrap_or_default())
                    .uri(&path)
            };

            let outside = server.send_from(plain(STRANGER), request(&client), GRANT).await;
            let inside = server.send_from(encrypted(STRANGER), request(&other), GRANT).await;

            if ["/healthz", "/readyz"].contains(&endpoint.path) {
                assert_eq!(outside.status, 200, "{path}");
            } else {
                let description = match endpoint.face {
                    Face::OAuth => {
                        outside.assert_error(403, "invalid_request");
                        outside.json()["error_description"].to_string()
                    }
                    Face::Problem => {
                        outside.assert_problem(403, "invalid_request");
                        outside.json()["detail"].to_string()
                    }
                };
                assert!(description.contains("Use the https address"), "{description}");
                assert!(outside.header("x-request-id").is_some(), "{path}");
                assert_ne!(inside.status, 403, "{path}");
            }
        }
    }
    for path in
        ["/", "/assets/1/style.css", "/nowhere", "/healthz/", "//healthz", "/healthz/../token"]
    {
        let answer = server.send_from(plain(STRANGER), Request::get(path), "").await;
        answer.assert_error(403, "invalid_request");
    }
    assert_eq!(last_used_from(&server, &client).await, None);
}

async fn plain_http_from_a_trusted_proxy_is_taken(server: TestServer) {
    let server = behind_proxy(server).await;
    let client = server.machine("mailer", "read").await;

    for peer in [PROXY, "::ffff:10.0.0.1", "127.0.0.1", "::1"] {
        assert_eq!(ask(&server, plain(peer), &client, STRANGER).await.status, 200, "{peer}");
    }
    for peer in ["11.0.0.1", "::ffff:11.0.0.1", "192.168.0.1", "fe80::1", "0.0.0.0"] {
        assert_eq!(ask(&server, plain(peer), &client, PROXY).await.status, 403, "{peer}");
    }
    // Without any proxy, only this machine.
    let server =
        server.restarted(|config| config.server.trusted_proxies = TrustedProxies::default()).await;
    assert_eq!(ask(&server, plain(PROXY), &client, STRANGER).await.status, 403);
    assert_eq!(ask(&server, plain("127.0.0.1"), &client, STRANGER).await.status, 200);
}

async fn clients_behind_one_proxy_are_slowed_down_by_themselves(server: TestServer) {
    let server = behind_proxy(server).await;
    let (right, wrong) = guessable(&server).await;
    for _ in 0..10 {
        let refused = ask(&server, plain(PROXY), &wrong, "198.51.100.1").await;
        refused.assert_error(401, "invalid_client");
    }

    let guesser = ask(&server, plain(PROXY), &right, "198.51.100.1").await;
    let by_another_proxy = ask(&server, plain("10.9.9.9"), &right, "198.51.100.1").await;
    let neighbour = ask(&server, plain(PROXY), &right, "198.51.100.2").await;

    guesser.assert_error(503, "temporarily_unavailable");
    by_another_proxy.assert_error(503, "temporarily_unavailable");
    assert_eq!(neighbour.status, 200);
}

async fn made_up_entries_free_nobody_from_being_slowed_down(server: TestServer) {
    let server = behind_proxy(server).await;
    let (_, wrong) = guessable(&server).await;
    for number in 0..10 {
        let forwarded = format!("192.0.2.{number}, \"x, unknown,198.51.100.1");
        ask(&server, plain(PROXY), &wrong, &forwarded).await.assert_error(401, "invalid_client");
    }

    let again = ask(&server, plain(PROXY), &wrong, "192.0.2.99, 198.51.100.1").await;

    again.assert_error(503, "temporarily_unavailable");
}

async fn the_address_of_a_last_use_is_the_callers(server: TestServer) {
    let server = behind_proxy(server).await;
    let client = server.machine("mailer", "read").await;

    for (peer, forwarded, expected) in [
        (encrypted(STRANGER), "198.51.100.1", STRANGER),
        (plain(PROXY), "192.0.2.1, 198.51.100.1:1234, 10.2.2.2", "198.51.100.1"),
        (encrypted(PROXY), "[2001:db8::1]:443", "2001:db8::1"),
        (plain(PROXY), "198.51.100.1, unknown", PROXY),
        (plain("127.0.0.1"), "198.51.100.1", "127.0.0.1"),
    ] {
        server.advance(std::time::Duration::from_secs(1));
        assert_eq!(ask(&server, peer, &client, forwarded).await.status, 200);

        let from = last_used_from(&server, &client).await;
        assert_eq!(from.as_deref(), Some(expected), "{forwarded}");
    }
}

async fn only_the_configured_header_counts(server: TestServer) {
    let server = behind(server, "10.0.0.0/8", ForwardedHeader::Forwarded).await;
    let client = server.machine("mailer", "read").await;
    let headers = [
        ("x-forwarded-for", "192.0.2.1"),
        ("forwarded", "for=192.0.2.2, for=\"[2001:db8::1]:4711\";proto=http"),
        ("x-real-ip", "192.0.2.3"),
        ("forwarded", "for=10.2.2.2"),
    ];

    let answer = server.send_from(plain(PROXY), token_request(&client, &headers), GRANT).await;

    assert_eq!(answer.status, 200);
    assert_eq!(last_used_from(&server, &client).await.as_deref(), Some("2001:db8::1"));
}

async fn a_header_from_elsewhere_is_ignored_and_remembered(server: TestServer) {
    let server = behind_proxy(server).await;
    let client = server.machine("mailer", "read").await;
    let first = || server.app.ignored_forwarding.first();

    ask(&server, plain(PROXY), &client, "198.51.100.1").await;
    server.send_from(encrypted(STRANGER), token_request(&client, &[]), GRANT).await;
    assert_eq!(first(), None);

    let by_rfc = token_request(&client, &[("forwarded", "for=198.51.100.1")]);
    server.send_from(encrypted("::ffff:203.0.113.9"), by_rfc, GRANT).await;
    ask(&server, encrypted("203.0.113.10"), &client, "198.51.100.1").await;
    assert_eq!(first(), Some(STRANGER.parse::<IpAddr>().unwrap()));
}

async fn no_header_changes_the_addresses_we_print(server: TestServer) {
    let server = behind_proxy(server).await;
    let path = "/.well-known/oauth-authorization-server";
    let ours = server.get(path, &[]).await.json();
    let request = Request::get(path)
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "http")
        .header("forwarded", "for=198.51.100.1;host=evil.example;proto=http");

    let answer = server.send_from(plain(PROXY), request, "").await;

    assert_eq!(answer.json(), ours);
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"));
}

/// A connection from 127.0.0.2, as from another machine.
async fn from_the_proxy(address: std::net::SocketAddr) -> HttpConnection {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    HttpConnection::over(socket.connect(address).await.unwrap())
}

#[tokio::test]
async fn the_log_names_the_caller_and_warns_once_of_headers_that_are_ignored() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let process = Program::on(&database)
        .set("TESSERA_METRICS__LISTEN", "127.0.0.1:0")
        .set("TESSERA_SERVER__TRUSTED_PROXIES", "127.0.0.2/32, 10.0.0.0/8")
        .serve()
        .await;
    let forwarded = [("x-forwarded-for", "192.0.2.1, 198.51.100.7")];

    let mut proxy = from_the_proxy(process.address()).await;
    assert_eq!(proxy.get_with("/", &forwarded).await.unwrap().status, 200);
    let mut direct = process.connect().await.unwrap();
    for _ in 0..3 {
        assert_eq!(direct.get_with("/", &forwarded).await.unwrap().status, 200);
    }

    until("the log says so", async || {
        let log = process.log();
        log.contains(r#""client.address":"198.51.100.7""#)
            && log.contains(r#""client.address":"127.0.0.1""#)
    })
    .await;
    assert_eq!(process.log().matches("arrives from 127.0.0.1 and is ignored").count(), 1);
    assert!(!process.log().contains("192.0.2.1"));
    let metrics = process.metrics().await;
    assert!(metrics.contains("tessera_forwarded_headers_ignored_total 3"), "{metrics}");
    drop(process);
    database.remove().await;
}

#[tokio::test]
async fn a_reload_takes_other_proxies() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let settings = database.folder.join("config.toml");
    std::fs::write(&settings, "server.trusted_proxies = ['10.0.0.1']").unwrap();
    let process = Program::on(&database).serve().await;
    let forwarded = [("x-forwarded-for", "198.51.100.7")];
    let mut proxy = from_the_proxy(process.address()).await;
    assert_eq!(proxy.get_with("/", &forwarded).await.unwrap().status, 200);

    std::fs::write(&settings, "server.trusted_proxies = ['127.0.0.2']").unwrap();
    process.signal("HUP");
    until("it is read", async || process.log().contains("reloaded: server.trusted_pro")).await;
    assert!(!process.log().contains("198.51.100.7"));
    assert_eq!(proxy.get_with("/", &forwarded).await.unwrap().status, 200);

    until("it counts", async || process.log().contains(r#""client.address":"198.51.100.7""#)).await;
    drop(process);
    database.remove().await;
}

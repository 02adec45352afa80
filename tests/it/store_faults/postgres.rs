//! PostgreSQL behind a line that is cut or falls silent.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::http::StatusCode;
use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use tessera::{config::StoreUrl, store};
use tokio::task::JoinSet;

use super::{Ledger, STORE_TIMEOUT, answer, assert_unavailable, until};
use crate::common::{
    Engine, TestServer,
    line::{Line, LineState},
};

#[tokio::test]
async fn a_database_that_is_gone_is_503_until_it_is_back() {
    outage(LineState::Cut).await;
}

#[tokio::test]
async fn a_database_that_falls_silent_is_503_until_it_answers() {
    outage(LineState::Silent).await;
}

async fn outage(state: LineState) {
    let (server, mut line) = server_on_a_line().await;
    let ledger = Ledger::open(&server).await;
    let spare = server.token(&ledger.client).await;

    line.set(state).await;
    // More often than there are connections: the first of them may have been open.
    for _ in 0..3 {
        assert_unavailable(&ledger.issue(&server).await);
        assert_unavailable(&ledger.introspect(&server).await);
        assert_unavailable(&ledger.revoke(&server, &spare).await);
        assert_unavailable(&answer(server.get("/jwks.json", &[])).await);
        assert_unavailable(&answer(server.get("/readyz", &[])).await);
    }
    assert_eq!(answer(server.get("/healthz", &[])).await.status, StatusCode::OK);

    line.set(LineState::Whole).await;
    until_ready(&server).await;
    ledger.holds(&server).await;
    assert_eq!(ledger.revoke(&server, &spare).await.status, StatusCode::OK);
    assert!(!server.is_active(&ledger.client, &spare).await);
    server.database().remove().await;
}

/// Requests are under way in every state when the line falls silent: waiting for a connection,
/// for an answer, and giving a connection back.
#[tokio::test]
async fn a_line_that_falls_silent_under_load_takes_nothing_along() {
    let (server, mut line) = server_on_a_line().await;
    let ledger = Arc::new(Ledger::open(&server).await);
    let (server, count) = (Arc::new(server), Arc::new(AtomicUsize::new(0)));

    let mut load = JoinSet::new();
    for _ in 0..16 {
        let (server, ledger, count) =
            (Arc::clone(&server), Arc::clone(&ledger), Arc::clone(&count));
        load.spawn(async move { issue_until_it_fails(&server, &ledger, &count).await });
    }
    until("under load", || async { count.load(Ordering::Relaxed) > 100 }).await;
    line.set(LineState::Silent).await;
    let issued: Vec<String> = load.join_all().await.into_iter().flatten().collect();

    line.set(LineState::Whole).await;
    until_ready(&server).await;
    until("all connections at once", || async { borrow_all(&server).await.is_ok() }).await;
    ledger.holds(&server).await;
    for token in &issued {
        assert!(server.is_active(&ledger.client, token).await, "an acknowledged token is lost");
    }
    server.database().remove().await;
}

/// Borrows as many connections at once as there are.
async fn borrow_all(server: &TestServer) -> store::Result<()> {
    let mut handles = Vec::new();
    for _ in 0..server.app.config.store.connections {
        handles.push(server.app.store.read().await?);
    }
    Ok(())
}

async fn issue_until_it_fails(
    server: &TestServer,
    ledger: &Ledger,
    count: &AtomicUsize,
) -> Vec<String> {
    let mut issued = Vec::new();
    loop {
        let answer = ledger.issue(server).await;
        if answer.status != StatusCode::OK {
            assert_unavailable(&answer);
            return issued;
        }
        issued.push(answer.json()["access_token"].as_str().unwrap().to_owned());
        count.fetch_add(1, Ordering::Relaxed);
    }
}

async fn until_ready(server: &TestServer) {
    until("ready", || async { server.get("/readyz", &[]).await.status == StatusCode::OK }).await;
}

/// A server whose every byte to and from the database goes over a line in the test's hand.
async fn server_on_a_line() -> (TestServer, Line) {
    let server = TestServer::on(Engine::Postgres).await;
    let options: PgConnectOptions = server.database().url.parse().unwrap();
    let target = format!("{}:{}", options.get_host(), options.get_port());
    let target = tokio::net::lookup_host(target).await.unwrap().next().unwrap();
    let line = Line::to(target).await;
    let (host, port) = (line.address().ip().to_string(), line.address().port());
    let url = options.host(&host).port(port).to_url_lossy().to_string();
    let server = server
        .restarted(|config| {
            config.store.url = StoreUrl::Postgres(url);
            config.store.timeout = STORE_TIMEOUT;
        })
        .await;
    (server, line)
}

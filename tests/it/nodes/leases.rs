//! A node that hears of nothing any more: it answers from its cache for as long as its lease, and
//! from then on from the database.

use std::{sync::Arc, time::Duration};

use tessera::config::StoreUrl;

use super::revoked_rows;
use crate::common::{
    Engine, TestClient, TestDatabase, TestServer,
    line::{Line, LineState},
    until::until,
};

/// Its listener alone is cut, and cannot connect again; all else goes on.
#[tokio::test]
async fn a_node_without_a_listener_answers_from_the_database() {
    let deaf = TestServer::on(Engine::Postgres).await;
    let hearing = deaf.neighbour().await;
    let client = deaf.machine("mailer", "read").await;
    let [first, second] = [deaf.token(&client).await, deaf.token(&client).await];
    for token in [&first, &second] {
        keep(&deaf, &client, token).await;
    }

    for node in [&deaf, &hearing] {
        open_connections(node, &client).await;
    }

    cut_the_eldest_listener_for_good(&deaf.database()).await;
    revoke(&hearing, &client, &first).await;
    let seen_at_once = deaf.is_active(&client, &first).await;
    until("without a lease", async || !deaf.app.store.answers_from_cache()).await;
    assert!(deaf.is_active(&client, &second).await, "the database says so");
    revoke(&hearing, &client, &second).await;

    assert!(!seen_at_once && !deaf.is_active(&client, &second).await);
    deaf.database().admit(true).await;
    until("has a lease again", async || deaf.app.store.answers_from_cache()).await;
    assert!(!deaf.is_active(&client, &first).await);
    deaf.database().remove().await;
}

/// All its connections fall silent, as those to a machine that is gone. Nothing tells it so.
#[tokio::test]
async fn a_node_on_a_silent_line_has_no_lease_when_a_revocation_is_acknowledged() {
    let hearing = TestServer::on(Engine::Postgres).await;
    let (deaf, mut line) = neighbour_on_a_line(&hearing).await;
    let client = hearing.machine("mailer", "read").await;
    let token = hearing.token(&client).await;
    keep(&deaf, &client, &token).await;

    line.set(LineState::Silent).await;
    revoke(&hearing, &client, &token).await;
    let holds = deaf.app.store.answers_from_cache();
    line.set(LineState::Whole).await;

    assert!(!holds, "acknowledged while another node could answer from before");
    until("answered", async || {
        let answer = deaf.post("/introspect", &client, &format!("token={token}")).await;
        let is_answered = answer.status == 200;
        assert!(!is_answered || answer.json()["active"] == false, "{answer:?}");
        is_answered
    })
    .await;
    deaf.database().remove().await;
}

/// The first has changed the row and waits for the other node; the second finds nothing to change.
/// That makes its answer no less of a promise.
#[tokio::test]
async fn a_second_revocation_is_acknowledged_no_sooner_than_the_first_may_be() {
    let hearing = Arc::new(TestServer::on(Engine::Postgres).await);
    let (deaf, mut line) = neighbour_on_a_line(&hearing).await;
    let client = hearing.machine("mailer", "read").await;
    let token = hearing.token(&client).await;
    keep(&deaf, &client, &token).await;

    line.set(LineState::Silent).await;
    let first = tokio::spawn({
        let (hearing, client, token) = (Arc::clone(&hearing), client.clone(), token.clone());
        async move { revoke(&hearing, &client, &token).await }
    });
    until("revoked", async || revoked_rows(&hearing.database()).await == 1).await;
    revoke(&hearing, &client, &token).await;
    let holds = deaf.app.store.answers_from_cache();
    first.await.unwrap();

    assert!(!holds, "acknowledged while another node could answer from before");
    deaf.database().remove().await;
}

/// Lets the node answer about a token from its cache from now on.
async fn keep(node: &TestServer, client: &TestClient, token: &str) {
    until("has a lease", async || node.app.store.answers_from_cache()).await;
    assert!(node.is_active(client, token).await);
}

async fn revoke(node: &TestServer, client: &TestClient, token: &str) {
    let answer = node.post("/revoke", client, &format!("token={token}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// Opens all the connections that a node will need: later there are no new ones to be had.
async fn open_connections(node: &TestServer, client: &TestClient) {
    let token = node.token(client).await;
    revoke(node, client, &token).await;
    let mut idle = Vec::new();
    for _ in 0..2 {
        idle.push(node.app.store.read().await.unwrap());
    }
}

/// Cuts the listener of the node that has been there longest, and lets nobody connect any more.
async fn cut_the_eldest_listener_for_good(database: &TestDatabase) {
    database.admit(false).await;
    database
        .execute_beside(
            "SELECT pg_terminate_backend(pid) FROM (
                 SELECT pid FROM pg_stat_activity
                 WHERE application_name = 'tessera listener' AND datname = '{database}'
                 ORDER BY backend_start LIMIT 1
             ) AS listener",
        )
        .await;
}

/// Another server, whose every byte to and from the database goes over a line.
async fn neighbour_on_a_line(server: &TestServer) -> (TestServer, Line) {
    let (line, url) = Line::to_database(&server.database()).await;
    let neighbour = server
        .neighbour_with(|config| {
            config.store.url = StoreUrl::Postgres(url);
            config.store.timeout = Duration::from_millis(300);
        })
        .await;
    (neighbour, line)
}

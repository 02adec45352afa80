//! A primary and a standby in one address: what is acknowledged outlives the primary, and nobody
//! has to be told where to go on.

mod entry_check;
mod load;
mod notes;
mod old;
mod refused;
mod silent;
mod starting;

use std::time::{Duration, Instant};

use axum::http::StatusCode;

use self::load::Load;
use crate::common::{
    TestClient, TestServer,
    pair::{Host, Pair},
    until::until,
};

/// How long the servers of these tests wait for their database.
const STORE_TIMEOUT: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_outlives_the_primary_and_nodes_find_the_next_by_themselves() {
    let pair = Pair::start().await;
    let first = node(&pair).await;
    let second = first.neighbour().await;
    let client = first.machine("mailer", "read").await;
    let load = Load::begin([first, second], client.clone());
    load.goes_on().await;

    tokio::task::block_in_place(|| pair.kill(&pair.primary));
    for node in load.nodes() {
        says_that_there_is_no_host(node, &client, &load.a_live_token()).await;
    }
    let promoted = promote(&pair).await;
    let took: Vec<_> = load.first_answers_since(promoted.asked).await;
    eprintln!(
        "promotion: {:?}; tokens from each node after it: {:?}",
        promoted.done - promoted.asked,
        took.iter().map(|at| at.saturating_duration_since(promoted.done)).collect::<Vec<_>>()
    );
    load.goes_on().await;

    for node in load.nodes() {
        until("ready", async || is_ready(node).await).await;
        assert_eq!(node.app.store.host(), Some(pair.standby.name()));
    }
    load.end().await.holds().await;
}

/// The old one still runs, as one does that nobody told of its successor.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_leave_a_primary_that_goes_on_beside_its_successor() {
    let pair = Pair::start().await;
    let node = node(&pair).await;
    let client = node.machine("mailer", "read").await;
    let [live, ended] = [node.token(&client).await, node.token(&client).await];
    revoke(&node, &client, &ended).await;

    promote(&pair).await;
    until("moved", async || uses(&node, &pair.standby)).await;

    assert!(node.is_active(&client, &live).await && !node.is_active(&client, &ended).await);
    let token = node.token(&client).await;
    revoke(&node, &client, &live).await;
    assert!(node.is_active(&client, &token).await && !node.is_active(&client, &live).await);
    assert!(is_ready(&node).await);
}

/// A server on the pair.
async fn node(pair: &Pair) -> TestServer {
    let server = TestServer::on_prepared(pair.database()).await.unwrap();
    server.restarted(|config| config.store.timeout = STORE_TIMEOUT).await
}

fn uses(node: &TestServer, host: &Host) -> bool {
    node.app.store.host() == Some(host.name())
}

async fn is_ready(node: &TestServer) -> bool {
    node.get("/readyz", &[]).await.status == StatusCode::OK
}

async fn revoke(node: &TestServer, client: &TestClient, token: &str) {
    let answer = node.post("/revoke", client, &format!("token={token}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

/// It is not ready, answers nothing from its cache, and sends everybody away for a while.
async fn says_that_there_is_no_host(node: &TestServer, client: &TestClient, token: &str) {
    until("not ready", async || !is_ready(node).await).await;
    until("without a lease", async || !node.app.store.answers_from_cache()).await;
    let ready = node.get("/readyz", &[]).await;
    let issuing = node.post("/token", client, "grant_type=client_credentials").await;
    let looking = node.post("/introspect", client, &format!("token={token}")).await;
    for answer in [ready, issuing, looking] {
        answer.assert_error(503, "temporarily_unavailable");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    assert!(!node.app.store.answers_from_cache());
}

/// When the promotion was asked for, and when the standby first said that it is a standby no more.
struct Promoted {
    asked: Instant,
    done: Instant,
}

async fn promote(pair: &Pair) -> Promoted {
    let mut standby = pair.connect(&pair.standby).await;
    let sql = "SELECT pg_is_in_recovery()";
    let watching = tokio::spawn(async move {
        while sqlx::query_scalar::<_, bool>(sql).fetch_one(&mut standby).await.unwrap() {}
        Instant::now()
    });
    let asked = Instant::now();
    tokio::task::block_in_place(|| pair.promote());
    Promoted { asked, done: watching.await.unwrap() }
}

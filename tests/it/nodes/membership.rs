//! Who counts as a node, and for how long others wait for one that is silent.

use std::time::{Duration, Instant};

use super::{Cluster, registered, warm};
use crate::common::{Engine, TestServer, until::until};

/// Longer than anybody waits for a node that is silent: its lease, the margin, and a machine that
/// is busy. Far below the time limit of the store.
const PATIENCE: Duration = Duration::from_secs(3);

/// Shorter than anybody waits for a node that is silent.
const AT_ONCE: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_killed_node_is_waited_for_once() {
    let mut cluster = Cluster::of(2).await;
    let mut survivor = cluster.nodes[0].connect().await.unwrap();
    let first = survivor.token(&cluster.client).await.unwrap();
    let second = survivor.token(&cluster.client).await.unwrap();

    cluster.nodes[1].kill();
    let began = Instant::now();
    survivor.revoke(&cluster.client, &first).await.unwrap();
    let waited = began.elapsed();
    until("taken off the table", async || registered(&cluster.database).await == 1).await;
    let began = Instant::now();
    survivor.revoke(&cluster.client, &second).await.unwrap();
    let waited_again = began.elapsed();

    assert!(waited < PATIENCE, "{waited:?}");
    assert!(waited_again < AT_ONCE, "{waited_again:?}");
    cluster.end().await;
}

/// Its memory is as it was, and so are its connections, which may even hold old beats.
#[tokio::test]
async fn a_node_that_stood_still_forgets_before_it_answers() {
    let cluster = Cluster::of(2).await;
    let [mut awake, mut asleep] = cluster.connect().await.try_into().ok().unwrap();
    for _ in 0..3 {
        let token = awake.token(&cluster.client).await.unwrap();
        warm(&cluster.nodes[1], &cluster.client, &token).await;

        cluster.nodes[1].signal("STOP");
        let began = Instant::now();
        awake.revoke(&cluster.client, &token).await.unwrap();
        let waited = began.elapsed();
        cluster.nodes[1].signal("CONT");

        assert!(!asleep.is_active(&cluster.client, &token).await.unwrap());
        assert!(waited < PATIENCE, "{waited:?}");
    }
    cluster.end().await;
}

/// The node that stood still was taken off the table. It comes back by itself, and is waited for
/// again.
#[tokio::test]
async fn a_node_that_stood_still_takes_its_place_again() {
    let cluster = Cluster::of(2).await;
    let [mut awake, mut asleep] = cluster.connect().await.try_into().ok().unwrap();
    let [first, second] = [(); 2].map(|()| cluster.client.clone());
    let first = awake.token(&first).await.unwrap();
    let second = awake.token(&second).await.unwrap();

    cluster.nodes[1].signal("STOP");
    awake.revoke(&cluster.client, &first).await.unwrap();
    until("taken off the table", async || registered(&cluster.database).await == 1).await;
    cluster.nodes[1].signal("CONT");
    until("back in the table", async || registered(&cluster.database).await == 2).await;

    warm(&cluster.nodes[1], &cluster.client, &second).await;
    awake.revoke(&cluster.client, &second).await.unwrap();
    assert!(!asleep.is_active(&cluster.client, &second).await.unwrap());
    cluster.end().await;
}

#[tokio::test]
async fn a_node_that_is_stopped_in_order_leaves_the_table() {
    let mut cluster = Cluster::of(2).await;

    cluster.nodes[1].terminate();
    let status = cluster.nodes[1].ended().await;

    assert!(status.success(), "{}", cluster.nodes[1].log());
    assert_eq!(registered(&cluster.database).await, 1);
    cluster.end().await;
}

#[tokio::test]
async fn a_node_that_keeps_nothing_looks_every_time() {
    let server = TestServer::on(Engine::Postgres).await;
    let server = server.restarted(|config| config.cache.enabled = false).await;
    let database = server.database();
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    for _ in 0..3 {
        assert!(server.is_active(&client, &token).await);
    }

    database.execute("UPDATE tokens SET status = 'revoked', ended_at = 1").await;

    assert!(!server.is_active(&client, &token).await);
    assert!(!server.app.store.answers_from_cache());
    database.remove().await;
}

#[tokio::test]
async fn a_node_that_keeps_nothing_has_its_place_and_is_not_waited_for() {
    let cluster = Cluster::of(1).await;
    let strict = cluster.program.clone().named("strict").set("TESSERA_CACHE__ENABLED", "false");
    let strict = strict.serve().await;
    until("joined", async || registered(&cluster.database).await == 2).await;
    let mut connection = cluster.nodes[0].connect().await.unwrap();
    let token = connection.token(&cluster.client).await.unwrap();

    strict.signal("STOP");
    let began = Instant::now();
    connection.revoke(&cluster.client, &token).await.unwrap();
    let waited = began.elapsed();
    strict.signal("CONT");

    assert!(waited < AT_ONCE, "{waited:?}");
    assert_eq!(registered(&cluster.database).await, 2);
    assert!(!strict.connect().await.unwrap().is_active(&cluster.client, &token).await.unwrap());
    drop(strict);
    cluster.end().await;
}

/// What the test above would not see if nothing were ever kept. On SQLite, where a lease has no
/// end that a busy machine could bring about.
#[tokio::test]
async fn a_node_that_keeps_what_it_read_does_not_look_again() {
    let server = TestServer::on(Engine::Sqlite).await;
    let database = server.database();
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    assert!(server.is_active(&client, &token).await);

    // Behind its back, as only a test does.
    database.execute("UPDATE tokens SET status = 'revoked', ended_at = 1").await;

    assert!(server.is_active(&client, &token).await);
    database.remove().await;
}

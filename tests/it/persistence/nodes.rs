//! What other nodes know of a token that waits on one of them: nothing. What they do all the same.

use super::{held, release, revoke, waiting, write};
use crate::common::{Engine, TestClient, TestDatabase, TestServer, until::until};

/// Two servers where nobody writes what waits, and a client.
async fn two() -> (TestDatabase, [TestServer; 2], TestClient) {
    let server = TestServer::on(Engine::Postgres).await;
    let database = server.database();
    let (one, client) = held(server).await;
    let other = one.neighbour().await;
    (database, [one, other], client)
}

#[tokio::test]
async fn another_node_calls_a_token_inactive_until_it_is_written() {
    let (database, [one, other], client) = two().await;
    let token = one.token(&client).await;

    assert!(one.is_active(&client, &token).await);
    assert!(!other.is_active(&client, &token).await);
    write(&one).await;

    assert!(one.is_active(&client, &token).await);
    assert!(other.is_active(&client, &token).await);
    drop((one, other));
    database.remove().await;
}

#[tokio::test]
async fn a_token_that_is_revoked_before_it_is_written_is_alive_on_no_other_node() {
    let (database, [one, other], client) = two().await;
    let token = one.token(&client).await;
    assert!(one.is_active(&client, &token).await);

    revoke(&one, &client, &token).await;

    assert!(!one.is_active(&client, &token).await);
    assert!(!other.is_active(&client, &token).await);
    write(&one).await;
    assert!(!one.is_active(&client, &token).await);
    assert!(!other.is_active(&client, &token).await);
    drop((one, other));
    database.remove().await;
}

#[tokio::test]
async fn a_token_that_waits_elsewhere_is_revoked_on_a_node_that_has_never_heard_of_it() {
    let (database, [one, other], client) = two().await;
    let (token, kept) = (one.token(&client).await, one.token(&client).await);
    assert!(one.is_active(&client, &token).await, "and is kept");

    revoke(&other, &client, &token).await;

    assert!(!one.is_active(&client, &token).await);
    write(&one).await;
    for server in [&one, &other] {
        assert!(!server.is_active(&client, &token).await);
        assert!(server.is_active(&client, &kept).await);
    }
    assert_eq!(waiting(&one), 0);
    assert_eq!(database.count("tokens WHERE status = 'revoked'").await, 1);
    drop((one, other));
    database.remove().await;
}

/// Whoever has seen the string may ask for its end anywhere; where the token is not known, nobody
/// can tell that it is another's.
#[tokio::test]
async fn a_stranger_ends_no_token_on_a_node_that_does_not_know_it() {
    let (database, [one, other], client) = two().await;
    let stranger = one.machine("stranger", "read").await;
    let token = one.token(&client).await;

    revoke(&other, &stranger, &token).await;
    assert!(!other.is_active(&client, &token).await, "it is not known there yet");
    write(&one).await;

    for server in [&one, &other] {
        assert!(server.is_active(&client, &token).await);
    }
    assert_eq!(database.count("tokens").await, 1);
    revoke(&other, &client, &token).await;
    assert!(!one.is_active(&client, &token).await);
    drop((one, other));
    database.remove().await;
}

#[tokio::test]
async fn what_two_nodes_have_answered_is_all_written() {
    let (database, [one, other], client) = two().await;
    let mut tokens = Vec::new();
    for _ in 0..30 {
        tokens.push(one.token(&client).await);
        tokens.push(other.token(&client).await);
    }

    for server in [&one, &other] {
        release(server, 3);
    }
    until("written", async || waiting(&one) + waiting(&other) == 0).await;

    assert_eq!(database.count("tokens").await, 60);
    for token in &tokens {
        assert!(one.is_active(&client, token).await && other.is_active(&client, token).await);
    }
    drop((one, other));
    database.remove().await;
}

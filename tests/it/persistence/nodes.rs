//! What other nodes know of a token that waits on one of them: nothing. What they do all the same.

use tessera::{
    acts::clients::ClientChanges,
    config::{Config, PersistenceMode},
    model::{client::ClientKind, client_id::ClientId, reuse::Reuse, scope::Scope},
};

use super::{held, later, release, revoke, waiting, write};
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

/// Neither of the two nodes that are asked can know, before it is written, whose it is.
#[tokio::test]
async fn who_revokes_after_a_stranger_revokes_all_the_same() {
    let (database, [one, other], client) = two().await;
    let stranger = one.machine("stranger", "read").await;
    for asked in [&one, &other] {
        let token = one.token(&client).await;
        assert!(one.is_active(&client, &token).await);
        revoke(&other, &stranger, &token).await;
        assert!(one.is_active(&client, &token).await, "a stranger ends nothing");

        revoke(asked, &client, &token).await;
        assert!(!one.is_active(&client, &token).await);
        // Nor does it come back by what a stranger says.
        revoke(&other, &stranger, &token).await;
        revoke(&one, &stranger, &token).await;
        revoke(asked, &client, &token).await;

        assert!(!one.is_active(&client, &token).await);
        write(&one).await;
        for server in [&one, &other] {
            assert!(!server.is_active(&client, &token).await);
        }
    }
    drop((one, other));
    database.remove().await;
}

#[tokio::test]
async fn a_stranger_who_comes_after_the_owner_revives_nothing() {
    let (database, [one, other], client) = two().await;
    let stranger = one.machine("stranger", "read").await;
    let token = one.token(&client).await;

    revoke(&other, &client, &token).await;
    revoke(&other, &stranger, &token).await;

    assert!(!one.is_active(&client, &token).await);
    write(&one).await;
    for server in [&one, &other] {
        assert!(!server.is_active(&client, &token).await);
    }
    assert_eq!(database.count("tokens WHERE status = 'valid'").await, 0);
    drop((one, other));
    database.remove().await;
}

#[tokio::test]
async fn a_token_that_was_revoked_elsewhere_is_not_told_again() {
    let server = TestServer::on(Engine::Postgres).await;
    let database = server.database();
    let client = server.machine("mailer", "read").await;
    let telling = |config: &mut Config| {
        later(config, 0);
        config.tokens.reuse = Reuse::ReuseActive;
    };
    let one = server.restarted(telling).await;
    let other = one.neighbour().await;
    let first = one.token(&client).await;
    assert_eq!(one.token(&client).await, first);

    revoke(&other, &client, &first).await;
    let second = one.token(&client).await;

    assert_ne!(second, first);
    assert!(one.is_active(&client, &second).await);
    write(&one).await;
    assert_eq!(one.token(&client).await, second);
    assert!(one.is_active(&client, &second).await && !one.is_active(&client, &first).await);
    revoke(&other, &client, &second).await;
    assert_ne!(one.token(&client).await, second);
    drop((one, other));
    database.remove().await;
}

#[tokio::test]
async fn made_up_strings_leave_no_rows_behind_or_few() {
    let (database, [one, other], client) = two().await;
    let scope = Some(Scope::parse("read").unwrap());
    let changes = ClientChanges { scope, ..Default::default() };
    let spa = ClientId::parse("spa").unwrap();
    one.token(&client).await;
    one.add(&spa, ClientKind::Browser, changes, None).await.unwrap();

    for number in 0..20 {
        let form = format!("client_id=spa&token={:0>43}", format!("x{number}"));
        assert_eq!(other.post_form("/revoke", &form).await.status.as_u16(), 200);
    }
    assert_eq!(database.count("tokens").await, 0, "it cannot have one that waits");

    for number in 0..302 {
        let form = format!("token={:0>43}", format!("y{number}"));
        let answer = other.post("/revoke", &client, &form).await;
        let (status, wait) = (answer.status.as_u16(), answer.headers.get("retry-after"));
        assert_eq!((status, wait.is_some()), if number < 300 { (200, false) } else { (503, true) });
    }
    assert_eq!(database.count("tokens").await, 300);
    let known = format!("{:0>43}", "y7");
    revoke(&other, &client, &known).await;
    other.advance(std::time::Duration::from_mins(1));
    revoke(&other, &client, &format!("{:0>43}", "y301")).await;
    assert_eq!(database.count("tokens").await, 301);
    drop((one, other));
    database.remove().await;
}

#[tokio::test]
async fn a_node_that_writes_first_revokes_what_waits_on_one_that_does_not() {
    let server = TestServer::on(Engine::Postgres).await;
    let database = server.database();
    let (one, client) = held(server).await;
    let synchronous = |config: &mut Config| {
        config.persistence.mode = PersistenceMode::Sync;
        config.persistence.accept_loss = false;
        config.persistence.pool_size = 0;
    };
    let other = one.try_neighbour_with(synchronous).await.unwrap();
    let token = one.token(&client).await;
    assert!(one.is_active(&client, &token).await);

    revoke(&other, &client, &token).await;

    assert!(!one.is_active(&client, &token).await);
    write(&one).await;
    for server in [&one, &other] {
        assert!(!server.is_active(&client, &token).await);
    }
    drop((one, other));
    database.remove().await;
}

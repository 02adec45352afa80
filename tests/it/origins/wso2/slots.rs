//! The one active token of a client, user and scope, and what becomes of those who ask at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use tessera::{config::parse, model::reuse::Reuse};
use tokio::task::JoinSet;

use crate::common::{Engine, TestClient, TestServer, on_each_engine};

on_each_engine!(
    b03_who_asks_again_gets_the_same_string,
    b07_one_token_is_active_for_a_client_user_and_scope,
    b09_both_of_two_nodes_answer_with_the_token_of_the_winner,
    b10_other_scopes_do_not_collide,
    b11_neither_repetition_nor_a_missing_scope_escapes,
    b12_so_many_retries_are_one_insert_more_and_none_is_one_insert,
    b13_reuse_works_though_only_a_hash_is_looked_up,
    b15_no_token_is_told_that_is_over_or_has_a_second_left,
    b16_renewing_ends_the_token_of_before,
);

const FORM: &str = "grant_type=client_credentials";

async fn with(server: TestServer, reuse: Reuse) -> TestServer {
    server.restarted(|config| config.tokens.reuse = reuse).await
}

async fn token(server: &TestServer, client: &TestClient, scope: &str) -> String {
    let scope = scope.replace(' ', "+");
    let answer = server.post("/token", client, &format!("{FORM}&scope={scope}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

async fn b03_who_asks_again_gets_the_same_string(server: TestServer) {
    let server = with(server, Reuse::ReuseActive).await;
    let client = server.machine("mailer", "read write").await;

    assert_eq!(token(&server, &client, "read").await, token(&server, &client, "read").await);
}

#[test]
fn b06_five_retries_are_the_default() {
    assert_eq!(parse(None, []).unwrap().config.persistence.retry_count, 5);
}

async fn b07_one_token_is_active_for_a_client_user_and_scope(server: TestServer) {
    let server = with(server, Reuse::ReuseActive).await;
    let client = server.machine("mailer", "read write").await;
    let server = Arc::new(server);

    let mut asking = JoinSet::new();
    for _ in 0..20 {
        let (server, client) = (Arc::clone(&server), client.clone());
        asking.spawn(async move { token(&server, &client, "read").await });
    }
    let mut told = asking.join_all().await;

    told.dedup();
    assert_eq!(told.len(), 1);
    assert_eq!(server.database().count("tokens").await, 1);
}

/// On SQLite, whose file has one server, they are two requests to it.
async fn b09_both_of_two_nodes_answer_with_the_token_of_the_winner(server: TestServer) {
    let server = with(server, Reuse::ReuseActive).await;
    let client = server.machine("mailer", "read write").await;
    let other = match server.database().engine {
        Engine::Postgres => Some(server.neighbour().await),
        Engine::Sqlite => None,
    };
    let other = other.as_ref().unwrap_or(&server);
    for round in 1..=10 {
        let scope = if round % 2 == 0 { "read" } else { "write" };
        server.advance(Duration::from_hours(1));

        let (one, two) = tokio::join!(token(&server, &client, scope), token(other, &client, scope));

        assert_eq!(one, two);
        assert_eq!(server.database().count("tokens").await, round);
    }
}

async fn b10_other_scopes_do_not_collide(server: TestServer) {
    let server = with(server, Reuse::ReuseActive).await;
    let client = server.machine("mailer", "read write").await;

    let tokens = [token(&server, &client, "read").await, token(&server, &client, "write").await];

    assert_ne!(tokens[0], tokens[1]);
    for token in &tokens {
        assert!(server.is_active(&client, token).await);
    }
}

async fn b11_neither_repetition_nor_a_missing_scope_escapes(server: TestServer) {
    let server = with(server, Reuse::ReuseActive).await;
    let client = server.machine("mailer", "read write").await;
    let first = token(&server, &client, "read write").await;

    for scope in ["write read", "read  write read"] {
        assert_eq!(token(&server, &client, scope).await, first, "{scope:?}");
    }
    assert_eq!(server.token(&client).await, first, "no scope is all that the client may have");
    let bare = server.machine("bare", "").await;
    assert_eq!(server.token(&bare).await, server.token(&bare).await);
}

async fn b12_so_many_retries_are_one_insert_more_and_none_is_one_insert(server: TestServer) {
    let mut server = with(server, Reuse::ReuseActive).await;
    let client = server.machine("mailer", "read").await;
    // Whoever wants the slot comes too late each time.
    server.token(&client).await;
    server.database().execute("DELETE FROM tokens").await;
    let sql = format!("UPDATE slots SET held_until = {}", i64::MAX);
    assert_eq!(server.database().execute(&sql).await, 1);
    for (retries, inserts) in [(0, 1), (5, 6)] {
        server = server.restarted(|config| config.persistence.retry_count = retries).await;
        let tried = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&tried);
        server.app.store.fail(Some(Arc::new(move |sql: &str| {
            counter.fetch_add(usize::from(sql.contains("INSERT INTO slots")), SeqCst);
            None
        })));

        let answer = server.post("/token", &client, FORM).await;

        answer.assert_error(503, "temporarily_unavailable");
        assert!(!answer.body.contains("exists"), "{answer:?}");
        assert_eq!(tried.load(SeqCst), inserts, "{retries}");
    }
}

async fn b13_reuse_works_though_only_a_hash_is_looked_up(server: TestServer) {
    let server = with(server, Reuse::ReuseActive).await;
    let client = server.machine("mailer", "read").await;
    let first = server.token(&client).await;

    let hashed = "tokens WHERE reference_hash IS NOT NULL AND token_sealed IS NOT NULL";
    assert_eq!(server.database().count(hashed).await, 1);
    let server = server.restarted(|_| ()).await;
    assert_eq!(server.token(&client).await, first);
}

async fn b15_no_token_is_told_that_is_over_or_has_a_second_left(server: TestServer) {
    let server = with(server, Reuse::ReuseActive).await;
    let client = server.machine("mailer", "read").await;
    let first = server.token(&client).await;
    server.advance(Duration::from_millis(3_598_999));
    assert_eq!(server.token(&client).await, first, "a millisecond more than a second is left");

    server.advance(Duration::from_millis(1));
    let second = server.token(&client).await;

    assert_ne!(second, first);
    assert!(server.is_active(&client, &first).await, "nobody ended it");
    server.advance(Duration::from_hours(2));
    assert_ne!(server.token(&client).await, second);
}

async fn b16_renewing_ends_the_token_of_before(server: TestServer) {
    let server = with(server, Reuse::Renew).await;
    let client = server.machine("mailer", "read").await;

    let (first, second) = (server.token(&client).await, server.token(&client).await);

    assert_ne!(first, second);
    assert!(!server.is_active(&client, &first).await && server.is_active(&client, &second).await);
}

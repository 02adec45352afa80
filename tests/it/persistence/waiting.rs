//! A token between its answer and its row.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::json;
use tessera::{
    acts::clients::ClientChanges,
    config::Config,
    model::{
        authorization::Authorization, client::ClientKind, secret::Sha256,
        space_delimited::SpaceDelimited, token_format::TokenFormat,
    },
    store::{Command, End, TokenName},
    tokens::Issued,
};

use super::{held, later, release, waiting, write};
use crate::common::{Measured, TestServer, on_each_engine, until::until};

on_each_engine!(
    a_token_is_answered_before_it_is_written_and_works_at_once,
    what_is_told_of_a_token_is_the_same_before_and_after_it_is_written,
    workers_write_whatever_waits,
    more_than_may_wait_are_written_before_they_are_answered,
    a_token_that_waits_dies_with_its_client,
    a_token_that_waits_is_as_old_as_its_answer,
    a_token_that_waits_expires_as_any,
    a_jwt_is_written_before_it_is_answered,
    a_token_under_rules_is_written_before_it_is_answered,
    a_token_that_an_operator_makes_is_written_before_it_is_told,
    an_unknown_token_stays_unknown,
    without_a_cache_a_waiting_token_works_as_well,
);

async fn a_token_is_answered_before_it_is_written_and_works_at_once(server: TestServer) {
    let (server, client) = held(server).await;

    let token = server.token(&client).await;

    assert_eq!((server.database().count("tokens").await, waiting(&server)), (0, 1));
    assert!(server.is_active(&client, &token).await);
    assert!(server.is_active(&client, &token).await, "out of the cache");
    let entry = server.app.store.waiting_token(&Sha256::of(token.as_bytes())).unwrap();
    let found = server.app.store.find_token(TokenName::Key(entry.entry_key)).await.unwrap();
    assert_eq!(found.unwrap().entry.reference_hash, entry.reference_hash);
    write(&server).await;
    assert_eq!((server.database().count("tokens").await, waiting(&server)), (1, 0));
    assert!(server.is_active(&client, &token).await);
}

async fn what_is_told_of_a_token_is_the_same_before_and_after_it_is_written(server: TestServer) {
    let (server, client) = held(server).await;
    let token = server.token(&client).await;

    let before = server.introspect(&client, &token).await;
    write(&server).await;
    let server = server.restarted(|_| {}).await;
    let after = server.introspect(&client, &token).await;

    assert_eq!(before, after);
    assert_eq!(before["client_id"], json!("mailer"));
}

async fn workers_write_whatever_waits(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let server = server.restarted(|config| later(config, 4)).await;
    let mut tokens = Vec::new();
    for _ in 0..200 {
        tokens.push(server.token(&client).await);
    }

    until("written", async || waiting(&server) == 0).await;

    assert_eq!(server.database().count("tokens").await, 200);
    for token in &tokens {
        assert!(server.is_active(&client, token).await);
    }
}

async fn more_than_may_wait_are_written_before_they_are_answered(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let measured = Measured::begin(server.now());
    let limit = |config: &mut Config| {
        later(config, 0);
        config.persistence.queue_limit = 3;
    };
    let server = server.restarted(limit).await;
    let mut tokens = Vec::new();

    for _ in 0..5 {
        tokens.push(server.token(&client).await);
        assert!(waiting(&server) <= 3);
    }

    assert_eq!((server.database().count("tokens").await, waiting(&server)), (2, 3));
    let value = |name| measured.value(&server.app, name);
    assert_eq!(value("tessera_persistence_fallbacks_total"), 2);
    assert_eq!(value("tessera_persistence_queue_length"), 3);
    assert_eq!(value("tessera_persistence_queue_limit"), 3);
    for token in &tokens {
        assert!(server.is_active(&client, token).await);
    }
    write(&server).await;
    assert_eq!(server.database().count("tokens").await, 5);
    tokens.push(server.token(&client).await);
    until("written", async || waiting(&server) == 0).await;
    assert_eq!(measured.value(&server.app, "tessera_persistence_queue_length"), 0);
    assert_eq!(measured.value(&server.app, "tessera_persistence_fallbacks_total"), 2);
}

async fn a_token_that_waits_dies_with_its_client(server: TestServer) {
    let (server, client) = held(server).await;
    let (looked_at, unseen) = (server.token(&client).await, server.token(&client).await);
    assert!(server.is_active(&client, &looked_at).await);

    let mut store = server.app.store.begin().await.unwrap();
    let end = End { at: server.now(), by: "cli:test".to_owned(), reason: "test".to_owned() };
    assert!(store.raise_client_generation((&client.id, 1), &end).await.unwrap());
    store.commit().await.unwrap();

    for token in [&looked_at, &unseen] {
        assert!(!server.is_active(&client, token).await);
    }
    write(&server).await;
    let server = server.restarted(|_| {}).await;
    assert_eq!(server.database().count("tokens").await, 2);
    for token in [&looked_at, &unseen] {
        assert!(!server.is_active(&client, token).await, "it came back");
    }
}

/// A store that was restored by other means ends all that was issued until then.
async fn a_token_that_waits_is_as_old_as_its_answer(server: TestServer) {
    let (server, client) = held(server).await;
    let token = server.token(&client).await;

    server.database().execute("UPDATE instance SET generation = generation + 1").await;
    write(&server).await;

    let server = server.restarted(|_| {}).await;
    assert!(!server.is_active(&client, &token).await);
    assert!(server.is_active(&client, &server.token(&client).await).await);
}

async fn a_token_that_waits_expires_as_any(server: TestServer) {
    let (server, client) = held(server).await;
    let token = server.token(&client).await;
    assert!(server.is_active(&client, &token).await);

    server.advance(Duration::from_hours(1));

    assert!(!server.is_active(&client, &token).await);
    write(&server).await;
    assert_eq!(server.database().count("tokens").await, 1);
    assert!(!server.is_active(&client, &token).await);
}

async fn a_jwt_is_written_before_it_is_answered(server: TestServer) {
    let changes =
        ClientChanges { access_format: Some(Some(TokenFormat::Jwt)), ..ClientChanges::default() };
    let client = server.client("mailer", ClientKind::Machine, changes).await;
    let server = server.restarted(|config| later(config, 0)).await;

    let token = server.token(&client).await;

    assert_eq!((server.database().count("tokens").await, waiting(&server)), (1, 0));
    assert!(server.is_active(&client, &token).await);
}

async fn a_token_under_rules_is_written_before_it_is_answered(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let server = server.restarted(|config| later(config, 0)).await;
    let twice = "[[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 2";
    server.define(&format!("[[token_types]]\nname = 'access'\n{twice}")).await;

    server.token(&client).await;

    assert_eq!((server.database().count("tokens").await, waiting(&server)), (1, 0));
}

async fn a_token_that_an_operator_makes_is_written_before_it_is_told(server: TestServer) {
    let (server, client) = held(server).await;
    let registered = server.app.store.find_registered_client(&client.id).await.unwrap().unwrap();
    let granted = Authorization {
        client_id: client.id.clone(),
        client_generation: registered.client.generation,
        user: None,
        family: None,
        scope: registered.client.scope.clone(),
        audience: SpaceDelimited::default(),
    };

    let beside = |command: Command, issued: &Issued| {
        let id = Sha256::of(issued.entry_key.to_string().as_bytes());
        command.use_identifier("test", id, server.now())
    };
    let tokens = &server.app.tokens;
    let now = server.now();
    tokens
        .issue_access_token_with(&registered.client, &granted, now, beside)
        .await
        .unwrap()
        .unwrap();

    assert_eq!((server.database().count("tokens").await, waiting(&server)), (1, 0));
}

async fn an_unknown_token_stays_unknown(server: TestServer) {
    let (server, client) = held(server).await;
    server.token(&client).await;

    let answer = server
        .post("/introspect", &client, "token=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq")
        .await;

    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, r#"{"active":false}"#));
}

async fn without_a_cache_a_waiting_token_works_as_well(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let without = |config: &mut Config| {
        later(config, 0);
        config.cache.enabled = false;
    };
    let server = server.restarted(without).await;
    let token = server.token(&client).await;

    assert_eq!((server.database().count("tokens").await, waiting(&server)), (0, 1));
    assert!(server.is_active(&client, &token).await);
    release(&server, 1);
    until("written", async || waiting(&server) == 0).await;
    assert!(server.is_active(&client, &token).await);
}

//! Whoever takes the place of a token: that one is good nowhere once the other is answered.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tessera::{config::Config, model::reuse::Reuse, store::Fault};

use super::{later, trouble::is_late, waiting, write};
use crate::common::{Engine, TestClient, TestServer, on_each_engine, until::until};

on_each_engine!(
    who_ends_a_token_that_is_being_written_is_answered_after_its_end,
    who_ends_a_token_that_is_written_is_written_first,
    who_ends_a_token_that_waits_waits_as_well,
    a_token_that_may_be_used_up_stays_good_beside_the_next,
    one_that_cannot_wait_overtakes_none_that_waits,
);

/// A server with so many workers where each token takes the place of the one before, and a client.
async fn renewing(server: TestServer, workers: u32) -> (TestServer, TestClient) {
    let client = server.machine("mailer", "read").await;
    let change = |config: &mut Config| {
        later(config, workers);
        config.tokens.reuse = Reuse::Renew;
    };
    (server.restarted(change).await, client)
}

async fn with_status(server: &TestServer, status: &str) -> u64 {
    server.database().count(&format!("tokens WHERE status = '{status}'")).await
}

async fn who_ends_a_token_that_is_being_written_is_answered_after_its_end(server: TestServer) {
    let (server, client) = renewing(server, 1).await;
    let other = match server.database().engine {
        Engine::Postgres => Some(server.neighbour().await),
        Engine::Sqlite => None,
    };
    let begun = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&begun);
    // The first that is written late takes its time, and no other is written.
    server.app.store.fail(Some(Arc::new(move |sql: &str| {
        let fault = || match counted.fetch_add(1, Ordering::SeqCst) {
            0 => Fault::Delayed(Duration::from_millis(300)),
            _ => Fault::LostBefore,
        };
        is_late(sql).then(fault)
    })));

    let first = server.token(&client).await;
    until("begun", async || begun.load(Ordering::SeqCst) > 0).await;
    let second = server.token(&client).await;

    until("written", async || server.database().count("tokens").await > 0).await;
    assert_eq!(with_status(&server, "superseded").await, 1);
    for node in other.iter().chain([&server]) {
        assert!(!node.is_active(&client, &first).await, "its successor was answered");
        assert!(node.is_active(&client, &second).await);
    }
    server.app.store.fail(None);
    let third = server.token(&client).await;
    assert!(server.is_active(&client, &third).await);
    assert_eq!(with_status(&server, "valid").await, 1);
}

async fn who_ends_a_token_that_is_written_is_written_first(server: TestServer) {
    let (server, client) = renewing(server, 0).await;
    let first = server.token(&client).await;
    write(&server).await;
    let server = server.restarted(|_| {}).await;

    let second = server.token(&client).await;

    assert_eq!(waiting(&server), 0);
    let count = [with_status(&server, "superseded").await, with_status(&server, "valid").await];
    assert_eq!(count, [1, 1]);
    assert!(!server.is_active(&client, &first).await && server.is_active(&client, &second).await);
}

async fn who_ends_a_token_that_waits_waits_as_well(server: TestServer) {
    let (server, client) = renewing(server, 0).await;
    let mut tokens = Vec::new();
    for _ in 0..4 {
        tokens.push(server.token(&client).await);
    }
    assert_eq!((waiting(&server), server.database().count("tokens").await), (4, 0));

    write(&server).await;

    let count = [with_status(&server, "superseded").await, with_status(&server, "valid").await];
    assert_eq!(count, [3, 1]);
    let server = server.restarted(|_| {}).await;
    for (place, token) in tokens.iter().enumerate() {
        assert_eq!(server.is_active(&client, token).await, place == 3);
    }
}

/// A token that is good for too short to be told again is its holder's until it ends.
async fn a_token_that_may_be_used_up_stays_good_beside_the_next(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let telling = |config: &mut Config| {
        later(config, 0);
        config.tokens.reuse = Reuse::ReuseActive;
        config.tokens.reuse_min_remaining = Duration::from_mins(1);
    };
    let server = server.restarted(telling).await;
    let first = server.token(&client).await;
    server.advance(Duration::from_secs(3_570));

    let second = server.token(&client).await;
    assert_ne!(first, second);
    for _ in 0..2 {
        assert!(server.is_active(&client, &first).await);
        assert!(server.is_active(&client, &second).await);
        write(&server).await;
    }

    assert_eq!(with_status(&server, "valid").await, 2);
    assert_eq!(server.token(&client).await, second);
    // And so it is beside one that was written before.
    let server = server.restarted(|_| {}).await;
    server.advance(Duration::from_secs(3_570));
    let third = server.token(&client).await;
    assert_ne!(third, second);
    write(&server).await;
    assert!(server.is_active(&client, &second).await && server.is_active(&client, &third).await);
}

/// What is under rules is written before it is answered, and what waits for its slot before that.
async fn one_that_cannot_wait_overtakes_none_that_waits(server: TestServer) {
    let (server, client) = renewing(server, 0).await;
    let server = server.restarted(|config| config.store.timeout = Duration::from_millis(500)).await;
    let first = server.token(&client).await;
    let here = "[[token_types.rules]]\ntype = 'Cidr'\nallow = ['127.0.0.0/8']";
    server.define(&format!("[[token_types]]\nname = 'access'\n{here}")).await;
    let tried = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tried);
    server.app.store.fail(Some(Arc::new(move |sql: &str| {
        counted.fetch_add(usize::from(sql.contains("INTO slots")), Ordering::SeqCst);
        None
    })));

    let answer = server.post("/token", &client, "grant_type=client_credentials").await;
    answer.assert_error(503, "temporarily_unavailable");
    assert_eq!(tried.load(Ordering::SeqCst), 0, "nobody writes the first one");
    let (second, ()) = tokio::join!(server.token(&client), write(&server));

    assert_eq!((tried.load(Ordering::SeqCst), waiting(&server)), (2, 0));
    let count = [with_status(&server, "superseded").await, with_status(&server, "valid").await];
    assert_eq!(count, [1, 1]);
    assert!(!server.is_active(&client, &first).await && server.is_active(&client, &second).await);
}

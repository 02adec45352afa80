//! Tokens that are answered first and written later.

use std::{sync::Arc, sync::atomic::AtomicUsize, sync::atomic::Ordering::SeqCst, time::Duration};

use tessera::{
    config::{self, Config, PersistenceMode},
    model::reuse::Reuse,
    store::Fault,
};

use crate::{
    common::{Engine, TestServer, on_each_engine, until::until},
    persistence::{held, later, waiting, write},
};

on_each_engine!(
    b04_a_token_is_answered_at_once_and_workers_write_it,
    b08_of_two_nodes_that_are_asked_the_same_the_last_to_write_has_the_active_token,
    b14_the_queue_is_bounded_first_come_first_served_and_loses_nothing_at_a_stop,
);

async fn b04_a_token_is_answered_at_once_and_workers_write_it(server: TestServer) {
    let (server, client) = held(server).await;

    let token = server.token(&client).await;

    assert_eq!((server.database().count("tokens").await, waiting(&server)), (0, 1));
    assert!(server.is_active(&client, &token).await);
    let server = {
        write(&server).await;
        server.restarted(|config| later(config, 2)).await
    };
    assert!(server.is_active(&client, &token).await, "it was written");
    for _ in 0..9 {
        server.token(&client).await;
    }
    until("written", async || server.database().count("tokens").await == 10).await;
}

#[test]
fn b05_no_workers_is_synchronous_and_workers_alone_are_refused() {
    let mode = |text: &str| {
        let loaded = config::parse(Some(("config.toml", &format!("[persistence]\n{text}"))), []);
        loaded.map(|loaded| loaded.config.persistence.mode)
    };
    for synchronous in ["", "pool_size = 0", "mode = 'sync'"] {
        assert_eq!(mode(synchronous).unwrap(), PersistenceMode::Sync, "{synchronous}");
    }
    for (refused, key) in [
        ("pool_size = 100", "persistence.pool_size"),
        ("pool_size = 100\nmode = 'async'", "persistence.accept_loss"),
    ] {
        let faults = mode(refused).unwrap_err().0;
        assert!(faults.iter().any(|fault| fault.key == key), "{refused}: {faults:?}");
    }
    let accepted = "pool_size = 100\nmode = 'async'\naccept_loss = true";
    assert_eq!(mode(accepted).unwrap(), PersistenceMode::Async);
}

/// An SQLite file has one node: who asks it twice gets the token that waits.
async fn b08_of_two_nodes_that_are_asked_the_same_the_last_to_write_has_the_active_token(
    server: TestServer,
) {
    let (one, client) = held(server).await;
    let one = one.restarted(|config| config.tokens.reuse = Reuse::ReuseActive).await;
    if one.database().engine == Engine::Sqlite {
        assert_eq!(one.token(&client).await, one.token(&client).await);
        return;
    }
    let other = one.neighbour().await;
    let (first, second) = (one.token(&client).await, other.token(&client).await);
    assert_ne!(first, second);
    assert!(one.is_active(&client, &first).await && other.is_active(&client, &second).await);

    write(&one).await;
    write(&other).await;

    for status in ["superseded", "valid"] {
        let row = format!("tokens WHERE status = '{status}'");
        assert_eq!(one.database().count(&row).await, 1, "{status}");
    }
    for node in [&one, &other] {
        assert!(!node.is_active(&client, &first).await && node.is_active(&client, &second).await);
        assert_eq!(node.token(&client).await, second);
    }
}

async fn b14_the_queue_is_bounded_first_come_first_served_and_loses_nothing_at_a_stop(
    server: TestServer,
) {
    let (server, client) = held(server).await;
    let bounded = |config: &mut Config| config.persistence.queue_limit = 2;
    let server = server.restarted(bounded).await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(server.token(&client).await);
    }
    assert_eq!((waiting(&server), server.database().count("tokens").await), (2, 1));
    let failed = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&failed);
    server.app.store.fail(Some(Arc::new(move |sql: &str| {
        let fails = sql.contains("INSERT INTO tokens") && counter.load(SeqCst) < 3;
        fails.then(|| {
            counter.fetch_add(1, SeqCst);
            Fault::LostBefore
        })
    })));

    write(&server).await;
    let lost = server.app.store.end_waiting(Duration::from_secs(10)).await;

    assert_eq!((failed.load(SeqCst), lost), (3, 0));
    assert_eq!(server.database().count("tokens").await, 3);
    let server = server.restarted(|config| config.tokens.reuse = Reuse::Renew).await;
    let (earlier, last) = (server.token(&client).await, server.token(&client).await);
    assert_eq!(waiting(&server), 2);
    write(&server).await;
    assert!(!server.is_active(&client, &earlier).await, "the last one is written last");
    assert!(server.is_active(&client, &last).await);
    for token in &tokens {
        assert!(server.is_active(&client, token).await);
    }
}

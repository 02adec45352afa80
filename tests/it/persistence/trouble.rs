//! What goes wrong while tokens wait: as long as the process lives, none is lost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tessera::{model::secret::Sha256, store::Fault};

use super::{held, later, waiting, write};
use crate::common::{Measured, TestServer, on_each_engine, until::until};

on_each_engine!(
    what_cannot_be_written_now_is_written_later,
    what_is_in_doubt_is_written_once,
    a_slow_database_loses_nothing,
    what_the_database_refuses_for_good_is_lost_alone,
    a_token_whose_key_is_taken_is_written_under_another,
    what_is_left_when_waiting_ends_is_counted,
);

/// Whether a statement writes what was answered before.
pub(super) fn is_late(sql: &str) -> bool {
    sql.contains("INSERT INTO tokens") && sql.contains("DO NOTHING")
}

/// Lets the next statements that write what waits go wrong, so many times. Returns how many did.
fn fail(server: &TestServer, times: usize, fault: Fault) -> Arc<AtomicUsize> {
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&seen);
    let choose = move |sql: &str| {
        let is_hit = is_late(sql) && counted.load(Ordering::SeqCst) < times;
        is_hit.then(|| {
            counted.fetch_add(1, Ordering::SeqCst);
            fault
        })
    };
    server.app.store.fail(Some(Arc::new(choose)));
    seen
}

async fn what_cannot_be_written_now_is_written_later(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let server = server.restarted(|config| later(config, 3)).await;
    let failed = fail(&server, 12, Fault::LostBefore);
    let mut tokens = Vec::new();
    for _ in 0..40 {
        tokens.push(server.token(&client).await);
    }
    assert!(waiting(&server) > 0);
    for token in &tokens {
        assert!(server.is_active(&client, token).await, "it waits");
    }

    until("written", async || waiting(&server) == 0).await;

    assert_eq!((failed.load(Ordering::SeqCst), server.database().count("tokens").await), (12, 40));
    server.app.store.fail(None);
    let server = server.restarted(|_| {}).await;
    for token in &tokens {
        assert!(server.is_active(&client, token).await, "it is lost");
    }
}

async fn what_is_in_doubt_is_written_once(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let server = server.restarted(|config| later(config, 2)).await;
    let failed = fail(&server, 4, Fault::LostAfter);
    let mut tokens = Vec::new();
    for _ in 0..20 {
        tokens.push(server.token(&client).await);
    }

    until("written", async || waiting(&server) == 0).await;

    assert_eq!((failed.load(Ordering::SeqCst), server.database().count("tokens").await), (4, 20));
    for token in &tokens {
        assert!(server.is_active(&client, token).await);
    }
}

async fn a_slow_database_loses_nothing(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let slow = |config: &mut tessera::config::Config| {
        later(config, 2);
        config.store.timeout = Duration::from_millis(100);
    };
    let server = server.restarted(slow).await;
    // Longer than anybody waits for a statement.
    fail(&server, 3, Fault::Delayed(Duration::from_millis(400)));
    for _ in 0..10 {
        server.token(&client).await;
    }

    until("written", async || waiting(&server) == 0).await;

    assert_eq!(server.database().count("tokens").await, 10);
}

async fn what_the_database_refuses_for_good_is_lost_alone(server: TestServer) {
    let measured = Measured::begin(server.now());
    let (server, client) = held(server).await;
    let (refused, others) = (server.token(&client).await, server.token(&client).await);
    assert!(server.is_active(&client, &refused).await);
    refuse_row_of(&server, &refused).await;

    write(&server).await;

    assert_eq!(server.database().count("tokens").await, 1);
    assert!(!server.is_active(&client, &refused).await);
    assert!(server.is_active(&client, &others).await);
    assert_eq!(measured.value(&server.app, "tessera_persistence_lost_total"), 1);
    assert_eq!(measured.value(&server.app, "tessera_persistence_queue_length"), 0);
}

/// Lets the database refuse the row of one token.
async fn refuse_row_of(server: &TestServer, token: &str) {
    use crate::common::Engine;
    let hash = Sha256::of(token.as_bytes());
    let hex = hash.as_bytes().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    match server.database().engine {
        Engine::Sqlite => {
            let trigger = format!(
                "CREATE TRIGGER refuses BEFORE INSERT ON tokens WHEN new.reference_hash = x'{hex}'
                 BEGIN SELECT RAISE(ABORT, 'no'); END"
            );
            server.database().execute(&trigger).await;
        }
        Engine::Postgres => {
            let check = format!(
                "ALTER TABLE tokens ADD CONSTRAINT refuses
                 CHECK (reference_hash <> decode('{hex}', 'hex'))"
            );
            server.database().execute(&check).await;
        }
    }
}

async fn a_token_whose_key_is_taken_is_written_under_another(server: TestServer) {
    let (server, client) = held(server).await;
    let token = server.token(&client).await;
    let told = server.introspect(&client, &token).await;
    let entry = server.app.store.waiting_token(&Sha256::of(token.as_bytes())).unwrap();
    let mut other = tessera::model::token_entry::TokenEntry::clone(&entry);
    other.reference_hash = Some(vec![7; 32]);
    let taken = tessera::store::Command::new().insert_token(other);
    assert!(server.app.store.run(taken).await.unwrap());

    write(&server).await;

    assert_eq!(server.database().count("tokens").await, 2);
    let after = server.introspect(&client, &token).await;
    assert_ne!(after["jti"], told["jti"], "its entry has another key");
    assert_eq!((&after["active"], &after["sub"]), (&true.into(), &told["sub"]));
    super::revoke(&server, &client, &token).await;
    assert!(!server.is_active(&client, &token).await);
}

async fn what_is_left_when_waiting_ends_is_counted(server: TestServer) {
    let measured = Measured::begin(server.now());
    let (server, client) = held(server).await;
    for _ in 0..3 {
        server.token(&client).await;
    }

    assert_eq!(server.app.store.end_waiting(Duration::ZERO).await, 3);

    assert_eq!(measured.value(&server.app, "tessera_persistence_lost_total"), 3);
    // From now on all is written before it is answered.
    server.token(&client).await;
    assert_eq!((server.database().count("tokens").await, waiting(&server)), (1, 3));
}

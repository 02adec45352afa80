//! How often a token is tried whose slot others take each time, and what becomes of it then.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use sqlx::{Connection, Executor, PgConnection};
use tessera::model::{
    authorization::Authorization, space_delimited::SpaceDelimited, token_format::TokenFormat,
};
use tessera::tokens::access_slot;

use super::{ask, client, reusing, token};
use crate::common::{
    Engine, Measured, TestClient, TestServer, on_each_engine, server::ISSUER, until::until,
};

on_each_engine!(
    so_many_retries_are_one_insert_more,
    a_holder_that_lets_go_ends_the_trying,
    collisions_are_counted_and_so_is_what_is_told_again,
);

async fn so_many_retries_are_one_insert_more(server: TestServer) {
    let mut server = reusing(server).await;
    let client = client(&server, "mailer").await;
    hold_for_ever(&server, &client).await;
    for (retries, inserts) in [(0, 1), (1, 2), (5, 6)] {
        server = server.restarted(|config| config.persistence.retry_count = retries).await;
        let tried = count(&server);

        let answer = ask(&server, &client, "a b A").await;

        answer.assert_error(503, "temporarily_unavailable");
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(!answer.body.contains("mailer") && !answer.body.contains("slot"), "{answer:?}");
        assert_eq!(tried.load(SeqCst), inserts, "{retries}");
        server.app.store.fail(None);
        assert_eq!(server.database().count("tokens").await, 0, "{retries}");
        token(&server, &client, "a").await;
        server.database().execute("DELETE FROM tokens").await;
        server.database().execute("DELETE FROM slots WHERE held_until IS NULL").await;
    }
}

async fn a_holder_that_lets_go_ends_the_trying(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    hold_for_ever(&server, &client).await;
    ask(&server, &client, "a b A").await.assert_error(503, "temporarily_unavailable");

    server.database().execute("UPDATE slots SET held_until = NULL").await;

    let told = token(&server, &client, "a b A").await;
    assert_eq!(token(&server, &client, "a b A").await, told);
}

/// The log names the client; the metrics, which have no names, say how often.
async fn collisions_are_counted_and_so_is_what_is_told_again(server: TestServer) {
    let measured = Measured::begin(server.now());
    let server = reusing(server).await.restarted(|config| config.persistence.retry_count = 2).await;
    let client = client(&server, "mailer").await;
    hold_for_ever(&server, &client).await;

    ask(&server, &client, "a b A").await.assert_error(503, "temporarily_unavailable");
    for _ in 0..3 {
        token(&server, &client, "a").await;
    }

    let value = |series: &str| measured.value(&server.app, series);
    assert_eq!(value(r#"tessera_slot_collisions_total{outcome="retried"}"#), 2);
    assert_eq!(value(r#"tessera_slot_collisions_total{outcome="given_up"}"#), 1);
    assert_eq!(value(r#"tessera_tokens_issued_total{grant_type="client_credentials"}"#), 1);
    assert_eq!(value("tessera_tokens_reused_total"), 2);
}

/// Another server is long in taking the slot: who waits for it tries again, and no wait is for ever.
#[tokio::test]
async fn a_slot_that_is_long_in_being_taken_is_tried_again() {
    let server = reusing(TestServer::on(Engine::Postgres).await).await;
    let client = client(&server, "mailer").await;
    let first = token(&server, &client, "a").await;
    server.advance(Duration::from_hours(1));
    let mut somebody = PgConnection::connect(&server.database().url).await.unwrap();
    somebody.execute("BEGIN").await.unwrap();
    somebody.execute("SELECT 1 FROM slots FOR UPDATE").await.unwrap();
    ask(&server, &client, "a").await.assert_error(503, "temporarily_unavailable");
    let tried = count(&server);

    let (next, ()) = tokio::join!(token(&server, &client, "a"), async {
        until("tried twice", async || tried.load(SeqCst) >= 2).await;
        somebody.execute("ROLLBACK").await.unwrap();
    });

    server.app.store.fail(None);
    assert_ne!(next, first);
    assert_eq!(token(&server, &client, "a").await, next);
    server.database().remove().await;
}

/// Somebody has the slot of all that the client may ask for, and no token for it: whoever wants it
/// comes too late each time.
async fn hold_for_ever(server: &TestServer, client: &TestClient) {
    let client = tessera::acts::clients::find(&server.app, &client.id).await.unwrap();
    let authorization = Authorization {
        client_id: client.client_id.clone(),
        client_generation: client.generation,
        user: None,
        family: None,
        scope: client.scope.clone(),
        audience: SpaceDelimited::parse(ISSUER),
    };
    let slot = access_slot(&authorization, TokenFormat::Reference);
    let hex = slot.bytes().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let key = match server.database().engine {
        Engine::Sqlite => format!("X'{hex}'"),
        Engine::Postgres => format!("'\\x{hex}'"),
    };
    let sql = format!(
        "INSERT INTO slots (slot_key, entry_key, held_until)
                       VALUES ({key}, {}, {})",
        i64::MAX >> 1,
        i64::MAX
    );
    server.database().execute(&sql).await;
}

/// Counts how often a slot is tried to be taken.
fn count(server: &TestServer) -> Arc<AtomicUsize> {
    let tried = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&tried);
    server.app.store.fail(Some(Arc::new(move |sql: &str| {
        counter.fetch_add(usize::from(sql.contains("INSERT INTO slots")), SeqCst);
        None
    })));
    tried
}

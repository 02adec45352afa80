//! An SQLite file that somebody else keeps locked.

use axum::http::StatusCode;
use sqlx::{Connection, Executor, SqliteConnection};

use super::{Ledger, STORE_TIMEOUT, answer, assert_unavailable, until};
use crate::common::{Engine, TestServer};

/// Readers need no lock, so what only looks is answered all the time.
#[tokio::test]
async fn a_locked_file_is_503_for_what_writes_until_it_is_free() {
    let server = TestServer::on(Engine::Sqlite).await;
    let server = server.restarted(|config| config.store.timeout = STORE_TIMEOUT).await;
    let ledger = Ledger::open(&server).await;
    let spare = server.token(&ledger.client).await;
    let mut other = SqliteConnection::connect(&server.database().url).await.unwrap();

    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    for _ in 0..3 {
        assert_unavailable(&ledger.issue(&server).await);
        assert_unavailable(&ledger.revoke(&server, &spare).await);
        assert_eq!(ledger.introspect(&server).await.json()["active"], true);
        assert_eq!(answer(server.get("/healthz", &[])).await.status, StatusCode::OK);
    }

    other.execute("ROLLBACK").await.unwrap();
    until("issuing", || async { ledger.issue(&server).await.status == StatusCode::OK }).await;
    ledger.holds(&server).await;
    assert_eq!(ledger.revoke(&server, &spare).await.status, StatusCode::OK);
    assert!(!server.is_active(&ledger.client, &spare).await);
    server.database().remove().await;
}

//! An SQLite file that somebody else keeps locked.

use std::fs;

use axum::http::StatusCode;
use sqlx::{Connection, Executor, SqliteConnection};

use super::{Ledger, STORE_TIMEOUT, answer, assert_unavailable, is_ready};
use crate::common::{Engine, TestServer, until::until};

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
        assert_unavailable(&answer(server.get("/readyz", &[])).await);
        assert_eq!(ledger.introspect(&server).await.json()["active"], true);
        assert_eq!(answer(server.get("/healthz", &[])).await.status, StatusCode::OK);
    }

    other.execute("ROLLBACK").await.unwrap();
    until("ready", async || is_ready(&server).await).await;
    assert_eq!(ledger.issue(&server).await.status, StatusCode::OK);
    ledger.holds(&server).await;
    assert_eq!(ledger.revoke(&server, &spare).await.status, StatusCode::OK);
    assert!(!server.is_active(&ledger.client, &spare).await);
    server.database().remove().await;
}

/// SQLite itself would go on with the file that nobody finds any more, and all that was
/// acknowledged from then on would end with the process.
#[tokio::test]
async fn a_file_that_is_moved_away_is_503_until_it_is_back() {
    let server = TestServer::on(Engine::Sqlite).await;
    let ledger = Ledger::open(&server).await;
    let folder = server.database().folder;
    let elsewhere = folder.with_extension("moved");

    fs::rename(&folder, &elsewhere).unwrap();
    for _ in 0..2 {
        assert_unavailable(&ledger.issue(&server).await);
        assert_unavailable(&ledger.introspect(&server).await);
        assert_unavailable(&answer(server.get("/readyz", &[])).await);
        // Another file in its place makes it no better.
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("tessera.db"), "").unwrap();
    }

    fs::remove_dir_all(&folder).unwrap();
    fs::rename(&elsewhere, &folder).unwrap();
    assert!(is_ready(&server).await);
    assert_eq!(ledger.issue(&server).await.status, StatusCode::OK);
    ledger.holds(&server).await;
    server.database().remove().await;
}

//! PostgreSQL behind a line that is cut or falls silent.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::http::StatusCode;
use tessera::{config::StoreUrl, store};
use tokio::task::JoinSet;

use super::{Ledger, STORE_TIMEOUT, answer, assert_unavailable, is_ready};
use crate::common::{
    Engine, TestDatabase, TestServer,
    line::{Line, LineState},
    process::Program,
    until::until,
};

#[tokio::test]
async fn a_database_that_is_gone_is_503_until_it_is_back() {
    Box::pin(outage(LineState::Cut)).await;
}

#[tokio::test]
async fn a_database_that_falls_silent_is_503_until_it_answers() {
    Box::pin(outage(LineState::Silent)).await;
}

#[tokio::test]
async fn connections_that_the_database_ends_cost_one_answer_each_at_most() {
    let server = TestServer::on(Engine::Postgres).await;
    let ledger = Ledger::open(&server).await;
    borrow_all(&server).await.unwrap();

    // What a restart of the database does to those who are connected.
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    server.database().execute(sql).await;

    let mut refused = 0;
    until("answered", async || {
        let answer = ledger.introspect(&server).await;
        let is_answered = answer.status == StatusCode::OK;
        if !is_answered {
            assert_unavailable(&answer);
            refused += 1;
        }
        is_answered
    })
    .await;
    assert!(refused <= server.app.config().store.connections, "{refused}");
    ledger.holds(&server).await;
    server.database().remove().await;
}

#[tokio::test]
async fn a_commit_waits_for_the_disk_whatever_the_database_is_set_to() {
    for (set, expected) in [("off", "on"), ("on", "on"), ("remote_apply", "remote_apply")] {
        let server = TestServer::on(Engine::Postgres).await;
        let database = server.database();
        note_how_tokens_are_committed(&database).await;
        let name = database.url.rsplit('/').next().unwrap();
        let sql = format!("ALTER DATABASE {name} SET synchronous_commit = {set}");
        database.execute(&sql).await;

        let server = server.restarted(|_| ()).await;
        server.token(&server.machine("mailer", "read").await).await;

        let sql = format!("DELETE FROM committed WHERE setting = '{expected}'");
        assert_eq!(database.execute(&sql).await, 1, "{set}");
        database.remove().await;
    }
}

/// Lets the database note, for each new token, what its commit will wait for.
async fn note_how_tokens_are_committed(database: &TestDatabase) {
    for sql in [
        "CREATE TABLE committed (setting TEXT NOT NULL)",
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO committed VALUES (current_setting('synchronous_commit'));
             RETURN NULL;
         END $$",
        "CREATE TRIGGER note AFTER INSERT ON tokens FOR EACH ROW EXECUTE FUNCTION note()",
    ] {
        database.execute(sql).await;
    }
}

#[tokio::test]
async fn a_server_can_be_stopped_while_its_database_is_silent() {
    let database = TestDatabase::create(Engine::Postgres).await;
    let program = Program::on(&database);
    let client = program.add_machine("mailer");
    let (mut line, url) = Line::to_database(&database).await;
    let program = program.set("TESSERA_STORE__URL", &url).set("TESSERA_STORE__TIMEOUT", "300ms");
    let mut server = program.serve().await;
    let mut connection = server.connect().await.unwrap();
    let form = "grant_type=client_credentials";
    assert_eq!(connection.post("/token", &client, form).await.unwrap().status, 200);

    line.set(LineState::Silent).await;
    assert_eq!(connection.post("/token", &client, form).await.unwrap().status, 503);
    server.terminate();

    assert!(server.ended().await.success(), "{}", server.log());
    database.remove().await;
}

async fn outage(state: LineState) {
    let (server, mut line) = server_on_a_line().await;
    let ledger = Ledger::open(&server).await;
    let spare = server.token(&ledger.client).await;

    line.set(state).await;
    // More often than there are connections: the first of them may have been open.
    for _ in 0..3 {
        assert_unavailable(&ledger.issue(&server).await);
        assert_unavailable(&ledger.introspect(&server).await);
        assert_unavailable(&ledger.revoke(&server, &spare).await);
        assert_unavailable(&answer(server.get("/readyz", &[])).await);
    }
    assert_eq!(answer(server.get("/healthz", &[])).await.status, StatusCode::OK);

    line.set(LineState::Whole).await;
    until("ready", async || is_ready(&server).await).await;
    ledger.holds(&server).await;
    assert_eq!(ledger.revoke(&server, &spare).await.status, StatusCode::OK);
    assert!(!server.is_active(&ledger.client, &spare).await);
    server.database().remove().await;
}

/// How long public keys are answered that the database could not confirm.
const STAND_IN: Duration = Duration::from_mins(10);

/// Whoever verifies JWTs by itself must not fall with our database, nor wait for it in a queue.
#[tokio::test]
async fn the_public_keys_are_answered_without_the_database() {
    let (server, mut line) = server_on_a_line().await;
    let before = server.get("/jwks.json", &[]).await.json();
    server.advance(STAND_IN);
    let server = Arc::new(server);

    line.set(LineState::Silent).await;
    let mut asking = JoinSet::new();
    for _ in 0..16 {
        let server = Arc::clone(&server);
        asking.spawn(async move { answer(server.get("/jwks.json", &[])).await });
    }

    for answer in asking.join_all().await {
        assert_eq!((answer.status, &answer.json()), (StatusCode::OK, &before));
        // Another node may have withdrawn one of them.
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    server.advance(Duration::from_millis(1));
    assert_unavailable(&answer(server.get("/jwks.json", &[])).await);
    line.set(LineState::Whole).await;
    until("ready", async || is_ready(&server).await).await;
    let after = server.get("/jwks.json", &[]).await;
    assert_eq!(
        (after.json(), after.header("cache-control")),
        (before, Some("public, max-age=300"))
    );
    server.database().remove().await;
}

/// Requests are under way in every state when the line falls silent: waiting for a connection,
/// for an answer, and giving a connection back.
#[tokio::test]
async fn a_line_that_falls_silent_under_load_takes_nothing_along() {
    let (server, mut line) = server_on_a_line().await;
    let ledger = Arc::new(Ledger::open(&server).await);
    let (server, count) = (Arc::new(server), Arc::new(AtomicUsize::new(0)));

    let mut load = JoinSet::new();
    for _ in 0..16 {
        let (server, ledger, count) =
            (Arc::clone(&server), Arc::clone(&ledger), Arc::clone(&count));
        load.spawn(async move { issue_until_it_fails(&server, &ledger, &count).await });
    }
    until("under load", async || count.load(Ordering::Relaxed) > 100).await;
    line.set(LineState::Silent).await;
    let issued: Vec<String> = load.join_all().await.into_iter().flatten().collect();

    line.set(LineState::Whole).await;
    until("ready", async || is_ready(&server).await).await;
    until("all connections at once", async || borrow_all(&server).await.is_ok()).await;
    outlive_kept_connections(&server, &ledger).await;
    ledger.holds(&server).await;
    for token in &issued {
        assert!(server.is_active(&ledger.client, token).await, "an acknowledged token is lost");
    }
    server.database().remove().await;
}

/// The connections that are for one thing only: one hears of changes, one speaks of them, one
/// writes, two read.
const KEPT: u32 = 5;

/// Each connection that was kept for reading or writing may cost one more answer.
async fn outlive_kept_connections(server: &TestServer, ledger: &Ledger) {
    let mut refused = 0;
    for _ in 0..2 * KEPT {
        for answer in [ledger.introspect(server).await, ledger.issue(server).await] {
            refused += u32::from(answer.status != StatusCode::OK);
        }
    }
    assert!(refused <= KEPT, "{refused}");
}

/// Borrows as many connections at once as there are for everything else.
async fn borrow_all(server: &TestServer) -> store::Result<()> {
    let mut handles = Vec::new();
    for _ in 0..server.app.config().store.connections - KEPT {
        handles.push(server.app.store.read().await?);
    }
    Ok(())
}

async fn issue_until_it_fails(
    server: &TestServer,
    ledger: &Ledger,
    count: &AtomicUsize,
) -> Vec<String> {
    let mut issued = Vec::new();
    loop {
        let answer = ledger.issue(server).await;
        if answer.status != StatusCode::OK {
            assert_unavailable(&answer);
            return issued;
        }
        issued.push(answer.json()["access_token"].as_str().unwrap().to_owned());
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// A server whose every byte to and from the database goes over a line in the test's hand.
async fn server_on_a_line() -> (TestServer, Line) {
    let server = TestServer::on(Engine::Postgres).await;
    let (line, url) = Line::to_database(&server.database()).await;
    let server = server
        .restarted(|config| {
            config.store.url = StoreUrl::Postgres(url);
            config.store.timeout = STORE_TIMEOUT;
        })
        .await;
    (server, line)
}

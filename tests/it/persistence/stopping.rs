//! The program that answers before it writes: its word at the start, and its stop.

use crate::common::{
    Engine, TestDatabase,
    process::{Process, Program},
};

/// The program with asynchronous persistence.
fn later(database: &TestDatabase) -> Program {
    Program::on(database)
        .set("TESSERA_PERSISTENCE__MODE", "async")
        .set("TESSERA_PERSISTENCE__ACCEPT_LOSS", "true")
        .set("TESSERA_PERSISTENCE__POOL_SIZE", "2")
}

#[tokio::test]
async fn a_stop_writes_all_that_was_answered_on_sqlite() {
    stop_with_tokens_waiting(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_stop_writes_all_that_was_answered_on_postgres() {
    stop_with_tokens_waiting(Engine::Postgres).await;
}

async fn stop_with_tokens_waiting(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let program = later(&database);
    let client = program.add_machine("mailer");
    for round in 1..=3 {
        let mut server = program.serve().await;
        let mut connections = Vec::new();
        for _ in 0..8 {
            connections.push(server.connect().await.unwrap());
        }
        let mut asking = tokio::task::JoinSet::new();
        for mut connection in connections {
            let client = client.clone();
            asking.spawn(async move {
                let mut tokens = Vec::new();
                for _ in 0..25 {
                    tokens.push(connection.token(&client).await.unwrap());
                }
                tokens
            });
        }
        let tokens: Vec<String> = asking.join_all().await.into_iter().flatten().collect();

        server.terminate();
        let status = server.ended().await;

        assert!(status.success(), "{status}: {}", server.log());
        assert!(!server.log().contains("persistence.given_up"), "{}", server.log());
        assert_eq!(database.count("tokens").await, round * 200);
        let server = program.serve().await;
        let mut connection = server.connect().await.unwrap();
        for token in &tokens {
            assert!(connection.is_active(&client, token).await.unwrap(), "an answer is lost");
        }
    }
    database.remove().await;
}

/// Nobody can write to a file that another program holds.
#[tokio::test]
async fn a_stop_that_cannot_write_what_was_answered_says_how_many_are_lost() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let program = later(&database)
        .set("TESSERA_SERVER__DRAIN_TIMEOUT", "0s")
        .set("TESSERA_STORE__TIMEOUT", "300ms");
    let client = program.add_machine("mailer");
    let mut server = program.serve().await;
    let mut connection = server.connect().await.unwrap();
    // What a token rests on is kept from now on.
    connection.token(&client).await.unwrap();
    crate::common::until::until("written", async || database.count("tokens").await == 1).await;
    let holder = hold(&database).await;

    for _ in 0..3 {
        connection.token(&client).await.unwrap();
    }
    server.terminate();
    server.ended().await;
    drop(holder);

    let log = server.log();
    let lost = log.lines().find(|line| line.contains("\"persistence.given_up\""));
    let lost: serde_json::Value = serde_json::from_str(lost.expect(&log)).unwrap();
    assert_eq!((&lost["level"], &lost["tokens"]), (&"ERROR".into(), &3.into()));
    assert!(log.contains("\"persistence.delayed\""), "{log}");
    assert_eq!(database.count("tokens").await, 1);
    database.remove().await;
}

/// Holds the lock by which one writes to an SQLite file.
async fn hold(database: &TestDatabase) -> sqlx::SqliteConnection {
    use sqlx::{Connection, Executor, SqliteConnection};
    let mut file = SqliteConnection::connect(&database.url).await.unwrap();
    file.execute("BEGIN IMMEDIATE").await.unwrap();
    file
}

#[tokio::test]
async fn the_start_says_that_asynchronous_persistence_is_discouraged_and_why() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let program = later(&database);

    let server = program.serve().await;

    let notes = notes(&server);
    let expected = "persistence.mode is async, which is discouraged: access tokens are answered \
        before they are written. A crash loses those that wait, and until they are written no \
        other node knows them. sync loses nothing, and requests that come together share its commits";
    assert!(notes.iter().any(|note| note == expected), "{notes:?}");
    drop(server);
    database.remove().await;
}

/// What it warned of at its start.
fn notes(server: &Process) -> Vec<String> {
    let log = server.log();
    let events = log.lines().filter_map(|line| serde_json::from_str(line).ok());
    let notes = events.filter(|event: &serde_json::Value| {
        event["event"] == "config.note" && event["level"] == "WARN"
    });
    notes.map(|event| event["message"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn workers_alone_start_no_server() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let program = Program::on(&database).set("TESSERA_PERSISTENCE__POOL_SIZE", "100");

    let outcome = program.attempt(&["serve"], "");

    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    let expected = "is 100, which asks for asynchronous persistence";
    assert!(outcome.err.contains(expected), "{}", outcome.err);
    assert!(!database.folder.join("tessera.db").exists());
    database.remove().await;
}

//! Whoever is connected when a stop comes is answered, and nothing that hangs holds it up.

use std::process::Command;

use crate::common::{
    Engine, TestDatabase,
    certificates::Authority,
    process::{Process, Program},
    until::until,
};

/// Tells it to stop, and waits until it knows.
async fn stop(process: &Process) {
    process.terminate();
    until("stopping", async || process.log().contains("stopping, once")).await;
}

#[tokio::test]
async fn a_connection_that_stands_is_answered_after_the_stop_has_come() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let mut process = Program::on(&database).serve().await;
    let mut connection = process.connect().await.unwrap();

    stop(&process).await;
    let answer = connection.get("/healthz").await.unwrap();

    assert_eq!(answer.status, 200);
    assert!(answer.head.to_lowercase().contains("connection: close"), "{answer:?}");
    assert!(process.ended().await.success());
    database.remove().await;
}

#[tokio::test]
async fn a_handshake_that_begins_with_the_stop_comes_to_its_request() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let authority = Authority::new();
    let files = authority.pair(&["id.example"]).write(&database.folder);
    let mut process = Program::on(&database)
        .set("TESSERA_SERVER__TLS__CERT", files.cert.to_str().unwrap())
        .set("TESSERA_SERVER__TLS__KEY", files.key.to_str().unwrap())
        .serve()
        .await;
    let stream = tokio::net::TcpStream::connect(process.address()).await.unwrap();

    stop(&process).await;
    let mut connection = authority.shake_hands_over(stream, "id.example").await.unwrap();
    let answer = connection.get("/healthz").await.unwrap();

    assert_eq!(answer.status, 200);
    assert!(process.ended().await.success());
    database.remove().await;
}

#[tokio::test]
async fn settings_that_can_never_be_read_hold_up_neither_requests_nor_the_stop() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let file = database.folder.join("config.toml");
    std::fs::write(&file, "").unwrap();
    let mut process = Program::on(&database).serve().await;
    std::fs::remove_file(&file).unwrap();
    // To read it waits until somebody writes into it.
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());

    process.signal("HUP");

    assert_eq!(process.connect().await.unwrap().get("/healthz").await.unwrap().status, 200);
    process.terminate();
    assert!(process.ended().await.success());
    database.remove().await;
}

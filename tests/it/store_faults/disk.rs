//! A disk that is full: no file of the program can grow beyond a limit.

use std::process::Command;

use crate::common::{
    Engine, TestClient, TestDatabase,
    http::{HttpConnection, WholeAnswer},
    process::{Process, Program},
    until::until,
};

use super::UNAVAILABLE;

/// KiB that any one file may have: some hundred tokens.
const LIMIT: u64 = 1024;

#[tokio::test]
async fn a_full_disk_is_503_for_what_writes_and_loses_nothing() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let program = Program::on(&database);
    let client = program.add_machine("mailer");
    let mut server = program.clone().with_file_limit(LIMIT).serve().await;
    let mut connection = server.connect().await.unwrap();

    let tokens = issue_until_the_disk_is_full(&mut connection, &client).await;
    let (ended, left) = revoke_until_the_disk_is_full(&mut connection, &client, &tokens).await;
    until("not ready", async || connection.get("/readyz").await.unwrap().status == 503).await;
    assert_eq!(connection.get("/healthz").await.unwrap().status, 200);
    assert_all(&mut connection, &client, (left, true)).await;
    assert_all(&mut connection, &client, (ended, false)).await;
    server.assert_log_holds_none_of(&client, &tokens);
    server.kill();

    let server = program.serve().await;
    let mut connection = server.connect().await.unwrap();
    assert_all(&mut connection, &client, (left, true)).await;
    assert_all(&mut connection, &client, (ended, false)).await;
    drop(server);
    database.remove().await;
}

#[tokio::test]
async fn a_disk_with_room_again_needs_no_restart() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let program = Program::on(&database);
    let client = program.add_machine("mailer");
    let server = program.clone().with_file_limit(LIMIT).serve().await;
    let mut connection = server.connect().await.unwrap();
    let tokens = issue_until_the_disk_is_full(&mut connection, &client).await;

    set_limit(&server, "unlimited");

    until("ready", async || connection.get("/readyz").await.unwrap().status == 200).await;
    let later = issue(&mut connection, &client).await.unwrap();
    assert_eq!(revoke(&mut connection, &client, &tokens[0]).await.status, 200);
    assert_all(&mut connection, &client, (&tokens[1..], true)).await;
    assert_all(&mut connection, &client, (&[later], true)).await;
    drop(server);
    database.remove().await;
}

/// Not a byte can be written, and so no event of the log either.
#[tokio::test]
async fn a_disk_without_room_for_the_log_changes_no_answer() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let program = Program::on(&database);
    let client = program.add_machine("mailer");
    let server = program.clone().with_file_limit(LIMIT).serve().await;
    let mut connection = server.connect().await.unwrap();
    let token = issue(&mut connection, &client).await.unwrap();

    set_limit(&server, "0");
    for _ in 0..3 {
        assert_unavailable(&issue(&mut connection, &client).await.unwrap_err());
        assert_unavailable(&connection.get("/readyz").await.unwrap());
        assert!(is_active(&mut connection, &client, &token).await);
    }

    set_limit(&server, "unlimited");
    until("ready", async || connection.get("/readyz").await.unwrap().status == 200).await;
    issue(&mut connection, &client).await.unwrap();
    drop(server);
    database.remove().await;
}

/// The tokens that were acknowledged until then.
async fn issue_until_the_disk_is_full(
    connection: &mut HttpConnection,
    client: &TestClient,
) -> Vec<String> {
    let mut tokens = Vec::new();
    loop {
        match issue(connection, client).await {
            Ok(token) => tokens.push(token),
            Err(refused) => {
                assert_unavailable(&refused);
                return tokens;
            }
        }
    }
}

/// Ends one token after the other. Those that were acknowledged to be ended until then, and the
/// rest. Less has to be written than for a new token, so a few may fit yet.
async fn revoke_until_the_disk_is_full<'t>(
    connection: &mut HttpConnection,
    client: &TestClient,
    tokens: &'t [String],
) -> (&'t [String], &'t [String]) {
    for (number, token) in tokens.iter().enumerate() {
        let answer = revoke(connection, client, token).await;
        if answer.status != 200 {
            assert_unavailable(&answer);
            return tokens.split_at(number);
        }
    }
    panic!("the disk was never full");
}

async fn issue(
    connection: &mut HttpConnection,
    client: &TestClient,
) -> Result<String, WholeAnswer> {
    let form = "grant_type=client_credentials";
    let answer = connection.post("/token", client, form).await.unwrap();
    if answer.status == 200 {
        Ok(answer.json()["access_token"].as_str().unwrap().to_owned())
    } else {
        Err(answer)
    }
}

async fn revoke(connection: &mut HttpConnection, client: &TestClient, token: &str) -> WholeAnswer {
    connection.post("/revoke", client, &format!("token={token}")).await.unwrap()
}

async fn is_active(connection: &mut HttpConnection, client: &TestClient, token: &str) -> bool {
    let form = format!("token={token}");
    let answer = connection.post("/introspect", client, &form).await.unwrap();
    answer.json()["active"].as_bool().unwrap()
}

async fn assert_all(
    connection: &mut HttpConnection,
    client: &TestClient,
    (tokens, are_active): (&[String], bool),
) {
    for token in tokens {
        assert_eq!(is_active(connection, client, token).await, are_active);
    }
}

fn assert_unavailable(answer: &WholeAnswer) {
    assert_eq!((answer.status, answer.body.as_str()), (503, UNAVAILABLE), "{answer:?}");
    assert!(answer.head.contains("retry-after: 1\r\n"), "{answer:?}");
}

fn set_limit(server: &Process, bytes: &str) {
    let (pid, limit) = (server.id().to_string(), format!("--fsize={bytes}:"));
    let set = Command::new("prlimit").args(["--pid", &pid, &limit]).status();
    assert!(set.unwrap().success());
}

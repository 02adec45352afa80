//! The database ends connections in the middle of everything, as it does when it is stopped.

use std::time::Duration;

use tessera::{model::secret::Sha256, store::Command};
use tokio::task::JoinSet;

use crate::common::{Engine, TestDatabase, TestServer};

/// How many use identifiers at the same time, and how many each of them uses.
const USERS: usize = 16;
const USES: usize = 300;

/// What was committed unheard must not be tried again: the second try would find the first.
#[tokio::test]
async fn a_first_use_is_never_told_to_be_a_second_one() {
    let server = TestServer::on(Engine::Postgres).await;
    let ending = tokio::spawn(end_connections(server.database()));

    let mut users = JoinSet::new();
    for user in 0..USERS {
        let app = server.app.clone();
        users.spawn(async move {
            let mut told = Vec::new();
            for number in 0..USES {
                let identifier = Sha256::of(format!("{user}-{number}").as_bytes());
                let command = Command::new().use_identifier("test", identifier, app.now());
                told.push(app.store.run(command).await);
            }
            told
        });
    }
    let told: Vec<_> = users.join_all().await.into_iter().flatten().collect();
    ending.abort();

    let seconds = told.iter().filter(|told| matches!(told, Ok(false))).count();
    let firsts = told.iter().filter(|told| matches!(told, Ok(true))).count() as u64;
    let rows = server.database().execute("UPDATE used_identifiers SET expires_at = 0").await;
    assert_eq!(seconds, 0);
    assert!((firsts..=told.len() as u64).contains(&rows), "{firsts} acknowledged, {rows} there");
    server.database().remove().await;
}

/// Ends whatever connection has just written, again and again.
async fn end_connections(database: TestDatabase) {
    loop {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE application_name = 'tessera' AND datname = current_database()
                     AND query LIKE '%used_identifiers%'";
        database.execute(sql).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

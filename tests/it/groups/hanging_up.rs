//! Callers who hang up: nothing is half done, and nobody else feels it.

use std::{io::Result, time::Duration};

use tokio::task::JoinSet;

use crate::common::{
    Engine, TestClient, TestDatabase,
    process::{Process, Program},
    until::until,
};

/// How many hang up after asking for a token, and how many after asking for the end of one.
const HANGING_UP: usize = 40;

/// How many others there are meanwhile, and how many tokens each of them gets and ends.
const OTHERS: usize = 8;
const LIVES: usize = 10;

#[tokio::test]
async fn whoever_hangs_up_changes_nothing_for_others_on_sqlite() {
    hang_up_among_others(Engine::Sqlite).await;
}

#[tokio::test]
async fn whoever_hangs_up_changes_nothing_for_others_on_postgres() {
    hang_up_among_others(Engine::Postgres).await;
}

async fn hang_up_among_others(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let program = Program::on(&database);
    let client = program.add_machine("mailer");
    let server = program.serve().await;
    let mut connection = server.connect().await.unwrap();
    let mut ended = Vec::new();
    for _ in 0..HANGING_UP {
        ended.push(connection.token(&client).await.unwrap());
    }

    let others = others(&server, &client).await;
    for (number, token) in (0..).zip(&ended) {
        // Sooner or later: before the request was read, while it waits, after it was done.
        let patience = Duration::from_millis(number % 5);
        let form = "grant_type=client_credentials";
        let caller = server.connect().await.unwrap();
        caller.post_and_hang_up("/token", &client, form, patience).await;
        let form = format!("token={token}");
        let caller = server.connect().await.unwrap();
        caller.post_and_hang_up("/revoke", &client, &form, patience).await;
    }
    for lived in others.join_all().await {
        lived.unwrap();
    }

    let revoked = "UPDATE tokens SET uses = 0 WHERE status = 'revoked'";
    let by_others = (OTHERS * LIVES) as u64;
    until("some were ended", async || database.execute(revoked).await > by_others).await;
    for token in &ended {
        connection.revoke(&client, token).await.unwrap();
        assert!(!connection.is_active(&client, token).await.unwrap(), "it can be asked again");
    }
    assert_eq!(database.execute(revoked).await, by_others + HANGING_UP as u64);
    let halves = "UPDATE tokens SET uses = 0
                  WHERE (status = 'revoked') <> (payload IS NULL AND ended_at IS NOT NULL)";
    assert_eq!(database.execute(halves).await, 0);
    drop(server);
    database.remove().await;
}

/// Others who get tokens and end them, over connections that stay.
async fn others(server: &Process, client: &TestClient) -> JoinSet<Result<()>> {
    let mut others = JoinSet::new();
    for _ in 0..OTHERS {
        let (mut connection, client) = (server.connect().await.unwrap(), client.clone());
        others.spawn(async move {
            for _ in 0..LIVES {
                let token = connection.token(&client).await?;
                assert!(connection.is_active(&client, &token).await?);
                connection.revoke(&client, &token).await?;
                assert!(!connection.is_active(&client, &token).await?);
            }
            Ok(())
        });
    }
    others
}

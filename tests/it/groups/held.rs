//! A row that somebody else holds: only the command that is about it fails.

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use sqlx::{Connection, Executor, PgConnection};
use tokio::task::JoinSet;

use super::trap::Trap;
use crate::common::{Engine, TestServer};

/// How many others are in the group.
const OTHERS: usize = 7;

#[tokio::test]
async fn a_row_that_somebody_holds_fails_its_own_command_only() {
    let server = TestServer::on(Engine::Postgres).await;
    let server = server.restarted(|config| config.store.timeout = Duration::from_millis(300)).await;
    let client = server.machine("mailer", "read").await;
    let held = server.token(&client).await;
    let mut somebody = PgConnection::connect(&server.database().url).await.unwrap();
    somebody.execute("BEGIN").await.unwrap();
    somebody.execute("SELECT 1 FROM tokens FOR UPDATE").await.unwrap();
    let mut tokens = vec![held.clone()];
    for _ in 0..OTHERS {
        tokens.push(server.token(&client).await);
    }
    let server = Arc::new(server);

    let trap = Trap::set(&server.app, None).await;
    let mut asking = JoinSet::new();
    for token in tokens {
        let (server, client) = (Arc::clone(&server), client.clone());
        asking.spawn(async move {
            let form = format!("token={token}");
            (server.post("/revoke", &client, &form).await.status, token)
        });
    }
    let told = asking.join_all().await;
    trap.release().await;
    somebody.execute("ROLLBACK").await.unwrap();

    for (status, token) in told {
        let expected = if token == held { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
        assert_eq!(status, expected);
        assert_eq!(server.is_active(&client, &token).await, token == held);
    }
    server.database().remove().await;
}

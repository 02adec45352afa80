//! What a server does without its database: it says so, loses nothing, and comes back by itself.

#[cfg(target_os = "linux")]
mod disk;
mod postgres;
mod sqlite;

use std::{future::Future, time::Duration};

use axum::http::StatusCode;

use crate::common::{TestClient, TestServer, server::Answer};

/// How long the servers of these tests wait for their database.
const STORE_TIMEOUT: Duration = Duration::from_millis(300);

/// How long an answer may take: a turn in the queue, a statement, and a machine that is busy.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// The whole text of the answer of a server without its database.
const UNAVAILABLE: &str = r#"{"error":"temporarily_unavailable","error_description":"The server cannot answer right now; try again."}"#;

/// A client and the tokens that it was given, and those that it ended.
struct Ledger {
    client: TestClient,
    live: Vec<String>,
    ended: Vec<String>,
}

impl Ledger {
    async fn open(server: &TestServer) -> Self {
        let client = server.machine("mailer", "read").await;
        let mut ledger = Self { client, live: Vec::new(), ended: Vec::new() };
        for _ in 0..5 {
            ledger.live.push(server.token(&ledger.client).await);
            let token = server.token(&ledger.client).await;
            let answer = server.post("/revoke", &ledger.client, &form(&token)).await;
            assert_eq!(answer.status, StatusCode::OK);
            ledger.ended.push(token);
        }
        ledger
    }

    async fn holds(&self, server: &TestServer) {
        for token in &self.live {
            assert!(server.is_active(&self.client, token).await, "an acknowledged token is lost");
        }
        for token in &self.ended {
            assert!(!server.is_active(&self.client, token).await, "a revoked token is back");
        }
    }

    async fn issue(&self, server: &TestServer) -> Answer {
        answer(server.post("/token", &self.client, "grant_type=client_credentials")).await
    }

    async fn introspect(&self, server: &TestServer) -> Answer {
        answer(server.post("/introspect", &self.client, &form(&self.live[0]))).await
    }

    /// Asks for the end of a token of its own, made for this.
    async fn revoke(&self, server: &TestServer, token: &str) -> Answer {
        answer(server.post("/revoke", &self.client, &form(token))).await
    }
}

fn form(token: &str) -> String {
    format!("token={token}")
}

/// What is answered, in time.
async fn answer(asked: impl Future<Output = Answer>) -> Answer {
    tokio::time::timeout(ANSWER_LIMIT, asked).await.expect("an answer in time")
}

/// The answer of a server without its database, and not a word of why.
fn assert_unavailable(answer: &Answer) {
    answer.assert_error(503, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.body, UNAVAILABLE);
}

async fn is_ready(server: &TestServer) -> bool {
    server.get("/readyz", &[]).await.status == StatusCode::OK
}

//! Reuse: what a client gets that asks for an access token while it has one for the same.

mod holders;
mod renewing;
mod retries;
mod rules;
mod slots;

use tessera::{
    acts::clients::ClientChanges,
    config::Config,
    model::{client::ClientKind, reuse::Reuse, scope::Scope},
};

use crate::common::{TestClient, TestServer, server::Answer};

/// The same server, where clients get again what they have.
async fn reusing(server: TestServer) -> TestServer {
    with_reuse(server, Reuse::ReuseActive).await
}

async fn with_reuse(server: TestServer, reuse: Reuse) -> TestServer {
    server.restarted(|config: &mut Config| config.tokens.reuse = reuse).await
}

/// A client that may ask for `a`, `b` and `A`.
async fn client(server: &TestServer, name: &str) -> TestClient {
    server.machine(name, "a b A").await
}

/// The same with its own way of reuse.
async fn client_with(server: &TestServer, name: &str, reuse: Reuse) -> TestClient {
    let changes = ClientChanges {
        reuse: Some(Some(reuse)),
        scope: Some(Scope::parse("a b A").unwrap()),
        ..ClientChanges::default()
    };
    server.client(name, ClientKind::Machine, changes).await
}

/// What a client gets that asks for a scope.
async fn ask(server: &TestServer, client: &TestClient, scope: &str) -> Answer {
    let form = format!("grant_type=client_credentials&scope={}", scope.replace(' ', "%20"));
    server.post("/token", client, &form).await
}

/// The token that it gets.
async fn token(server: &TestServer, client: &TestClient, scope: &str) -> String {
    token_in(&ask(server, client, scope).await)
}

fn token_in(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

fn expires_in(answer: &Answer) -> i64 {
    answer.json()["expires_in"].as_i64().unwrap()
}

/// How many entries say that they are valid.
async fn valid(server: &TestServer) -> u64 {
    server.database().count("tokens WHERE status = 'valid'").await
}

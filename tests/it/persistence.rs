//! Asynchronous persistence: a token is answered before it is written, and what that costs.

mod early_ends;
mod ending;
mod nodes;
mod slots;
mod stopping;
mod superseding;
mod trouble;
mod waiting;

use std::sync::Arc;

use tessera::{
    config::{Config, PersistenceMode},
    store::LaterWrites,
};

use crate::common::{TestClient, TestServer};

/// Lets tokens be answered before so many workers write them.
pub(crate) fn later(config: &mut Config, workers: u32) {
    config.persistence.mode = PersistenceMode::Async;
    config.persistence.accept_loss = true;
    config.persistence.pool_size = workers;
}

/// A server where nobody writes what waits until the test says so, and a client.
pub(crate) async fn held(server: TestServer) -> (TestServer, TestClient) {
    let client = server.machine("mailer", "read").await;
    (server.restarted(|config| later(config, 0)).await, client)
}

/// Lets what waits be written from now on, and waits until it is.
pub(crate) async fn write(server: &TestServer) {
    release(server, 4);
    server.app.store.write_waiting().await.unwrap();
}

/// Lets what waits be written from now on.
fn release(server: &TestServer, workers: usize) {
    let now = server.now();
    server.app.store.persist_later(&LaterWrites {
        workers,
        limit: server.app.store.waiting_tokens().limit,
        retries: server.app.config().persistence.retry_count,
        clock: Arc::new(move || now),
        rekey: server.app.tokens.rekey(),
    });
}

pub(crate) fn waiting(server: &TestServer) -> usize {
    server.app.store.waiting_tokens().length
}

async fn revoke(server: &TestServer, client: &TestClient, token: &str) {
    let answer = server.post("/revoke", client, &format!("token={token}")).await;
    assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
}

//! What an operator does on one node is in force on every other when it is done.

use std::time::Duration;

use tessera::{
    acts::{
        clients::{self, ClientChanges},
        resource_servers::{self, ResourceServerChanges},
        secrets,
    },
    model::{client::ClientStatus, scope::Scope, space_delimited::SpaceDelimited},
};

use crate::common::{Engine, TestClient, TestServer, server::operator, until::until};

const FORM: &str = "grant_type=client_credentials";

#[tokio::test]
async fn a_client_that_is_disabled_or_enabled_is_so_on_every_node() {
    let (here, there) = two_nodes().await;
    let client = here.machine("mailer", "read").await;
    let reader = reader(&here).await;
    let token = there.token(&client).await;
    for _ in 0..3 {
        warm(&there, &client, &token).await;
        warm(&there, &reader, &token).await;

        set_status(&here, &client, ClientStatus::Disabled).await;
        there.post("/token", &client, FORM).await.assert_error(401, "invalid_client");
        assert!(!there.is_active(&reader, &token).await);

        set_status(&here, &client, ClientStatus::Active).await;
        assert!(there.is_active(&client, &token).await);
    }
    here.database().remove().await;
}

#[tokio::test]
async fn a_secret_that_is_retired_opens_on_no_node() {
    let (here, there) = two_nodes().await;
    let old = here.machine("mailer", "read").await;
    let token = there.token(&old).await;
    let day = Duration::from_hours(24);
    let new = secrets::rotate(&here.app, &operator(), &old.id, day, None).await.unwrap();
    let new = new.secret.unwrap().expose().to_owned();
    let new = TestClient { id: old.id.clone(), secret: new };
    assert!(there.is_active(&new, &token).await, "a new secret is known at once");
    warm(&there, &old, &token).await;

    let hint = &old.secret[old.secret.len() - 6..];
    secrets::retire(&here.app, &operator(), &old.id, hint).await.unwrap();

    there.post("/token", &old, FORM).await.assert_error(401, "invalid_client");
    assert!(there.is_active(&new, &token).await);
    here.database().remove().await;
}

#[tokio::test]
async fn an_introspector_that_is_removed_is_told_nothing_by_any_node() {
    let (here, there) = two_nodes().await;
    let client = here.machine("mailer", "read").await;
    let reader = reader(&here).await;
    let token = there.token(&client).await;
    warm(&there, &reader, &token).await;

    let nobody = Some(SpaceDelimited::default());
    let changes = ResourceServerChanges { introspectors: nobody, ..Default::default() };
    resource_servers::set(&here.app, &operator(), AUDIENCE, changes).await.unwrap();

    assert!(!there.is_active(&reader, &token).await);
    assert!(there.is_active(&client, &token).await);
    here.database().remove().await;
}

#[tokio::test]
async fn a_scope_that_is_taken_away_is_granted_by_no_node() {
    let (here, there) = two_nodes().await;
    let client = here.machine("mailer", "read write").await;
    let token = there.token(&client).await;
    warm(&there, &client, &token).await;

    let scope = Some(Scope::parse("read").unwrap());
    let changes = ClientChanges { scope, ..ClientChanges::default() };
    clients::set(&here.app, &operator(), &client.id, changes).await.unwrap();

    let form = format!("{FORM}&scope=write");
    there.post("/token", &client, &form).await.assert_error(400, "invalid_scope");
    here.database().remove().await;
}

#[tokio::test]
async fn a_client_that_is_deleted_and_added_again_is_another_on_every_node() {
    let (here, there) = two_nodes().await;
    let old = here.machine("mailer", "read").await;
    let token = there.token(&old).await;
    warm(&there, &old, &token).await;

    set_status(&here, &old, ClientStatus::Deleted).await;
    let heir = here.machine("mailer", "read").await;

    there.post("/token", &old, FORM).await.assert_error(401, "invalid_client");
    assert!(!there.is_active(&heir, &token).await, "what the old client held stays dead");
    here.database().remove().await;
}

const AUDIENCE: &str = "https://api.example";

/// Two servers on one database, both of which may answer from memory.
async fn two_nodes() -> (TestServer, TestServer) {
    let here = TestServer::on(Engine::Postgres).await;
    let there = here.neighbour().await;
    for node in [&here, &there] {
        until("has a lease", async || node.app.store.answers_from_cache()).await;
    }
    (here, there)
}

/// A client that may introspect what is for the resource server of every token.
async fn reader(node: &TestServer) -> TestClient {
    let reader = node.machine("reader", "none").await;
    let changes = ResourceServerChanges {
        is_default: Some(true),
        introspectors: Some(SpaceDelimited::parse("reader")),
        ..Default::default()
    };
    resource_servers::add(&node.app, &operator(), AUDIENCE, changes).await.unwrap();
    reader
}

/// Looks so often that everything needed for the answer is kept.
async fn warm(node: &TestServer, client: &TestClient, token: &str) {
    for _ in 0..3 {
        assert!(node.is_active(client, token).await);
    }
}

async fn set_status(node: &TestServer, client: &TestClient, status: ClientStatus) {
    assert!(clients::set_status(&node.app, &operator(), &client.id, status).await.unwrap());
}

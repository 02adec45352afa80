//! Signing keys on several servers: what one does with them is so on all of them.

use tessera::{
    acts::{clients::ClientChanges, keys},
    model::{client::ClientKind, token_format::TokenFormat},
    tokens::jwt,
};

use crate::common::{Engine, TestClient, TestServer, server::operator, until::until};

#[tokio::test]
async fn a_key_that_is_withdrawn_verifies_and_signs_on_no_node() {
    let (here, there, client) = two_nodes().await;
    for _ in 0..5 {
        let token = there.token(&client).await;
        for node in [&here, &there] {
            assert!(node.is_active(&client, &token).await);
        }

        let withdrawn = keys::withdraw(&here.app, &operator(), &kid(&token), None).await.unwrap();

        assert!(!there.is_active(&client, &token).await);
        assert_eq!(Some(kid(&there.token(&client).await)), withdrawn.successor);
        let body = there.get("/jwks.json", &[]).await.body;
        assert!(!body.contains(&kid(&token)), "{body}");
    }
    here.database().remove().await;
}

#[tokio::test]
async fn what_a_new_key_signs_is_known_on_every_node_at_once() {
    let (here, there, client) = two_nodes().await;
    for _ in 0..5 {
        let before = there.token(&client).await;
        let planned = keys::plan(&here.app, None).await.unwrap();

        let started = keys::rotate(&here.app, &operator(), &planned[0], true).await.unwrap();

        let after = here.token(&client).await;
        assert_eq!(
            (kid(&after), kid(&there.token(&client).await)),
            (started.kid.clone(), started.kid)
        );
        for token in [&before, &after] {
            assert!(there.is_active(&client, token).await);
        }
    }
    here.database().remove().await;
}

/// A node that cannot be told yet may meet what a new key signed.
#[tokio::test]
async fn what_a_new_key_signs_is_known_before_its_making_is_acknowledged() {
    let (here, there, client) = two_nodes().await;
    for _ in 0..10 {
        assert!(there.is_active(&client, &there.token(&client).await).await);
        let planned = keys::plan(&here.app, None).await.unwrap();
        let app = here.app.clone();
        let rotating = tokio::spawn(async move {
            keys::rotate(&app, &operator(), &planned[0], true).await.unwrap().kid
        });

        while !rotating.is_finished() {
            let token = here.token(&client).await;
            assert!(there.is_active(&client, &token).await, "{}", kid(&token));
        }

        let next = rotating.await.unwrap();
        assert_eq!(kid(&here.token(&client).await), next);
    }
    here.database().remove().await;
}

fn kid(token: &str) -> String {
    jwt::header(token).unwrap().kid.unwrap()
}

async fn two_nodes() -> (TestServer, TestServer, TestClient) {
    let here = TestServer::on(Engine::Postgres).await;
    let there = here.neighbour().await;
    for node in [&here, &there] {
        until("has a lease", async || node.app.store.answers_from_cache()).await;
    }
    let changes =
        ClientChanges { access_format: Some(Some(TokenFormat::Jwt)), ..ClientChanges::default() };
    let client = here.client("mailer", ClientKind::Machine, changes).await;
    (here, there, client)
}

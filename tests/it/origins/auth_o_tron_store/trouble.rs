//! What is said where the store does not answer.

use std::sync::Arc;

use axum::http::Method;
use serde_json::json;
use tessera::store::Fault;

use crate::{
    common::{TestServer, on_each_engine, stateless::declared},
    personal_tokens::{alice, with_people},
};

on_each_engine!(b16_what_goes_wrong_in_the_store_is_nobodys_business);

#[tokio::test]
async fn b16_a_store_that_is_switched_off_says_so() {
    let (mailer, _, text) = declared();
    let server = TestServer::without_store(&text).await;
    let bearer = format!("Bearer {}", server.token(&mailer).await);

    let answer = server.get("/tokens", &[("authorization", &bearer)]).await;

    answer.assert_problem(503, "store_disabled");
    assert_eq!(answer.json()["detail"], "Token store is disabled.");
}

async fn b16_what_goes_wrong_in_the_store_is_nobodys_business(server: TestServer) {
    let server = with_people(server).await;
    for fault in [Fault::Refused, Fault::LostBefore] {
        server.app.store.fail(Some(Arc::new(move |sql: &str| {
            sql.contains("INSERT INTO tokens").then_some(fault)
        })));

        let asked = json!({"type": "personal"});
        let answer = server.ask_as(&alice(), Method::POST, "/tokens", asked).await;

        let status = answer.status.as_u16();
        assert!([500, 503].contains(&status), "{answer:?}");
        let said = answer.body.to_ascii_lowercase();
        for word in ["sql", "insert", "database", "tokens", "connection", "fault", "injected"] {
            assert!(!said.contains(word), "{fault:?}: {said}");
        }
    }
}

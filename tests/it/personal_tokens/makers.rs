//! Tokens of people that make others.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use crate::common::{TestServer, on_each_engine, people::bearer};

use super::{alice, delete, is_good, list, token, with_people};

on_each_engine!(
    a_token_makes_and_deletes_others,
    no_token_makes_one_that_outlives_it,
    nobody_makes_one_for_more_than_a_year_unless_the_type_says_so,
);

async fn a_token_makes_and_deletes_others(server: TestServer) {
    let server = with_people(server).await;
    let first = bearer(&token(&server, &alice()).await);

    let second = token(&server, &first).await;

    assert_eq!(list(&server, &first).await.len(), 2);
    assert_eq!(delete(&server, &first, json!({"token": second})).await, 200);
    assert!(!is_good(&server, &second).await);
}

/// For how long a token lives that was asked for so.
async fn life(server: &TestServer, authorization: &str, asked: Value) -> (Value, String) {
    let answer = server.ask_as(authorization, Method::POST, "/tokens", asked).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let made = answer.json();
    (made["expires_in"].clone(), made["token"].as_str().unwrap().to_owned())
}

async fn no_token_makes_one_that_outlives_it(server: TestServer) {
    let server = with_people(server).await;
    let personal = json!({"type": "personal"});
    let asked = |seconds: u64| json!({"type": "personal", "expires_in": seconds});
    let (_, first) = life(&server, &alice(), asked(60)).await;
    server.advance(Duration::from_secs(10));

    let (left, second) = life(&server, &bearer(&first), asked(31_536_000)).await;
    assert_eq!(left, 50);
    assert_eq!(life(&server, &bearer(&first), personal.clone()).await.0, 50);
    assert_eq!(life(&server, &bearer(&first), asked(20)).await.0, 20);
    server.advance(Duration::from_secs(49));
    assert_eq!(life(&server, &bearer(&second), personal).await.0, 1);
    server.advance(Duration::from_secs(1));

    assert!(!is_good(&server, &first).await && !is_good(&server, &second).await);
}

async fn nobody_makes_one_for_more_than_a_year_unless_the_type_says_so(server: TestServer) {
    let server = with_people(server).await;
    let asked = |days: u64| json!({"type": "personal", "expires_in": days * 86_400});

    assert_eq!(life(&server, &alice(), asked(365)).await.0, 365 * 86_400);
    let refused = server.ask_as(&alice(), Method::POST, "/tokens", asked(366)).await;
    refused.assert_problem(400, "invalid_request");

    server
        .define(
            "[[token_types]]\nname = 'personal'\n[[token_types.rules]]\ntype = 'Expiry'\n\
             expiry_time = '800d'\n",
        )
        .await;
    assert_eq!(life(&server, &alice(), asked(700)).await.0, 700 * 86_400);
}

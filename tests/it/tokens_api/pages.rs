//! Listing.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ALL, Caller, configure};
use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    a_client_sees_its_own_tokens_and_never_their_strings,
    pages_follow_each_other_without_gap_or_repetition,
    without_a_type_all_that_may_be_listed_are,
    parameters_that_cannot_be_read_are_refused,
);

fn ids(page: &Value) -> Vec<String> {
    let tokens = page["tokens"].as_array().unwrap();
    tokens.iter().map(|token| token["id"].as_str().unwrap().to_owned()).collect()
}

async fn a_client_sees_its_own_tokens_and_never_their_strings(server: TestServer) {
    let rules = json!([
        {"type": "Expiry", "expiry_time": "1h"}, {"type": "UseCount", "max_use_count": 2}
    ]);
    let caller = Caller::with(&server, rules).await;
    let other = Caller::new(&server, "other", ALL).await;
    let made = caller.create(json!({"purposes": ["Read"], "identity": "Bob"})).await;
    other.create(json!({})).await;
    let about = json!({"purpose": "read", "identity": "Bob"});
    caller.use_token(&made["token"], about).await;

    let answer = caller.get("/tokens?type=link").await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(!answer.body.contains(made["token"].as_str().unwrap()));
    assert_eq!(
        answer.json(),
        json!({"tokens": [{
            "id": made["id"], "type": "Link", "status": "active", "purposes": ["read"],
            "identity": "Bob", "created_at": "2027-01-15T08:00:00Z",
            "expires_at": "2027-01-15T09:00:00Z", "last_used_at": "2027-01-15T08:00:00Z",
            "uses": 1, "uses_left": 1,
        }]})
    );
}

async fn pages_follow_each_other_without_gap_or_repetition(server: TestServer) {
    let caller = Caller::with(&server, json!([{"type": "Expiry", "expiry_time": "1m"}])).await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(caller.create(json!({})).await["id"].as_str().unwrap().to_owned());
        server.advance(Duration::from_secs(1));
    }

    let mut seen = Vec::new();
    let mut path = "/tokens?limit=3".to_owned();
    let mut pages = 0;
    loop {
        let page = caller.get(&path).await.json();
        seen.extend(ids(&page));
        pages += 1;
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/tokens?limit=3&after={next}");
    }

    assert_eq!(pages, 3);
    assert_eq!(seen, made);
}

async fn without_a_type_all_that_may_be_listed_are(server: TestServer) {
    for name in ["A", "B", "C"] {
        configure(&server, name, json!({"rules": []})).await;
    }
    let scope = "tokens.create:A tokens.create:B tokens.create:C tokens.list:a tokens.list:B";
    let caller = Caller::new(&server, "shop", scope).await;
    for name in ["A", "B", "C"] {
        caller.create(json!({"type": name})).await;
    }

    let page = caller.get("/tokens").await.json();

    let mut types: Vec<_> =
        page["tokens"].as_array().unwrap().iter().map(|token| token["type"].clone()).collect();
    types.sort_by_key(ToString::to_string);
    assert_eq!(types, [json!("A"), json!("B")]);
    caller.get("/tokens?type=C").await.assert_problem(403, "insufficient_scope");
}

async fn parameters_that_cannot_be_read_are_refused(server: TestServer) {
    let caller = Caller::with(&server, json!([])).await;

    for query in [
        "limit=",
        "type=",
        "after=",
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=1.5",
        "limit=1&limit=1",
        "after=tok_0",
        "after=x",
        "type=a%20b",
        "type=%ff",
        "type=Link&type=Link",
    ] {
        let answer = caller.get(&format!("/tokens?{query}")).await;
        answer.assert_problem(400, "invalid_request");
    }
}

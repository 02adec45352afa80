//! What each request does.

use std::time::Duration;

use serde_json::json;

use super::{ALL, Caller, configure, remove};
use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    a_token_is_made_with_its_facts_and_used_until_it_is_used_up,
    a_token_without_an_end_or_a_count_says_neither,
    purposes_and_identity_are_held_against_it,
    a_shorter_life_is_given_and_a_longer_one_refused,
    a_look_spends_nothing,
    a_retry_with_its_key_is_one_use_and_another_use_with_it_is_refused,
    too_often_is_told_with_when_to_come_back,
    at_most_so_many_are_active_and_not_too_soon_after_each_other,
    the_address_that_counts_is_the_end_users,
    a_token_is_deleted_by_whoever_has_it_and_by_id_by_its_maker_alone,
    a_type_that_is_not_configured_makes_nothing_and_its_tokens_are_invalid,
    the_tokens_of_the_protocol_are_not_made_here,
);

async fn a_token_is_made_with_its_facts_and_used_until_it_is_used_up(server: TestServer) {
    let rules = json!([
        {"type": "Expiry", "expiry_time": "1h"}, {"type": "UseCount", "max_use_count": 2}
    ]);
    let caller = Caller::with(&server, rules).await;

    let made =
        caller.create(json!({"type": "lINK", "attributes": {"file": {"n": [1, "a"]}}})).await;
    let uses = [
        caller.use_token(&made["token"], json!({})).await,
        caller.use_token(&made["token"], json!({"type": "LINK"})).await,
        caller.use_token(&made["token"], json!({})).await,
    ];

    assert_eq!(made["token"].as_str().unwrap().len(), 43, "{made}");
    assert!(made["id"].as_str().unwrap().starts_with("tok_"), "{made}");
    assert_eq!(made["type"], "Link");
    assert_eq!(made["expires_at"], "2027-01-15T09:00:00Z");
    assert_eq!((&made["expires_in"], &made["uses_left"]), (&json!(3600), &json!(2)));
    let attributes = json!({"file": {"n": [1, "a"]}});
    let allowed = |left| {
        json!({"outcome": "allowed", "uses_left": left, "expires_in": 3600,
               "attributes": attributes})
    };
    assert_eq!(uses, [allowed(1), allowed(0), json!({"outcome": "invalid"})]);
}

async fn a_token_without_an_end_or_a_count_says_neither(server: TestServer) {
    let caller = Caller::with(&server, json!([])).await;

    let made = caller.create(json!({})).await;

    let members: Vec<_> = made.as_object().unwrap().keys().collect();
    assert_eq!(members, ["id", "token", "type"]);
    let used = caller.use_token(&made["token"], json!({})).await;
    assert_eq!(used, json!({"outcome": "allowed"}));
}

async fn purposes_and_identity_are_held_against_it(server: TestServer) {
    let caller = Caller::with(&server, json!([])).await;

    let made =
        caller.create(json!({"purposes": ["Read", " "], "identity": "Bob"})).await["token"].clone();

    for (purpose, identity, outcome) in [
        ("READ", "Bob", "allowed"),
        ("read", "bob", "not_allowed"),
        ("write", "Bob", "not_allowed"),
        ("read", "", "not_allowed"),
        ("", "Bob", "not_allowed"),
    ] {
        let used = caller.use_token(&made, json!({"purpose": purpose, "identity": identity})).await;
        assert_eq!(used, json!({"outcome": outcome}), "{purpose} {identity}");
    }
    let nobody = caller.use_token(&made, json!({"purpose": null, "identity": null})).await;
    assert_eq!(nobody, json!({"outcome": "not_allowed"}));
}

async fn a_shorter_life_is_given_and_a_longer_one_refused(server: TestServer) {
    let caller = Caller::with(&server, json!([{"type": "Expiry", "expiry_time": "1m"}])).await;

    let made = caller.create(json!({"expires_in": 59})).await;
    let longer = caller.post("/tokens", &json!({"type": "Link", "expires_in": 61})).await;

    assert_eq!(made["expires_in"], 59);
    longer.assert_problem(400, "invalid_request");
    assert!(longer.json()["detail"].as_str().unwrap().contains("60 s"), "{longer:?}");
    server.advance(Duration::from_secs(58));
    let used = caller.use_token(&made["token"], json!({})).await;
    assert_eq!(used, json!({"outcome": "allowed", "expires_in": 1}));
    server.advance(Duration::from_secs(1));
    let used = caller.use_token(&made["token"], json!({})).await;
    assert_eq!(used, json!({"outcome": "invalid"}));
}

async fn a_look_spends_nothing(server: TestServer) {
    let caller = Caller::with(&server, json!([{"type": "UseCount", "max_use_count": 1}])).await;
    let made = caller.create(json!({})).await;

    for _ in 0..3 {
        let looked = caller.use_token(&made["token"], json!({"peek": true})).await;
        assert_eq!(looked["outcome"], "allowed");
    }
    assert_eq!(caller.use_token(&made["token"], json!({})).await["outcome"], "allowed");
    let looked = caller.use_token(&made["token"], json!({"peek": true})).await;
    assert_eq!(looked, json!({"outcome": "invalid"}));
}

async fn a_retry_with_its_key_is_one_use_and_another_use_with_it_is_refused(server: TestServer) {
    let caller = Caller::with(&server, json!([{"type": "UseCount", "max_use_count": 2}])).await;
    let made = caller.create(json!({})).await;
    let other = caller.create(json!({})).await;
    let key = json!({"use_key": "download 7"});

    let first = caller.use_token(&made["token"], key.clone()).await;
    let again = caller.use_token(&made["token"], key).await;
    let misused = caller
        .post(
            "/tokens/use",
            &json!({"type": "Link", "token": other["token"], "use_key": "download 7"}),
        )
        .await;

    assert_eq!(first, json!({"outcome": "allowed", "uses_left": 1}));
    assert_eq!(again, first);
    misused.assert_problem(422, "use_key_misused");
    assert_eq!(caller.use_token(&other["token"], json!({})).await["uses_left"], 1);
}

async fn too_often_is_told_with_when_to_come_back(server: TestServer) {
    let rules = json!([
        {"type": "Rate", "window": "1m", "max_use_count": 1}
    ]);
    let caller = Caller::with(&server, rules).await;
    let made = caller.create(json!({})).await;
    caller.use_token(&made["token"], json!({})).await;
    server.advance(Duration::from_secs(10));

    let used = caller.use_token(&made["token"], json!({})).await;

    assert_eq!(used, json!({"outcome": "throttled", "retry_after": 50}));
}

async fn at_most_so_many_are_active_and_not_too_soon_after_each_other(server: TestServer) {
    let limit = json!({"type": "MaxActive", "max": 1, "per": "identity", "on_limit": "reject"});
    let pause = json!({"type": "Cooldown", "min_interval": "1m", "per": "identity"});
    let caller = Caller::with(&server, json!([limit])).await;
    configure(&server, "Slow", json!({"rules": [pause]})).await;
    let slow = Caller::new(&server, "slow", "tokens.create:Slow").await;
    caller.create(json!({"identity": "bob"})).await;
    slow.post("/tokens", &json!({"type": "Slow", "identity": "bob"})).await;
    server.advance(Duration::from_secs(20));

    let too_many = caller.post("/tokens", &json!({"type": "Link", "identity": "bob"})).await;
    let too_soon = slow.post("/tokens", &json!({"type": "Slow", "identity": "bob"})).await;

    too_many.assert_problem(409, "too_many_active");
    too_soon.assert_problem(429, "too_soon");
    assert_eq!(too_soon.header("retry-after"), Some("40"));
    assert_eq!(server.database().count("tokens WHERE kind = 'typed'").await, 2);
}

async fn the_address_that_counts_is_the_end_users(server: TestServer) {
    let rule = json!({"type": "Cidr", "allow": ["203.0.113.0/24"], "deny": []});
    let caller = Caller::with(&server, json!([rule])).await;
    let made = caller.create(json!({})).await["token"].clone();

    for (address, outcome) in [
        (json!("203.0.113.7"), "allowed"),
        (json!("::ffff:203.0.113.7"), "allowed"),
        (json!("2001:db8::1"), "not_allowed"),
        (json!(null), "not_allowed"),
    ] {
        let used = caller.use_token(&made, json!({"address": address})).await;
        assert_eq!(used, json!({"outcome": outcome}), "{address}");
    }
}

async fn a_token_is_deleted_by_whoever_has_it_and_by_id_by_its_maker_alone(server: TestServer) {
    let caller = Caller::with(&server, json!([])).await;
    let other = Caller::new(&server, "other", ALL).await;
    let (first, second) = (caller.create(json!({})).await, caller.create(json!({})).await);
    let by_token = json!({"type": "link", "token": first["token"]});
    let by_id = json!({"type": "Link", "id": second["id"]});

    let answers = [
        other.post("/tokens/delete", &by_id).await,
        other.post("/tokens/delete", &by_token).await,
        caller.post("/tokens/delete", &by_id).await,
        caller.post("/tokens/delete", &by_id).await,
    ];

    for (answer, deleted) in answers.iter().zip([false, true, true, false]) {
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json(), json!({"deleted": deleted}));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    for made in [first, second] {
        let used = caller.use_token(&made["token"], json!({})).await;
        assert_eq!(used, json!({"outcome": "invalid"}));
    }
    assert_eq!(server.database().count("tokens WHERE kind = 'typed'").await, 0);
}

async fn a_type_that_is_not_configured_makes_nothing_and_its_tokens_are_invalid(
    server: TestServer,
) {
    let caller = Caller::with(&server, json!([])).await;
    let made = caller.create(json!({})).await;
    remove(&server, "Link").await;

    let refused = caller.post("/tokens", &json!({"type": "Link"})).await;
    let used = caller.use_token(&made["token"], json!({})).await;

    refused.assert_problem(400, "unknown_type");
    assert_eq!(used, json!({"outcome": "invalid"}));
    assert_eq!(server.database().count("tokens WHERE kind = 'typed'").await, 1);
}

async fn the_tokens_of_the_protocol_are_not_made_here(server: TestServer) {
    let scope = "tokens.create:access tokens.create:refresh";
    let caller = Caller::new(&server, "shop", scope).await;

    for name in ["access", "Refresh"] {
        let refused = caller.post("/tokens", &json!({"type": name})).await;
        refused.assert_problem(400, "unknown_type");
    }
}

//! Who may send a request.

use std::time::Duration;

use axum::http::Request;
use serde_json::json;
use tessera::{
    acts::{self, resource_servers::ResourceServerChanges},
    model::{scope::Scope, token_format::TokenFormat},
};

use super::{ALL, Caller, configure};
use crate::common::{
    TestServer, on_each_engine,
    server::{ISSUER, operator},
};

on_each_engine!(
    without_an_access_token_a_request_learns_the_scheme_alone,
    what_is_no_live_access_token_of_ours_is_refused_alike,
    a_token_for_another_audience_is_refused,
    a_missing_scope_and_an_unknown_type_cannot_be_told_apart,
    each_act_needs_its_own_scope,
    a_token_in_the_address_is_refused,
    jwt_access_tokens_open_it_too,
);

const PATHS: [(&str, &str); 4] =
    [("POST", "/tokens"), ("POST", "/tokens/use"), ("POST", "/tokens/delete"), ("GET", "/tokens")];

fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("content-type", "application/json")
}

async fn without_an_access_token_a_request_learns_the_scheme_alone(server: TestServer) {
    let client = server.machine("shop", ALL).await;
    for (method, path) in PATHS {
        let answer = server.send(request(method, path), "").await;

        answer.assert_problem(401, "token_missing");
        assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer realm="tokens""#));
        let basic = request(method, path).header("authorization", client.basic());
        let answer = server.send(basic, "").await;
        // A name and a password are a person's, and this client is no person.
        let takes_people = path != "/tokens/use";
        let code = if takes_people { "invalid_credentials" } else { "token_missing" };
        answer.assert_problem(401, code);
        let twice = request(method, path)
            .header("authorization", "Bearer a")
            .header("authorization", "Bearer b");
        server.send(twice, "").await.assert_problem(400, "invalid_request");
    }
}

async fn what_is_no_live_access_token_of_ours_is_refused_alike(server: TestServer) {
    let mut caller = Caller::with(&server, json!([])).await;
    let good = caller.token.clone();
    let typed = caller.create(json!({})).await["token"].as_str().unwrap().to_owned();
    server.post("/revoke", &caller.client, &format!("token={good}")).await;
    let expired = server.token(&caller.client).await;
    server.advance(Duration::from_hours(2));

    let long = "x".repeat(9000);
    for token in [&good, &expired, &typed, &good[1..], "", "a b", "\u{e9}", &long] {
        caller.token = token.to_owned();
        for (method, path) in PATHS {
            let answer = caller.send(method.parse().unwrap(), path, "").await;

            answer.assert_problem(401, "invalid_token");
            let challenge = r#"Bearer realm="tokens", error="invalid_token""#;
            assert_eq!(answer.header("www-authenticate"), Some(challenge), "{token}");
        }
    }
}

async fn a_token_for_another_audience_is_refused(server: TestServer) {
    let scope = Some(Scope::parse("read").unwrap());
    let changes = ResourceServerChanges { scope, ..ResourceServerChanges::default() };
    acts::resource_servers::add(&server.app, &operator(), "https://api.example", changes)
        .await
        .unwrap();
    let mut caller = Caller::new(&server, "shop", &format!("read {ALL}")).await;
    let form = "grant_type=client_credentials&resource=https://api.example";
    let elsewhere = server.post("/token", &caller.client, form).await.json();

    caller.token = elsewhere["access_token"].as_str().unwrap().to_owned();

    caller.get("/tokens").await.assert_problem(401, "invalid_token");
}

async fn a_missing_scope_and_an_unknown_type_cannot_be_told_apart(server: TestServer) {
    configure(&server, "Other", json!({"rules": []})).await;
    let caller = Caller::with(&server, json!([])).await;

    for path in ["/tokens", "/tokens/use", "/tokens/delete"] {
        let answer = async |name| {
            let mut body = json!({"type": name});
            if path != "/tokens" {
                body["token"] = json!("x");
            }
            caller.post(path, &body).await
        };
        let (there, not_there) = (answer("Other").await, answer("Nothing").await);

        there.assert_problem(403, "insufficient_scope");
        assert_eq!(there.body, not_there.body);
    }
    let (there, not_there) =
        (caller.get("/tokens?type=Other").await, caller.get("/tokens?type=Nothing").await);
    there.assert_problem(403, "insufficient_scope");
    assert_eq!(there.body, not_there.body);
    let challenge =
        r#"Bearer realm="tokens", error="insufficient_scope", scope="tokens.list:Other""#;
    assert_eq!(there.header("www-authenticate"), Some(challenge));
}

async fn each_act_needs_its_own_scope(server: TestServer) {
    configure(&server, "Link", json!({"rules": []})).await;
    for (number, allowed) in ALL.split(' ').enumerate() {
        let caller = Caller::new(&server, &format!("client{number}"), allowed).await;
        let body = json!({"type": "LINK", "token": "x"});

        let answers = [
            caller.post("/tokens", &json!({"type": "LINK"})).await,
            caller.post("/tokens/use", &body).await,
            caller.post("/tokens/delete", &body).await,
            caller.get("/tokens?type=LINK").await,
        ];

        for (place, answer) in answers.iter().enumerate() {
            if place == number {
                assert!(answer.status.is_success(), "{allowed}: {answer:?}");
            } else {
                answer.assert_problem(403, "insufficient_scope");
            }
        }
    }
}

async fn a_token_in_the_address_is_refused(server: TestServer) {
    let caller = Caller::with(&server, json!([])).await;

    for query in ["access_token", "token"] {
        let answer = caller.get(&format!("/tokens?{query}=x")).await;
        answer.assert_problem(400, "invalid_request");
    }
}

async fn jwt_access_tokens_open_it_too(server: TestServer) {
    configure(&server, "Link", json!({"rules": []})).await;
    let server = server.restarted(|config| config.tokens.access.format = TokenFormat::Jwt).await;
    let mut caller = Caller::new(&server, "shop", &format!("read {ALL}")).await;
    let named = server
        .post("/token", &caller.client, &format!("grant_type=client_credentials&resource={ISSUER}"))
        .await
        .json();
    assert_eq!(named["scope"], ALL, "{named}");
    caller.token = named["access_token"].as_str().unwrap().to_owned();

    let made = caller.create(json!({})).await;

    assert!(made["token"].is_string());
}

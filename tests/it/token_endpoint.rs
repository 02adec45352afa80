//! `POST /token` (RFC 6749 §3.2, §4.4, §5).

use axum::http::StatusCode;
use serde_json::json;
use tessera::{
    acts::{clients::ClientChanges, resource_servers, resource_servers::ResourceServerChanges},
    model::{client::ClientKind, scope::Scope, space_delimited::SpaceDelimited},
};

use crate::common::{TestServer, on_each_engine, server::operator};

on_each_engine!(
    a_client_gets_a_token_for_itself,
    the_answer_is_exactly_what_the_standard_says,
    scope_is_named_whenever_it_differs_from_what_was_asked,
    a_scope_the_client_may_not_ask_for_is_refused,
    a_scope_with_forbidden_characters_is_refused,
    a_resource_decides_scope_and_audience,
    several_resources_may_be_named,
    an_unknown_resource_is_an_invalid_target,
    a_missing_or_unknown_grant_type_is_refused,
    a_grant_the_client_did_not_register_is_refused,
    a_public_client_never_acts_for_itself,
    the_lifetime_of_the_client_wins,
    unknown_parameters_are_ignored_and_empty_ones_absent,
    a_scope_of_spaces_is_as_good_as_none,
);

const GRANT: &str = "grant_type=client_credentials";

async fn a_client_gets_a_token_for_itself(server: TestServer) {
    let client = server.machine("mailer", "read write").await;

    let token = server.token(&client).await;

    let claims = server.introspect(&client, &token).await;
    assert_eq!(claims["active"], true);
    assert_eq!(claims["sub"], "mailer");
    assert_eq!(claims["client_id"], "mailer");
    assert_eq!(claims["scope"], "read write");
    assert_eq!(claims["aud"], "https://id.example");
}

async fn the_answer_is_exactly_what_the_standard_says(server: TestServer) {
    let client = server.machine("mailer", "read").await;

    let answer = server.post("/token", &client, &format!("{GRANT}&scope=read")).await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    assert_eq!(answer.header("www-authenticate"), None);
    let token = answer.json()["access_token"].clone();
    assert_eq!(
        answer.json(),
        json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600})
    );
}

async fn scope_is_named_whenever_it_differs_from_what_was_asked(server: TestServer) {
    let client = server.machine("mailer", "read write").await;

    let everything = server.post("/token", &client, GRANT).await.json();
    let exact = server.post("/token", &client, &format!("{GRANT}&scope=write")).await.json();
    let reordered =
        server.post("/token", &client, &format!("{GRANT}&scope=write++read+write")).await.json();

    assert_eq!(everything["scope"], "read write");
    assert_eq!(exact.get("scope"), None);
    assert_eq!(reordered["scope"], "write read");
}

async fn a_scope_the_client_may_not_ask_for_is_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;

    for scope in ["admin", "read+admin", "READ"] {
        let answer = server.post("/token", &client, &format!("{GRANT}&scope={scope}")).await;
        answer.assert_error(400, "invalid_scope");
    }
}

async fn a_scope_with_forbidden_characters_is_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;

    for scope in ["%00", "%22", "r%C3%A9ad", "read%09", "%5C", "read%0Aread"] {
        let answer = server.post("/token", &client, &format!("{GRANT}&scope={scope}")).await;
        answer.assert_error(400, "invalid_scope");
    }
}

async fn add_api(server: &TestServer, audience: &str, scope: &str) {
    let changes = ResourceServerChanges {
        scope: Some(Scope::parse(scope).unwrap()),
        ..ResourceServerChanges::default()
    };
    resource_servers::add(&server.app, &operator(), audience, changes).await.unwrap();
}

async fn a_resource_decides_scope_and_audience(server: TestServer) {
    let client = server.machine("mailer", "read write").await;
    add_api(&server, "https://api.example", "read").await;

    let form = format!("{GRANT}&scope=read+write&resource=https://api.example");
    let answer = server.post("/token", &client, &form).await.json();

    let claims = server.introspect(&client, answer["access_token"].as_str().unwrap()).await;
    assert_eq!(answer["scope"], "read");
    assert_eq!(claims["aud"], "https://api.example");
}

async fn several_resources_may_be_named(server: TestServer) {
    let client = server.machine("mailer", "read write").await;
    add_api(&server, "https://one.example", "read").await;
    add_api(&server, "https://two.example", "write").await;

    let form = format!("{GRANT}&resource=https://one.example&resource=https://two.example");
    let answer = server.post("/token", &client, &form).await.json();

    let claims = server.introspect(&client, answer["access_token"].as_str().unwrap()).await;
    assert_eq!(claims["aud"], json!(["https://one.example", "https://two.example"]));
}

async fn an_unknown_resource_is_an_invalid_target(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    add_api(&server, "https://other.example", "secrets").await;

    for resource in ["https://nobody.example", "https://other.example", "not a uri", "%00"] {
        let answer = server.post("/token", &client, &format!("{GRANT}&resource={resource}")).await;
        answer.assert_error(400, "invalid_target");
    }
}

async fn a_missing_or_unknown_grant_type_is_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;

    server.post("/token", &client, "scope=read").await.assert_error(400, "invalid_request");
    server.post("/token", &client, "grant_type=").await.assert_error(400, "invalid_request");
    for grant in ["password", "Client_Credentials", "%00", "implicit"] {
        let answer = server.post("/token", &client, &format!("grant_type={grant}")).await;
        answer.assert_error(400, "unsupported_grant_type");
    }
}

async fn a_grant_the_client_did_not_register_is_refused(server: TestServer) {
    let changes =
        ClientChanges { grant_types: Some(SpaceDelimited::default()), ..ClientChanges::default() };
    let client = server.client("site", ClientKind::Web, changes).await;

    server.post("/token", &client, GRANT).await.assert_error(400, "unauthorized_client");
}

async fn a_public_client_never_acts_for_itself(server: TestServer) {
    server.client("app", ClientKind::Native, ClientChanges::default()).await;

    let answer = server.post_form("/token", &format!("{GRANT}&client_id=app")).await;

    answer.assert_error(400, "unauthorized_client");
}

async fn the_lifetime_of_the_client_wins(server: TestServer) {
    let changes = ClientChanges {
        access_lifetime: Some(Some(std::time::Duration::from_secs(90))),
        ..ClientChanges::default()
    };
    let client = server.client("mailer", ClientKind::Machine, changes).await;

    let answer = server.post("/token", &client, GRANT).await.json();

    let claims = server.introspect(&client, answer["access_token"].as_str().unwrap()).await;
    assert_eq!(answer["expires_in"], 90);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 90);
}

async fn unknown_parameters_are_ignored_and_empty_ones_absent(server: TestServer) {
    let client = server.machine("mailer", "read").await;

    let form = format!("{GRANT}&access_type=offline&scope=&resource=&client_secret=");
    let answer = server.post("/token", &client, &form).await;

    assert_eq!(answer.json()["scope"], "read");
}

async fn a_scope_of_spaces_is_as_good_as_none(server: TestServer) {
    let client = server.machine("mailer", "read").await;

    let answer = server.post("/token", &client, &format!("{GRANT}&scope=++")).await;

    assert_eq!(answer.json()["scope"], "read");
}

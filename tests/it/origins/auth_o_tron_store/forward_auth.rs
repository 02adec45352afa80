//! A gateway that asks who somebody is.

use serde_json::json;
use tessera::model::user_jwt::ScopesShape;

use crate::{
    common::{
        TestServer, on_each_engine,
        people::{basic, bearer, opened},
    },
    personal_tokens::{alice, bob, token, with_people},
};

on_each_engine!(
    b25_a_token_is_of_its_realm_however_that_is_written,
    b26_a_gateway_learns_who_asks_and_gets_a_jwt,
    b26_up_to_three_credentials_are_looked_at,
    b26_an_application_reads_who_somebody_is_and_nobody_keeps_it,
);

async fn b25_a_token_is_of_its_realm_however_that_is_written(server: TestServer) {
    let server = with_people(server).await;
    let token = bearer(&token(&server, &alice()).await);
    for (realm, expected) in
        [("internal", 200), ("INTERNAL", 200), ("external", 401), ("default", 401)]
    {
        let headers = [("authorization", token.as_str()), ("x-auth-realm", realm)];

        assert_eq!(server.get("/authenticate", &headers).await.status, expected, "{realm}");
    }
    assert_eq!(server.get("/authenticate", &[("authorization", &token)]).await.status, 200);
}

async fn b26_a_gateway_learns_who_asks_and_gets_a_jwt(server: TestServer) {
    let server = with_people(server).await;
    let plain = server.authenticate(&alice()).await;
    let server = server.restarted(|config| config.forward_auth.headers = true).await;

    let told = server.authenticate(&alice()).await;

    for answer in [&plain, &told] {
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "ok"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let jwt = answer.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
        assert_eq!(opened(jwt).1["roles"], json!(["admin", "developer"]));
    }
    for (name, value) in [
        ("x-auth-username", "alice"),
        ("x-auth-realm", "internal"),
        ("x-auth-roles", "admin,developer"),
    ] {
        assert_eq!((plain.header(name), told.header(name)), (None, Some(value)));
    }
}

async fn b26_up_to_three_credentials_are_looked_at(server: TestServer) {
    let server = with_people(server).await;
    let (good, wrong) = (alice(), basic("alice", "wrong horse"));
    let token = bearer(&token(&server, &bob()).await);
    for (presented, expected) in [
        (format!("Bearer x, {good}"), 200),
        (format!("{wrong}, {token}"), 200),
        // The last of one scheme counts; Plain is another name of Basic.
        (format!("{wrong}, {good}"), 200),
        (format!("{good}, {wrong}"), 401),
        (good.replace("Basic", "Plain"), 200),
        (format!("Bearer x, {}", good.replace("Basic", "PLAIN")), 200),
        // What is said twice is said once, and a fourth is too many.
        (format!("{good}, {good}, {good}, {good}"), 200),
        (format!("Bearer a, Bearer b, Bearer c, {good}"), 401),
        // Two words each.
        (format!("{good} x"), 401),
        ("Basic".to_owned(), 401),
        (format!("{good}, Basic"), 401),
    ] {
        let answer = server.authenticate(&presented).await;

        assert_eq!(answer.status, expected, "{presented}: {answer:?}");
    }
}

/// The user as an application of Auth-O-Tron reads it: scopes by service, as the import sets them.
async fn b26_an_application_reads_who_somebody_is_and_nobody_keeps_it(server: TestServer) {
    let server = with_people(server).await;
    let server = server.restarted(|config| config.scopes_shape = ScopesShape::Map).await;
    let ask = async |who: &str| {
        let headers = [("authorization", who), ("x-auth-realm", "internal")];
        server.get("/whoami", &headers).await
    };

    for who in [alice(), bearer(&token(&server, &alice()).await)] {
        let answer = ask(&who).await;

        assert_eq!(
            (answer.status.as_u16(), answer.header("cache-control")),
            (200, Some("no-store"))
        );
        let expected = json!({
            "version": 1, "realm": "internal", "username": "alice",
            "roles": ["admin", "developer"], "attributes": {"department": "engineering"},
            "scopes": {"": ["read", "write"]},
        });
        assert_eq!(answer.json(), expected);
    }
    for stranger in [basic("alice", "wrong horse"), bearer("x")] {
        let answer = ask(&stranger).await;
        answer.assert_error(401, "invalid_credentials");
        assert_eq!(answer.headers.get_all("www-authenticate").iter().count(), 2);
    }
}

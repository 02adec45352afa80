//! Who somebody is, in JSON.

use std::net::IpAddr;

use axum::http::{Method, Request};
use serde_json::json;
use tessera::{model::user_jwt::ScopesShape, server::Peer};

use super::{alice, challenges};
use crate::common::{
    TestServer, on_each_engine,
    people::{basic, bearer, jwt, opened},
    server::Answer,
};

on_each_engine!(
    whoever_proves_it_learns_what_their_jwt_says,
    it_needs_no_settings_for_jwts,
    scopes_have_the_shape_that_is_set,
    all_else_is_refused_as_where_jwts_are_made,
    guesses_here_and_there_are_one_sum,
    nothing_but_a_header_proves_anybody,
);

async fn ask(server: &TestServer, authorization: &str) -> Answer {
    let headers = [("authorization", authorization), ("x-auth-realm", "internal")];
    server.get("/whoami", &headers).await
}

async fn whoever_proves_it_learns_what_their_jwt_says(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    let made = server.personal(&alice()).await;
    let token = bearer(made["token"].as_str().unwrap());
    let jwt = server.jwt_of(&alice()).await;
    let claims = opened(&jwt).1;

    for presented in [&alice(), &token, &bearer(&jwt), &format!("Bearer x, {}", alice())] {
        let answer = ask(&server, presented).await;

        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let told = answer.json();
        let expected = json!({
            "version": 1,
            "realm": "internal",
            "username": "alice",
            "roles": ["admin", "developer"],
            "attributes": {"department": "engineering"},
            "scopes": ["read", "write"],
        });
        assert_eq!(told, expected);
        for claim in ["realm", "username", "roles", "attributes", "scopes"] {
            assert_eq!(told[claim], claims[claim], "{claim}");
        }
        assert!(answer.header("authorization").is_none());
    }
}

async fn it_needs_no_settings_for_jwts(server: TestServer) {
    server.alice().await;
    server
        .people(&["{ username = 'bob', realm = 'internal', password = { value = 'bobs horse' } }"])
        .await;
    let made = server.personal(&alice()).await;

    for presented in [alice(), bearer(made["token"].as_str().unwrap())] {
        assert_eq!(ask(&server, &presented).await.json()["username"], "alice");
        server.authenticate(&presented).await.assert_error(404, "not_found");
    }
    let told = ask(&server, &basic("bob", "bobs horse")).await.json();
    assert_eq!((&told["roles"], &told["scopes"]), (&json!([]), &json!([])));
    assert_eq!(told["attributes"], json!({}));
    // None could be of this server.
    ask(&server, &bearer("a.b.c")).await.assert_error(401, "invalid_credentials");
}

async fn scopes_have_the_shape_that_is_set(server: TestServer) {
    let server = server.restarted(|config| config.scopes_shape = ScopesShape::Map).await;
    server.alice().await;
    let told = async || ask(&server, &alice()).await.json()["scopes"].clone();
    assert_eq!(told().await, json!({"": ["read", "write"]}));

    server.people(&["{ username = 'alice', realm = 'internal', scope = 'mars:read' }"]).await;
    assert_eq!(told().await, json!({"mars": ["read"]}));
    server.people(&["{ username = 'alice', realm = 'internal' }"]).await;
    assert_eq!(told().await, json!({}));
}

async fn all_else_is_refused_as_where_jwts_are_made(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    server
        .people(&["{ username = 'dave', realm = 'internal', disabled = true, \
            password = { value = 'correct horse' } }"])
        .await;
    let client = server.machine("mailer", "read").await;
    let access = bearer(&server.token(&client).await);

    for presented in [
        basic("alice", "wrong horse"),
        basic("nobody", "correct horse"),
        basic("dave", "correct horse"),
        basic("", ""),
        "Basic ////".to_owned(),
        "Basic".to_owned(),
        "Digest x".to_owned(),
        bearer("x"),
        bearer("a.b.c"),
        bearer(&"x".repeat(9000)),
        format!("Bearer a, Bearer b, Bearer c, {}", alice()),
        format!("{} x", alice()),
        access,
    ] {
        let (here, there) = (ask(&server, &presented).await, server.authenticate(&presented).await);

        assert_eq!((here.status.as_u16(), &here.body), (401, &there.body), "{presented}");
        assert_eq!(challenges(&here), challenges(&there), "{presented}");
        assert_eq!(challenges(&here).len(), 2);
    }
    let other_realm = [("authorization", alice()), ("x-auth-realm", "default".to_owned())];
    let other_realm = other_realm.each_ref().map(|(name, value)| (*name, value.as_str()));
    server.get("/whoami", &other_realm).await.assert_error(401, "invalid_credentials");
}

async fn guesses_here_and_there_are_one_sum(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    let guess = async |path: &str, from: &str| {
        let address: IpAddr = from.parse().unwrap();
        let request = Request::builder()
            .uri(path)
            .header("x-auth-realm", "internal")
            .header("authorization", basic("alice", "wrong horse"));
        server.send_from(Peer { address, encrypted: true }, request, "").await
    };

    for (first, second, from) in
        [("/whoami", "/authenticate", "192.0.2.1"), ("/authenticate", "/whoami", "192.0.2.2")]
    {
        for _ in 0..10 {
            assert_eq!(guess(first, from).await.status, 401);
        }
        let slowed = guess(second, from).await;
        slowed.assert_error(503, "temporarily_unavailable");
        assert!(slowed.header("retry-after").is_some());
    }
    assert_eq!(ask(&server, &alice()).await.status, 200, "from elsewhere");
}

async fn nothing_but_a_header_proves_anybody(server: TestServer) {
    server.alice().await;
    let made = server.personal(&alice()).await;
    let token = made["token"].as_str().unwrap();

    for cookie in ["token", "session", "__Host-session", "authorization"] {
        let cookie = format!("{cookie}={token}");
        let answer = server.get("/whoami", &[("cookie", &cookie)]).await;
        answer.assert_error(401, "credentials_missing");
    }
    for secret in ["access_token", "token"] {
        let path = format!("/whoami?{secret}={token}");
        server.get(&path, &[]).await.assert_error(400, "invalid_request");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "BREW"] {
        let request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri("/whoami")
            .header("authorization", bearer(token));
        let answer = server.send(request, "").await;
        assert_eq!(answer.status, 405, "{method}");
    }
    let below = server.get("/whoami/", &[("authorization", &bearer(token))]).await;
    assert_eq!(below.status, 404);
}

//! Forward authentication: who sent the request that a proxy asks about?

mod example;
mod forging;
mod guessing;
mod headers;
mod jwts;
mod nginx;
mod whoami;

use axum::http::{Method, Request};

use crate::common::{
    TestServer, on_each_engine,
    people::{basic, bearer, jwt},
    server::Answer,
};

on_each_engine!(
    a_password_gets_a_jwt_that_says_who_somebody_is,
    without_settings_for_jwts_there_is_no_answer,
    nothing_presented_is_challenged,
    whoever_is_not_who_they_say_is_told_alike,
    a_realm_keeps_people_apart,
    several_credentials_are_looked_at_and_the_first_that_holds_decides,
    a_proxy_may_ask_by_any_method_and_below_the_path,
    an_account_that_ended_lets_nobody_in,
    a_limit_that_cannot_be_read_lets_nobody_in,
);

const PASSWORD: &str = "correct horse";

fn alice() -> String {
    basic("alice", PASSWORD)
}

async fn a_password_gets_a_jwt_that_says_who_somebody_is(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;

    for name in ["alice", "ALICE", "Ａlice"] {
        let answer = server.authenticate(&basic(name, PASSWORD)).await;

        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "ok"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.header("authorization").unwrap().starts_with("Bearer eyJ"));
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("x-auth-")));
    }
}

async fn without_settings_for_jwts_there_is_no_answer(server: TestServer) {
    server.alice().await;

    server.authenticate(&alice()).await.assert_error(404, "not_found");
    server.authenticate("Bearer x").await.assert_error(404, "not_found");
    server.get("/authenticate", &[]).await.assert_error(401, "credentials_missing");
}

fn challenges(answer: &Answer) -> Vec<&str> {
    let all = answer.headers.get_all("www-authenticate").iter();
    all.map(|value| value.to_str().unwrap()).collect()
}

async fn nothing_presented_is_challenged(server: TestServer) {
    let server = server.signing(jwt()).await;

    for headers in [&[][..], &[("authorization", "Digest x")], &[("x-auth-realm", "")]] {
        let answer = server.get("/authenticate", headers).await;

        answer.assert_error(401, "credentials_missing");
        let expected = [r#"Basic realm="default", charset="UTF-8""#, r#"Bearer realm="default""#];
        assert_eq!(challenges(&answer), expected);
    }
    let named = server.get("/authenticate", &[("x-auth-realm", "Internal")]).await;
    assert_eq!(challenges(&named)[1], r#"Bearer realm="internal""#);
}

async fn whoever_is_not_who_they_say_is_told_alike(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    server
        .people(&[
            "{ username = 'carol', realm = 'internal' }",
            "{ username = 'dave', realm = 'internal', disabled = true, \
               password = { value = 'correct horse' } }",
        ])
        .await;
    let made = server.personal(&alice()).await;
    let token = made["token"].as_str().unwrap();
    let deleted = serde_json::json!({"type": "personal", "token": token});
    server.ask_as(&alice(), Method::POST, "/tokens/delete", deleted).await;

    let expected = server.authenticate(&basic("alice", "wrong horse")).await;
    expected.assert_error(401, "invalid_credentials");
    for presented in [
        basic("bob", PASSWORD),
        basic("carol", PASSWORD),
        basic("carol", ""),
        basic("dave", PASSWORD),
        basic("", PASSWORD),
        basic("a\u{202e}b", PASSWORD),
        basic("alice", &"x".repeat(2000)),
        basic("alice", &format!("{PASSWORD}\n")),
        basic("internal-alice", PASSWORD),
        "Basic YWxpY2U=".to_owned(),
        "Basic ////".to_owned(),
        bearer(token),
        bearer("x"),
        bearer("a.b.c"),
        bearer(&"x".repeat(9000)),
        format!("{} {}", alice(), "x"),
    ] {
        let answer = server.authenticate(&presented).await;

        answer.assert_error(401, "invalid_credentials");
        assert_eq!(answer.body, expected.body, "{presented}");
        assert!(answer.header("authorization").is_none());
    }
}

async fn a_realm_keeps_people_apart(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    server.people(&["{ username = 'alice', password = { value = 'another horse' } }"]).await;
    let ours = server.personal(&alice()).await;
    let token = bearer(ours["token"].as_str().unwrap());
    let status = async |authorization: &str, realm: Option<&str>| {
        let mut headers = vec![("authorization", authorization)];
        headers.extend(realm.map(|realm| ("x-auth-realm", realm)));
        server.get("/authenticate", &headers).await.status.as_u16()
    };

    assert_eq!(status(&alice(), Some("INTERNAL")).await, 200);
    assert_eq!(status(&alice(), None).await, 401);
    assert_eq!(status(&basic("alice", "another horse"), None).await, 200);
    assert_eq!(status(&basic("alice", "another horse"), Some("internal")).await, 401);
    // A token carries its realm: it is enough by itself, and another one is refused.
    assert_eq!(status(&token, None).await, 200);
    assert_eq!(status(&token, Some("Internal")).await, 200);
    assert_eq!(status(&token, Some("default")).await, 401);
}

async fn several_credentials_are_looked_at_and_the_first_that_holds_decides(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    let token = server.personal(&alice()).await;
    let token = bearer(token["token"].as_str().unwrap());
    let wrong = basic("alice", "wrong horse");

    for good in [
        format!("{}, Bearer x", alice()),
        format!("Bearer x, {}", alice()),
        format!("{wrong}, {token}"),
        format!("{wrong}, {}", alice()),
        format!("{token}, {token}, {token}, {token}, Digest x, {}", alice()),
    ] {
        assert_eq!(server.authenticate(&good).await.status, 200, "{good}");
    }
    for bad in [
        format!("{}, {wrong}", alice()),
        format!("Bearer a, Bearer b, Bearer c, {}", alice()),
        format!("{},", alice()),
    ] {
        server.authenticate(&bad).await.assert_error(401, "invalid_credentials");
    }
    let twice = Request::builder()
        .uri("/authenticate")
        .header("authorization", alice())
        .header("authorization", alice());
    server.send(twice, "").await.assert_error(401, "invalid_credentials");
}

async fn a_proxy_may_ask_by_any_method_and_below_the_path(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;

    let standard = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"];
    let others = ["PROPFIND", "REPORT", "MKCOL", "QUERY"];
    for method in standard.into_iter().chain(others) {
        let below = ["/authenticate/a/b?token=x&code=y", "/authenticate/../x"];
        for path in ["/authenticate", "/authenticate/"].into_iter().chain(below) {
            let request = Request::builder()
                .method(Method::from_bytes(method.as_bytes()).unwrap())
                .uri(path)
                .header("x-auth-realm", "internal");
            let without = server.send(Request::builder().method(method).uri(path), "").await;
            let answer = server.send(request.header("authorization", alice()), "").await;

            assert_eq!(without.status, 401, "{method} {path}");
            assert_eq!(answer.status, 200, "{method} {path}");
            assert!(answer.header("authorization").is_some());
        }
    }
}

/// `bob` of the realm `internal`, with an attribute.
fn bob(attribute: &str) -> String {
    format!(
        "{{ username = 'bob', realm = 'internal', password = {{ value = '{PASSWORD}' }}, \
         attributes = {{ {attribute} }} }}"
    )
}

async fn an_account_that_ended_lets_nobody_in(server: TestServer) {
    let server = server.signing(jwt()).await;
    let end = server.now().seconds() + 10;
    server.people(&[&bob(&format!("exp = '{end}'"))]).await;
    let presented = basic("bob", PASSWORD);
    let made = server.personal(&presented).await;
    let token = bearer(made["token"].as_str().unwrap());
    assert_eq!(server.authenticate(&presented).await.status, 200);

    server.advance(std::time::Duration::from_secs(10));

    for presented in [&presented, &token] {
        let answer = server.authenticate(presented).await;
        answer.assert_error(401, "account_expired");
        assert_eq!(challenges(&answer).len(), 2);
    }
    let guess = server.authenticate(&basic("bob", "wrong horse")).await;
    guess.assert_error(401, "invalid_credentials");
    let asked = serde_json::json!({"type": "personal"});
    let more = server.ask_as(&presented, Method::POST, "/tokens", asked).await;
    more.assert_problem(401, "account_expired");
    let list = server.ask_as(&token, Method::GET, "/tokens", serde_json::Value::Null).await;
    list.assert_problem(401, "invalid_token");
}

async fn a_limit_that_cannot_be_read_lets_nobody_in(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.people(&[&bob("department = 'x'")]).await;
    let presented = basic("bob", PASSWORD);
    // As a version before this one would have taken it.
    let sql = "UPDATE users SET attributes = '{\"exp\":\"soon\"}'";
    assert_eq!(server.database().execute(sql).await, 1);

    server.authenticate(&presented).await.assert_error(401, "invalid_credentials");
}

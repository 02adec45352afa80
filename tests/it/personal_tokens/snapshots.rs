//! Tokens that say of their user what was so when they were made.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};
use tessera::{config::Config, model::user_snapshot::UserSnapshot};

use super::{alice, is_good, token, with_people};
use crate::common::{
    TestServer, on_each_engine,
    people::{bearer, opened},
};

on_each_engine!(
    a_token_says_what_was_so_and_everything_else_what_is_so,
    whether_its_user_may_do_anything_is_judged_by_what_is_so,
    what_was_made_before_says_what_is_so,
    what_is_no_longer_wanted_is_not_said,
    a_token_says_nothing_that_was_kept_of_another,
    one_that_a_token_makes_says_what_is_so_when_it_is_made,
);

fn kept(config: &mut Config) {
    config.personal_tokens.user_snapshot = UserSnapshot::Issue;
    config.forward_auth.headers = true;
}

fn live(config: &mut Config) {
    config.personal_tokens.user_snapshot = UserSnapshot::Live;
}

async fn keeping(server: TestServer) -> TestServer {
    with_people(server).await.restarted(kept).await
}

/// Takes from `alice` what she had.
async fn demote(server: &TestServer) {
    server
        .people(&["{ username = 'alice', realm = 'internal', roles = ['reader'], \
            scope = 'mars:read', claims = { email = 'new@example.com' } }"])
        .await;
}

/// Roles, scope, attributes and a claim, as a JWT has them, after `/whoami` and the header for
/// roles have said the same.
async fn told(server: &TestServer, authorization: &str) -> [Value; 4] {
    let answer = server.authenticate(authorization).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let jwt = answer.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
    let claims = opened(jwt).1;
    let who = server.ask_as(authorization, Method::GET, "/whoami", Value::Null).await.json();
    for claim in ["realm", "username", "roles", "attributes", "scopes"] {
        assert_eq!(who[claim], claims[claim], "{claim}");
    }
    if let Some(roles) = answer.header("x-auth-roles") {
        let listed: Vec<_> = roles.split(',').collect();
        assert_eq!(json!(listed), claims["roles"]);
    }
    ["roles", "scope", "attributes", "email"].map(|claim| claims[claim].clone())
}

fn before() -> [Value; 4] {
    let department = json!({"department": "engineering"});
    [json!(["admin", "developer"]), json!("read write"), department, Value::Null]
}

fn after() -> [Value; 4] {
    [json!(["reader"]), json!("mars:read"), json!({}), json!("new@example.com")]
}

async fn a_token_says_what_was_so_and_everything_else_what_is_so(server: TestServer) {
    let server = keeping(server).await;
    let old = bearer(&token(&server, &alice()).await);
    assert_eq!(told(&server, &old).await, before());

    demote(&server).await;
    let new = bearer(&token(&server, &alice()).await);

    // Within one second, however often: none is told what another is.
    for _ in 0..2 {
        assert_eq!(told(&server, &alice()).await, after());
        assert_eq!(told(&server, &old).await, before());
        assert_eq!(told(&server, &new).await, after());
    }
    // A JWT is signed anew with what is so, whatever it was made for, but never gains scope.
    let jwt = bearer(&server.jwt_of(&old).await);
    let claims = opened(&server.jwt_of(&jwt).await).1;
    assert_eq!((&claims["roles"], &claims["email"]), (&after()[0], &after()[3]));
    assert_eq!((&claims["scope"], &after()[1]), (&json!(""), &json!("mars:read")));
    let server = server.restarted(|_| ()).await;
    assert_eq!(told(&server, &old).await, before(), "out of the database");
}

async fn whether_its_user_may_do_anything_is_judged_by_what_is_so(server: TestServer) {
    let server = keeping(server).await;
    let presented = token(&server, &alice()).await;
    let end = server.now().seconds() + 10;
    let alice_who = |more: &str| format!("{{ username = 'alice', realm = 'internal', {more} }}");

    // An end and a longest life that came later count, though the token does not say them.
    server.people(&[&alice_who(&format!("attributes = {{ exp = '{end}' }}"))]).await;
    let claims = opened(&server.jwt_of(&bearer(&presented)).await).1;
    assert_eq!((&claims["exp"], &claims["attributes"]["exp"]), (&json!(end), &Value::Null));
    server.people(&[&alice_who("attributes = { max_ttl = '5s' }")]).await;
    let claims = opened(&server.jwt_of(&bearer(&presented)).await).1;
    assert_eq!(claims["exp"], server.now().seconds() + 5);
    server.people(&[&alice_who(&format!("attributes = {{ exp = '{end}' }}"))]).await;
    server.advance(Duration::from_secs(10));
    server.authenticate(&bearer(&presented)).await.assert_error(401, "account_expired");
    server.people(&[&alice_who("roles = []")]).await;
    assert_eq!(told(&server, &bearer(&presented)).await, before());

    // Disabling ends all tokens of a user for good.
    server.people(&[&alice_who("disabled = true")]).await;
    assert!(!is_good(&server, &presented).await);
    server.people(&[&alice_who("disabled = false")]).await;
    assert!(!is_good(&server, &presented).await);

    let another = token(&server, &alice()).await;
    assert!(is_good(&server, &another).await);
    server.database().execute("UPDATE users SET status = 'deleted'").await;
    let server = server.restarted(|_| ()).await;
    assert!(!is_good(&server, &another).await);
}

async fn what_was_made_before_says_what_is_so(server: TestServer) {
    let server = with_people(server).await;
    let made_before = bearer(&token(&server, &alice()).await);

    let server = server.restarted(kept).await;
    assert_eq!(told(&server, &made_before).await, before());
    demote(&server).await;

    assert_eq!(told(&server, &made_before).await, after());
}

async fn what_is_no_longer_wanted_is_not_said(server: TestServer) {
    let server = keeping(server).await;
    let presented = bearer(&token(&server, &alice()).await);
    demote(&server).await;

    let server = server.restarted(live).await;
    assert_eq!(told(&server, &presented).await, after());
    let server = server.restarted(kept).await;
    assert_eq!(told(&server, &presented).await, before());
}

async fn a_token_says_nothing_that_was_kept_of_another(server: TestServer) {
    let server = keeping(server).await;
    let of_admin = token(&server, &alice()).await;
    demote(&server).await;
    server.advance(Duration::from_secs(1));
    let last = token(&server, &alice()).await;

    let sql = "UPDATE tokens SET payload = (SELECT payload FROM tokens ORDER BY expires_at LIMIT 1) \
        WHERE expires_at = (SELECT MAX(expires_at) FROM tokens)";
    assert_eq!(server.database().execute(sql).await, 1);
    let server = server.restarted(|_| ()).await;

    for path in ["/authenticate", "/whoami"] {
        let answer = server.ask_as(&bearer(&last), Method::GET, path, Value::Null).await;
        answer.assert_error(500, "server_error");
        assert!(answer.header("authorization").is_none() && !answer.body.contains("admin"));
    }
    assert_eq!(told(&server, &bearer(&of_admin)).await, before());
}

async fn one_that_a_token_makes_says_what_is_so_when_it_is_made(server: TestServer) {
    let server = keeping(server).await;
    let old = bearer(&token(&server, &alice()).await);
    demote(&server).await;

    let new = bearer(&token(&server, &old).await);

    assert_eq!(told(&server, &new).await, after());
    assert_eq!(told(&server, &old).await, before());
}

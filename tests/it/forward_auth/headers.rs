//! The headers for applications that read no JWTs.

use super::alice;
use crate::common::{
    TestServer, on_each_engine,
    people::{basic, jwt},
};

on_each_engine!(
    they_say_who_somebody_is_where_that_is_set,
    no_name_and_no_role_becomes_another_header,
);

async fn with_headers(server: TestServer) -> TestServer {
    server
        .restarted(|config| {
            config.jwt = Some(jwt());
            config.forward_auth.headers = true;
        })
        .await
}

async fn they_say_who_somebody_is_where_that_is_set(server: TestServer) {
    let server = with_headers(server).await;
    server.alice().await;
    server
        .people(&["{ username = 'bob', realm = 'internal', password = { value = 'bobs horse' } }"])
        .await;

    let answer = server.authenticate(&alice()).await;

    assert_eq!(answer.header("x-auth-username"), Some("alice"));
    assert_eq!(answer.header("x-auth-realm"), Some("internal"));
    assert_eq!(answer.header("x-auth-roles"), Some("admin,developer"));
    let without_roles = server.authenticate(&basic("bob", "bobs horse")).await;
    assert_eq!(without_roles.header("x-auth-roles"), Some(""), "it is there all the same");
    let refused = server.authenticate(&basic("bob", "x")).await;
    assert!(!refused.headers.keys().any(|name| name.as_str().starts_with("x-auth-")));
}

async fn no_name_and_no_role_becomes_another_header(server: TestServer) {
    let server = with_headers(server).await;
    server
        .people(&["{ username = 'Jürgen, 100%', realm = 'internal', \
            roles = ['editor,admin', '50%'], password = { value = 'correct horse' } }"])
        .await;

    let answer = server.authenticate(&basic("Jürgen, 100%", "correct horse")).await;

    assert_eq!(answer.header("x-auth-username"), Some("J%C3%BCrgen, 100%25"));
    assert_eq!(answer.header("x-auth-roles"), Some("editor%2Cadmin,50%25"));
    let (_, claims) = crate::common::people::opened(
        answer.header("authorization").unwrap().strip_prefix("Bearer ").unwrap(),
    );
    assert_eq!(claims["username"], "Jürgen, 100%");
}

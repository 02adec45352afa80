//! What is refused spends no use of a personal token.

use axum::http::Method;
use futures_util::future::join_all;
use serde_json::Value;

use super::{alice, token, with_people};
use crate::common::{TestServer, on_each_engine, people::bearer};

on_each_engine!(
    a_refusal_for_the_realm_spends_no_use,
    a_refusal_because_the_account_is_over_spends_no_use,
    who_bears_a_dead_token_is_not_told_that_the_account_is_over,
    of_many_at_once_one_spends_the_last_use,
);

/// A server, and a token of alice that is good once.
async fn good_once(server: TestServer) -> (TestServer, String) {
    let server = with_people(server).await;
    server
        .define(
            "[[token_types]]\nname = 'personal'\n[[token_types.rules]]\ntype = 'UseCount'\n\
             max_use_count = 1\n[[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '1d'\n",
        )
        .await;
    let token = bearer(&token(&server, &alice()).await);
    (server, token)
}

/// Declares when the account of alice ends, from now on.
async fn end_account(server: &TestServer, seconds: i64) {
    let end = server.now().seconds() + seconds;
    let table =
        format!("{{ username = 'alice', realm = 'internal', attributes = {{ exp = {end} }} }}");
    server.people(&[&table]).await;
}

async fn a_refusal_for_the_realm_spends_no_use(server: TestServer) {
    let (server, token) = good_once(server).await;

    for path in ["/authenticate", "/whoami", "/tokens"] {
        let elsewhere = [("authorization", &*token), ("x-auth-realm", "elsewhere")];
        assert_eq!(server.get(path, &elsewhere).await.status, 401, "{path}");
    }

    assert_eq!(server.authenticate(&token).await.status, 200);
    assert_eq!(server.authenticate(&token).await.status, 401);
}

async fn a_refusal_because_the_account_is_over_spends_no_use(server: TestServer) {
    let (server, token) = good_once(server).await;
    end_account(&server, 0).await;

    server.authenticate(&token).await.assert_error(401, "account_expired");
    let listed = server.ask_as(&token, Method::GET, "/tokens", Value::Null).await;
    assert_eq!(listed.status, 401);

    end_account(&server, 60).await;
    assert_eq!(server.authenticate(&token).await.status, 200);
}

async fn who_bears_a_dead_token_is_not_told_that_the_account_is_over(server: TestServer) {
    let (server, token) = good_once(server).await;
    assert_eq!(server.authenticate(&token).await.status, 200);

    end_account(&server, 0).await;

    server.authenticate(&token).await.assert_error(401, "invalid_credentials");
}

async fn of_many_at_once_one_spends_the_last_use(server: TestServer) {
    let (server, token) = good_once(server).await;

    let answers = join_all((0..8).map(|_| server.authenticate(&token))).await;

    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401, 401, 401, 401, 401, 401]);
}

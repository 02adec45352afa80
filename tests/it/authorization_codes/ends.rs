//! How long what a code brings is good: not beyond the browser session, unless it is to be.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;
use tessera::{
    acts::users::{self, UserChanges, UserName},
    model::{client::ClientKind, username::Username},
};

use crate::common::{
    TestServer,
    codes::{SESSION, SignedIn},
    families::Pair,
    on_each_engine,
    server::operator,
};

on_each_engine!(
    a_code_of_a_session_that_ended_brings_nothing,
    what_came_of_a_session_ends_with_it,
    what_works_offline_goes_on_without_it,
    a_client_may_have_it_otherwise,
    nothing_new_comes_of_a_code_once_the_account_is_over,
);

async fn a_code_of_a_session_that_ended_brings_nothing(server: TestServer) {
    let client = server.web("app", "read offline_access", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let only = |scope: &'static str| {
        move |request: &mut tessera::model::authorization_request::AuthorizationRequest| {
            request.scope = Some(scope.to_owned());
        }
    };
    let code = server.code_with(&client, &ingrid, only("read")).await;
    let offline = server.code_with(&client, &ingrid, only("read offline_access")).await;
    // Another browser of the same person goes on.
    let elsewhere = server.sign_in(ingrid.user_id).await;
    let other = server.code_with(&client, &elsewhere, only("read")).await;

    server.sign_out(&ingrid).await;

    server.redeem(&client, &code, "").await.assert_error(400, "invalid_grant");
    assert_eq!(server.redeem(&client, &offline, "").await.status, 200);
    assert_eq!(server.redeem(&client, &other, "").await.status, 200);
}

async fn what_came_of_a_session_ends_with_it(server: TestServer) {
    let client = server.web("app", "read", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;
    let mut pair = Pair::of(&server.redeem(&client, &code, "").await);
    let late = server.code(&client, &ingrid).await;
    let signed_out = Pair::of(&server.redeem(&client, &late, "").await);

    for _ in 0..11 {
        server.advance(Duration::from_hours(1));
        pair = server.refresh(&client, &pair.refresh).await;
    }
    server.advance(Duration::from_secs(60 * 60 - 10));
    pair = server.refresh(&client, &pair.refresh).await;
    assert_eq!(pair.expires_in, 10);
    server.advance(Duration::from_secs(10));
    assert!(!server.is_active(&client, &pair.access).await);
    server.try_refresh(&client, &pair.refresh, "").await.assert_error(400, "invalid_grant");

    server.sign_out(&ingrid).await;
    let answer = server.try_refresh(&client, &signed_out.refresh, "").await;
    answer.assert_error(400, "invalid_grant");
}

async fn what_works_offline_goes_on_without_it(server: TestServer) {
    let client = server.web("app", "read offline_access", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;
    let pair = Pair::of(&server.redeem(&client, &code, "").await);

    server.sign_out(&ingrid).await;

    assert!(server.is_active(&client, &pair.access).await);
    server.advance(SESSION * 2);
    server.refresh(&client, &pair.refresh).await;
}

async fn a_client_may_have_it_otherwise(server: TestServer) {
    for (rule, scope, goes_on) in
        [("never", "read offline_access", false), ("always", "read", true)]
    {
        let name = format!("app-{rule}");
        let client = server.web(&name, scope, ClientKind::Web).await;
        let outlives = rule.parse().unwrap();
        server.change_client(&client, |client| client.sign_in.outlives_session = outlives).await;
        let person = server.signed_in(rule).await;
        let code = server.code(&client, &person).await;
        let pair = Pair::of(&server.redeem(&client, &code, "").await);

        server.sign_out(&person).await;

        assert_eq!(server.is_active(&client, &pair.access).await, goes_on, "{rule}");
    }
}

async fn nothing_new_comes_of_a_code_once_the_account_is_over(server: TestServer) {
    let client = server.web("app", "openid offline_access", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;
    let pair = Pair::of(&server.redeem(&client, &code, "").await);
    let (late, at_the_end) =
        (server.code(&client, &ingrid).await, server.code(&client, &ingrid).await);

    let ends_in = |seconds: i64| server.now().seconds() + seconds;
    end_account(&server, &ingrid, ends_in(30)).await;
    let pair = server.refresh(&client, &pair.refresh).await;
    assert_eq!(pair.expires_in, 30);
    let other = Pair::of(&server.redeem(&client, &late, "").await);
    assert_eq!(other.expires_in, 30);

    server.advance(Duration::from_secs(29));
    let last = server.refresh(&client, &pair.refresh).await;
    assert_eq!(last.expires_in, 1);
    server.advance(Duration::from_secs(1));
    assert!(!server.is_active(&client, &last.access).await);
    for refresh in [&last.refresh, &pair.refresh, &other.refresh] {
        server.try_refresh(&client, refresh, "").await.assert_error(400, "invalid_grant");
    }
    server.redeem(&client, &at_the_end, "").await.assert_error(400, "invalid_grant");
    // An end that was put off brings back what it did not end.
    end_account(&server, &ingrid, ends_in(3600)).await;
    server.refresh(&client, &last.refresh).await;
}

/// Sets when somebody's account ends.
async fn end_account(server: &TestServer, person: &SignedIn, seconds: i64) {
    let user = server.found_user(person.user_id).await;
    let name = UserName { realm: user.realm, name: Username::parse(&user.username).unwrap() };
    let end = BTreeMap::from([("exp".to_owned(), Some(json!(seconds)))]);
    let changes = UserChanges { attributes: end, ..UserChanges::default() };
    users::set(&server.app, &operator(), &name, changes).await.unwrap();
}

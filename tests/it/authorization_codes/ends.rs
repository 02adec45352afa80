//! How long what a code brings is good: not beyond the browser session, unless it is to be.

use std::time::Duration;

use tessera::model::client::ClientKind;

use crate::common::{TestServer, codes::SESSION, families::Pair, on_each_engine};

on_each_engine!(
    a_code_of_a_session_that_ended_brings_nothing,
    what_came_of_a_session_ends_with_it,
    what_works_offline_goes_on_without_it,
    a_client_may_have_it_otherwise,
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

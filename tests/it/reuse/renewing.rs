//! One in the place of the other: references that are renewed, JWTs whose previous one ends.

use tessera::model::{
    reuse::{PreviousJwt, Reuse},
    token_format::TokenFormat,
};

use super::{ask, client, client_with, expires_in, token, valid, with_reuse};
use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    a_renewed_token_ends_when_the_next_is_there,
    a_client_may_renew_on_a_server_that_does_not,
    a_jwt_is_always_a_new_one,
    the_previous_jwt_ends_where_that_is_wanted,
    who_changes_from_renewing_to_reuse_gets_a_token_that_can_be_told,
    a_renewal_is_not_undone_by_a_holder_that_ended,
);

async fn a_renewed_token_ends_when_the_next_is_there(server: TestServer) {
    let server = with_reuse(server, Reuse::Renew).await;
    let client = client(&server, "mailer").await;
    let mut before = token(&server, &client, "a").await;
    let other = token(&server, &client, "b").await;
    for _ in 0..3 {
        assert!(server.is_active(&client, &before).await);

        let answer = ask(&server, &client, "a").await;

        let next = super::token_in(&answer);
        assert_ne!(next, before);
        assert_eq!(expires_in(&answer), 3600);
        assert!(!server.is_active(&client, &before).await);
        before = next;
    }
    assert!(server.is_active(&client, &other).await, "another scope is another slot");
    assert_eq!(valid(&server).await, 2);
    assert_eq!(server.database().count("tokens WHERE status = 'superseded'").await, 3);
    assert_eq!(server.database().count("tokens WHERE token_sealed IS NOT NULL").await, 0);
}

async fn a_client_may_renew_on_a_server_that_does_not(server: TestServer) {
    let client = client_with(&server, "mailer", Reuse::Renew).await;
    let first = token(&server, &client, "a").await;

    let second = token(&server, &client, "a").await;

    assert!(!server.is_active(&client, &first).await && server.is_active(&client, &second).await);
}

async fn a_jwt_is_always_a_new_one(server: TestServer) {
    for reuse in Reuse::ALL {
        let name = reuse.as_str().replace('_', "-");
        let client = client_with(&server, &name, *reuse).await;
        tessera::acts::clients::set(
            &server.app,
            &crate::common::server::operator(),
            &client.id,
            tessera::acts::clients::ClientChanges {
                access_format: Some(Some(TokenFormat::Jwt)),
                ..Default::default()
            },
        )
        .await
        .unwrap();

        let tokens = [token(&server, &client, "a").await, token(&server, &client, "a").await];

        assert_ne!(tokens[0], tokens[1]);
        for token in &tokens {
            assert!(server.is_active(&client, token).await, "{reuse}");
        }
    }
    assert_eq!(server.database().count("slots").await, 0);
    // What is kept of each is its jti.
    let kept = "tokens WHERE payload IS NULL AND token_sealed IS NULL AND reference_hash IS NULL";
    assert_eq!(server.database().count(kept).await, 6);
}

async fn the_previous_jwt_ends_where_that_is_wanted(server: TestServer) {
    let server = server
        .restarted(|config| {
            config.tokens.access.format = TokenFormat::Jwt;
            config.tokens.jwt_previous = PreviousJwt::Revoke;
        })
        .await;
    let client = client(&server, "mailer").await;
    let other = token(&server, &client, "b").await;
    let first = token(&server, &client, "a").await;

    let second = token(&server, &client, "a").await;

    assert_ne!(second, first);
    assert!(!server.is_active(&client, &first).await);
    for token in [&second, &other] {
        assert!(server.is_active(&client, token).await);
    }
    // A reference of the same client is another slot.
    let server = server
        .restarted(|config| {
            config.tokens.access.format = TokenFormat::Reference;
            config.tokens.reuse = Reuse::Renew;
        })
        .await;
    token(&server, &client, "a").await;
    assert!(server.is_active(&client, &second).await);
}

async fn who_changes_from_renewing_to_reuse_gets_a_token_that_can_be_told(server: TestServer) {
    let server = with_reuse(server, Reuse::Renew).await;
    let client = client(&server, "mailer").await;
    let renewed = token(&server, &client, "a").await;

    let server = with_reuse(server, Reuse::ReuseActive).await;
    let told = token(&server, &client, "a").await;

    assert_ne!(told, renewed);
    assert!(!server.is_active(&client, &renewed).await, "one is active");
    assert_eq!(token(&server, &client, "a").await, told);
    let server = with_reuse(server, Reuse::Renew).await;
    assert_ne!(token(&server, &client, "a").await, told);
    assert!(!server.is_active(&client, &told).await);
}

async fn a_renewal_is_not_undone_by_a_holder_that_ended(server: TestServer) {
    let server = with_reuse(server, Reuse::Renew).await;
    let client = client(&server, "mailer").await;
    let first = token(&server, &client, "a").await;
    assert_eq!(server.post("/revoke", &client, &format!("token={first}")).await.status, 200);

    let second = token(&server, &client, "a").await;

    assert!(server.is_active(&client, &second).await);
    assert_eq!(server.database().count("tokens WHERE status = 'revoked'").await, 1, "as it was");
}

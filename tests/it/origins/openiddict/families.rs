//! Refresh tokens. What `OpenIddict` does when a code is redeemed, ours will do with the same rows.

use std::{sync::Arc, time::Duration};

use tessera::{
    config,
    model::{client::ClientKind, token_format::TokenFormat},
    store::Fault,
};
use tokio::task::JoinSet;

use crate::common::{TestServer, families::Pair, on_each_engine};

on_each_engine!(
    b07_access_and_refresh_tokens_are_references_or_jwts_apart_from_each_other,
    b21_a_refresh_token_that_comes_again_too_late_ends_what_came_of_its_family,
    b21_the_leeway_may_be_none,
    b22_a_failed_request_uses_nothing_up,
    b22_without_a_leeway_one_of_many_at_once_is_answered,
    b23_each_refresh_gives_a_new_full_life_unless_it_shall_not,
    b24_a_family_stands_behind_every_refresh_token_and_a_machine_gets_none,
);

const DAY: Duration = Duration::from_hours(24);

async fn b07_access_and_refresh_tokens_are_references_or_jwts_apart_from_each_other(
    server: TestServer,
) {
    let mut server = server;
    let client = server.application("app", "read", ClientKind::Web).await;
    let (jwt, reference) = (TokenFormat::Jwt, TokenFormat::Reference);
    for (access, refresh) in [(jwt, reference), (reference, jwt)] {
        server = server
            .restarted(|config| {
                config.tokens.access.format = access;
                config.tokens.refresh.format = refresh;
            })
            .await;

        let pair = server.begin(&client, "").await;

        for (token, format) in [(&pair.access, access), (&pair.refresh, refresh)] {
            let is_jwt = token.split('.').count() == 3;
            assert!(if format == jwt { is_jwt } else { token.len() == 43 }, "{token}");
        }
    }
}

async fn b21_a_refresh_token_that_comes_again_too_late_ends_what_came_of_its_family(
    server: TestServer,
) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let (first, apart) = (server.begin(&client, "").await, server.begin(&client, "").await);
    let second = server.refresh(&client, &first.refresh).await;
    // It may come again for 30 seconds, which later ones do not make longer.
    server.advance(Duration::from_secs(29));
    assert_eq!(server.refresh(&client, &first.refresh).await.refresh, second.refresh);
    assert!(server.is_active(&client, &second.access).await);
    server.advance(Duration::from_secs(1));

    let answer = server.try_refresh(&client, &first.refresh, "").await;

    answer.assert_error(400, "invalid_grant");
    for token in [&first.access, &first.refresh, &second.access, &second.refresh] {
        assert!(!server.is_active(&client, token).await);
    }
    assert!(server.is_active(&client, &apart.access).await);
    server.refresh(&client, &apart.refresh).await;
}

async fn b21_the_leeway_may_be_none(server: TestServer) {
    let server = server.restarted(|it| it.tokens.refresh.reuse_leeway = Duration::ZERO).await;
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    let second = server.refresh(&client, &first.refresh).await;

    server.try_refresh(&client, &first.refresh, "").await.assert_error(400, "invalid_grant");

    assert!(!server.is_active(&client, &second.access).await);
}

async fn b22_a_failed_request_uses_nothing_up(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;

    let wide = server.try_refresh(&client, &first.refresh, "&scope=write").await;
    wide.assert_error(400, "invalid_scope");
    server.app.store.fail(Some(Arc::new(|sql: &str| {
        sql.contains("INSERT INTO tokens").then_some(Fault::LostBefore)
    })));
    let lost = server.try_refresh(&client, &first.refresh, "").await;
    assert_eq!(lost.status.as_u16(), 503, "{lost:?}");
    server.app.store.fail(None);

    assert!(server.is_active(&client, &first.refresh).await);
    server.refresh(&client, &first.refresh).await;
}

async fn b22_without_a_leeway_one_of_many_at_once_is_answered(server: TestServer) {
    let server = server.restarted(|it| it.tokens.refresh.reuse_leeway = Duration::ZERO).await;
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    let server = Arc::new(server);

    let mut asking = JoinSet::new();
    for _ in 0..10 {
        let (server, client, token) = (Arc::clone(&server), client.clone(), first.refresh.clone());
        asking.spawn(async move { server.try_refresh(&client, &token, "").await });
    }
    let answers = asking.join_all().await;

    let good: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(good.len(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.assert_error(400, "invalid_grant");
    }
    assert!(!server.is_active(&client, &Pair::of(good[0]).access).await, "the family has ended");
}

async fn b23_each_refresh_gives_a_new_full_life_unless_it_shall_not(server: TestServer) {
    let usual = config::parse(None, []).unwrap().config.tokens;
    assert_eq!(
        (usual.refresh_lifetime, usual.access_lifetime),
        (14 * DAY, Duration::from_hours(1))
    );
    assert!(usual.refresh.rotate && usual.refresh.sliding);
    let client = server.application("app", "read", ClientKind::Web).await;
    let mut pair = server.begin(&client, "").await;
    for _ in 0..3 {
        server.advance(13 * DAY);
        let next = server.refresh(&client, &pair.refresh).await;
        assert_ne!(next.refresh, pair.refresh);
        pair = next;
    }

    let server = server.restarted(|config| config.tokens.refresh.sliding = false).await;
    let pair = server.begin(&client, "").await;
    server.advance(13 * DAY);
    let next = server.refresh(&client, &pair.refresh).await;
    server.advance(DAY);

    server.try_refresh(&client, &next.refresh, "").await.assert_error(400, "invalid_grant");
}

/// `offline_access` comes with the codes that it is asked for with.
async fn b24_a_family_stands_behind_every_refresh_token_and_a_machine_gets_none(
    server: TestServer,
) {
    let machine = server.machine("mailer", "read").await;
    let app = server.application("app", "read", ClientKind::Web).await;

    let answer = server.post("/token", &machine, "grant_type=client_credentials").await;

    assert_eq!(answer.json().get("refresh_token"), None, "{answer:?}");
    assert_eq!(server.database().count("authorizations").await, 0);
    let pair = server.begin(&app, "").await;
    server.refresh(&app, &pair.refresh).await;
    assert_eq!(server.database().count("authorizations").await, 1);
    let of_family = "tokens WHERE authorization_id IS NOT NULL AND client_id = 'app'";
    assert_eq!(server.database().count(of_family).await, 4);
}

//! How long refresh tokens and families last.

use std::time::Duration;

use tessera::{jobs::sweep, model::client::ClientKind};

use crate::common::{TestServer, on_each_engine};

const DAY: Duration = Duration::from_hours(24);

on_each_engine!(
    an_unused_refresh_token_ends_after_its_lifetime,
    a_family_ends_however_often_it_was_refreshed,
    an_end_that_does_not_slide_is_kept,
    nothing_outlives_its_family,
    a_family_is_swept_with_its_last_tokens,
    what_a_client_has_for_itself_beats_the_server,
);

async fn an_unused_refresh_token_ends_after_its_lifetime(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let (pair, late) = (server.begin(&client, "").await, server.begin(&client, "").await);

    server.advance((14 * DAY).checked_sub(Duration::from_millis(1)).unwrap());
    let next = server.refresh(&client, &pair.refresh).await;
    server.advance(Duration::from_millis(1));

    server.try_refresh(&client, &late.refresh, "").await.assert_error(400, "invalid_grant");
    assert_eq!(server.facts(&late.refresh).await["refusal"], "expired");
    server.advance(13 * DAY);
    server.refresh(&client, &next.refresh).await;
}

async fn a_family_ends_however_often_it_was_refreshed(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let mut pair = server.begin(&client, "").await;

    for _ in 0..8 {
        server.advance(11 * DAY);
        pair = server.refresh(&client, &pair.refresh).await;
    }
    server.advance((2 * DAY).checked_sub(Duration::from_secs(1)).unwrap());
    let last = server.refresh(&client, &pair.refresh).await;
    assert_eq!(last.expires_in, 1);
    server.advance(Duration::from_secs(1));

    server.try_refresh(&client, &last.refresh, "").await.assert_error(400, "invalid_grant");
    assert!(!server.is_active(&client, &last.access).await);
}

async fn an_end_that_does_not_slide_is_kept(server: TestServer) {
    let server = server.restarted(|config| config.tokens.refresh.sliding = false).await;
    let client = server.application("app", "read", ClientKind::Web).await;
    let mut pair = server.begin(&client, "").await;

    for _ in 0..13 {
        server.advance(DAY);
        pair = server.refresh(&client, &pair.refresh).await;
    }
    server.advance(DAY);

    server.try_refresh(&client, &pair.refresh, "").await.assert_error(400, "invalid_grant");
}

async fn nothing_outlives_its_family(server: TestServer) {
    let server = server
        .restarted(|config| {
            config.tokens.refresh_absolute = Duration::from_mins(10);
            config.tokens.refresh_lifetime = DAY;
        })
        .await;
    let client = server.application("app", "read", ClientKind::Web).await;

    let pair = server.begin(&client, "").await;

    assert_eq!(pair.expires_in, 600);
    server.advance(Duration::from_mins(10));
    server.try_refresh(&client, &pair.refresh, "").await.assert_error(400, "invalid_grant");
}

async fn a_family_is_swept_with_its_last_tokens(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let mut pair = server.begin(&client, "").await;
    for _ in 0..3 {
        pair = server.refresh(&client, &pair.refresh).await;
    }

    // Even a token that was used long ago is known until the family ends: it may have been stolen.
    server.advance(60 * DAY);
    sweep::sweep(&server.app).await.unwrap();
    let database = server.database();
    assert_eq!((database.count("authorizations").await, database.count("tokens").await), (1, 4));

    server.advance(38 * DAY);
    sweep::sweep(&server.app).await.unwrap();
    assert_eq!((database.count("authorizations").await, database.count("tokens").await), (0, 0));
}

async fn what_a_client_has_for_itself_beats_the_server(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let sql = "UPDATE clients SET refresh_lifetime = 60 WHERE client_id = 'app'";
    server.database().execute(sql).await;

    let (kept, late) = (server.begin(&client, "").await, server.begin(&client, "").await);
    server.advance(Duration::from_secs(59));
    server.refresh(&client, &kept.refresh).await;
    server.advance(Duration::from_secs(1));

    server.try_refresh(&client, &late.refresh, "").await.assert_error(400, "invalid_grant");
}

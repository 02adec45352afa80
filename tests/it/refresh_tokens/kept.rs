//! Refresh tokens that do not rotate.

use std::time::Duration;

use tessera::model::client::ClientKind;

use crate::common::{TestServer, on_each_engine};

const DAY: Duration = Duration::from_hours(24);

on_each_engine!(
    a_token_that_does_not_rotate_is_good_again_and_again,
    those_of_public_clients_rotate_whatever_was_set,
    a_client_may_switch_rotation_off_for_itself,
);

async fn a_token_that_does_not_rotate_is_good_again_and_again(server: TestServer) {
    let server = server.restarted(|config| config.tokens.refresh.rotate = false).await;
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;

    let mut seen = vec![first.access.clone()];
    for _ in 0..8 {
        server.advance(10 * DAY);
        let next = server.refresh(&client, &first.refresh).await;
        assert_eq!(next.refresh, first.refresh);
        assert!(!seen.contains(&next.access));
        seen.push(next.access);
    }
    assert_eq!(server.database().count("tokens").await, 10);
    server.advance(10 * DAY);
    server.try_refresh(&client, &first.refresh, "").await.assert_error(400, "invalid_grant");
    let other = server.begin(&client, "").await;
    server.post("/revoke", &client, &format!("token={}", other.refresh)).await;
    server.try_refresh(&client, &other.refresh, "").await.assert_error(400, "invalid_grant");
}

async fn those_of_public_clients_rotate_whatever_was_set(server: TestServer) {
    let server = server.restarted(|config| config.tokens.refresh.rotate = false).await;
    server.application("spa", "read", ClientKind::Browser).await;
    let sql = "UPDATE clients SET refresh_rotate = FALSE WHERE client_id = 'spa'";
    server.database().execute(sql).await;
    let begin = format!("grant_type={}&client_id=spa", crate::common::families::BEGIN);
    let first = crate::common::families::Pair::of(&server.post_form("/token", &begin).await);

    let form = format!("grant_type=refresh_token&client_id=spa&refresh_token={}", first.refresh);
    let second = crate::common::families::Pair::of(&server.post_form("/token", &form).await);

    assert_ne!(first.refresh, second.refresh);
    server.advance(Duration::from_secs(31));
    server.post_form("/token", &form).await.assert_error(400, "invalid_grant");
    let form = format!("grant_type=refresh_token&client_id=spa&refresh_token={}", second.refresh);
    server.post_form("/token", &form).await.assert_error(400, "invalid_grant");
}

async fn a_client_may_switch_rotation_off_for_itself(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let sql = "UPDATE clients SET refresh_rotate = FALSE WHERE client_id = 'app'";
    server.database().execute(sql).await;

    let first = server.begin(&client, "").await;

    assert_eq!(server.refresh(&client, &first.refresh).await.refresh, first.refresh);
}

//! Keys that sign no more: withdrawn, retired, and destroyed.

use std::slice::from_ref;

use tessera::model::{key_rotation::KeyStep, signing_key::SigningKeyState, timestamp::Timestamp};

use super::{DAY, HOUR, MILLISECOND, kid, published, rotate, row, rows, turn, with_jwts, withdraw};
use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    a_withdrawn_key_verifies_nothing_and_another_signs,
    the_published_successor_takes_over_from_a_withdrawn_key,
    a_key_that_is_not_there_cannot_be_withdrawn,
    a_retired_key_is_published_by_a_half_that_nobody_can_forge,
    a_private_half_is_destroyed_where_no_server_needs_it_any_more,
    what_keys_went_through_stands_in_the_audit_log,
);

async fn a_withdrawn_key_verifies_nothing_and_another_signs(server: TestServer) {
    let (server, client) = with_jwts(server).await;
    let token = server.token(&client).await;
    assert!(server.is_active(&client, &token).await);
    let first = kid(&token);

    let second = withdraw(&server, &first).await.unwrap().expect("somebody has to sign");

    assert!(!server.is_active(&client, &token).await);
    assert_eq!(published(&server).await, from_ref(&second));
    let after = server.token(&client).await;
    assert_eq!(kid(&after), second);
    assert!(server.is_active(&client, &after).await);
    let withdrawn = row(&server, &first).await;
    assert_eq!(withdrawn.state, SigningKeyState::Revoked);
    assert_eq!((withdrawn.private_sealed.len(), withdrawn.public_sealed), (0, None));
    let server = server.restarted(|_| ()).await;
    assert!(!server.is_active(&client, &token).await);
    server.advance(2 * HOUR);
    assert_eq!(turn(&server).await, [KeyStep::Drop]);
}

async fn the_published_successor_takes_over_from_a_withdrawn_key(server: TestServer) {
    let (server, client) = with_jwts(server).await;
    let first = kid(&server.token(&client).await);
    let second = rotate(&server, false).await;

    let successor = withdraw(&server, &first).await.unwrap();
    assert_eq!(successor.as_deref(), Some(&*second));
    assert_eq!(kid(&server.token(&client).await), second);

    // One that is only published, or only verifies, leaves no gap.
    let third = rotate(&server, false).await;
    assert_eq!(withdraw(&server, &third).await.unwrap(), None);
    let fourth = rotate(&server, true).await;
    assert_eq!(withdraw(&server, &second).await.unwrap(), None);
    assert_eq!(published(&server).await, [fourth]);
}

async fn a_key_that_is_not_there_cannot_be_withdrawn(server: TestServer) {
    let first = published(&server).await[0].clone();

    let unknown = withdraw(&server, "k-00-nobody").await.unwrap_err();
    withdraw(&server, &first).await.unwrap();
    let again = withdraw(&server, &first).await.unwrap_err();

    assert_eq!(unknown.to_string(), "there is no key named k-00-nobody");
    assert_eq!(again.to_string(), format!("{first} was withdrawn already"));
}

async fn a_retired_key_is_published_by_a_half_that_nobody_can_forge(server: TestServer) {
    let (server, client) = with_jwts(server).await;
    let token = server.token(&client).await;
    let before = rows(&server).await[0].clone();
    server.database().execute("CREATE TABLE stolen AS SELECT * FROM signing_keys").await;
    rotate(&server, true).await;
    let jwks = server.get("/jwks.json", &[]).await.body;
    let after = row(&server, &before.kid).await;
    assert_eq!(after.private_sealed, before.private_sealed, "the version before opens it");

    // What anybody writes where the private half was, or where people read, counts for nothing.
    let sql = r#"UPDATE signing_keys SET public_jwk = '{"kty":"oct","k":"AA"}';
                 UPDATE signing_keys SET private_sealed =
                     (SELECT k.private_sealed FROM signing_keys k WHERE k.state = 'active')
                 WHERE state = 'retiring'"#;
    server.database().execute(sql).await;
    let server = server.restarted(|_| ()).await;
    assert_eq!(server.get("/jwks.json", &[]).await.body, jwks);
    assert!(server.is_active(&client, &token).await);

    // Its own private half, which opens, is not taken for the public one.
    let sql = "UPDATE signing_keys SET public_sealed =
                   (SELECT private_sealed FROM stolen WHERE stolen.kid = signing_keys.kid)
               WHERE state = 'retiring'";
    server.database().execute(sql).await;
    let refused = server.try_restart(|_| ()).await.unwrap_err();
    assert!(matches!(refused, tessera::app::OpenError::Keys(_)), "{refused:?}");
}

async fn a_private_half_is_destroyed_where_no_server_needs_it_any_more(server: TestServer) {
    let (server, client) = with_jwts(server).await;
    let token = server.token(&client).await;
    server.database().execute("UPDATE instance SET oldest_schema = 2").await;

    server.advance(MILLISECOND);
    let second = rotate(&server, true).await;

    assert!(row(&server, &kid(&token)).await.private_sealed.is_empty());
    assert!(!row(&server, &second).await.private_sealed.is_empty());
    let server = server.restarted(|_| ()).await;
    assert_eq!(published(&server).await, [kid(&token), second]);
    assert!(server.is_active(&client, &token).await);
}

async fn what_keys_went_through_stands_in_the_audit_log(server: TestServer) {
    let first = published(&server).await[0].clone();
    let second = rotate(&server, false).await;
    server.advance(DAY);
    turn(&server).await;
    withdraw(&server, &first).await.unwrap();
    server.advance(2 * HOUR);
    turn(&server).await;

    for (action, kid, actor, reason) in [
        ("key.staged", &second, "cli:test", "reason IS NULL"),
        ("key.activated", &second, "job:keys", "reason IS NULL"),
        ("key.withdrawn", &first, "cli:test", "reason = 'leaked'"),
        ("key.dropped", &first, "job:keys", "reason IS NULL"),
    ] {
        let sql = format!(
            "UPDATE audit SET at = at
             WHERE action = '{action}' AND target = '{kid}' AND actor = '{actor}' AND {reason}"
        );
        assert_eq!(server.database().execute(&sql).await, 1, "{action}");
    }
    assert!(rows(&server).await.iter().all(|key| key.created_at > Timestamp(0)));
}

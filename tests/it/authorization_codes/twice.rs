//! A code that is used twice: all that came of it ends.

use std::time::Duration;

use serde_json::Value;
use tessera::model::client::ClientKind;

use crate::common::{TestServer, codes::SignedIn, families::Pair, on_each_engine};

on_each_engine!(
    a_second_use_ends_all_that_came_of_the_first,
    so_does_one_that_comes_late,
    what_was_refreshed_since_ends_too,
    a_third_use_tells_nothing_new,
    a_code_whose_tokens_were_ended_brings_nothing,
);

async fn both(server: &TestServer) -> (crate::common::TestClient, SignedIn) {
    let client = server.web("app", "read", ClientKind::Web).await;
    (client, server.signed_in("ingrid").await)
}

/// How many audit events tell of a code that was used twice.
async fn told(server: &TestServer) -> u64 {
    let sql = "UPDATE audit SET actor = actor WHERE action = 'code.reuse_detected'";
    server.database().execute(sql).await
}

async fn a_second_use_ends_all_that_came_of_the_first(server: TestServer) {
    let (client, ingrid) = both(&server).await;
    let (code, other) = (server.code(&client, &ingrid).await, server.code(&client, &ingrid).await);
    let pair = Pair::of(&server.redeem(&client, &code, "").await);
    let beside = Pair::of(&server.redeem(&client, &other, "").await);

    server.redeem(&client, &code, "").await.assert_error(400, "invalid_grant");

    assert!(!server.is_active(&client, &pair.access).await);
    server.try_refresh(&client, &pair.refresh, "").await.assert_error(400, "invalid_grant");
    let facts: Value = server.facts(&pair.access).await;
    assert_eq!((&facts["status"], &facts["ended_by"]), (&"revoked".into(), &"server".into()));
    assert!(server.is_active(&client, &beside.access).await);
    assert_eq!(told(&server).await, 1);
}

async fn so_does_one_that_comes_late(server: TestServer) {
    let (client, ingrid) = both(&server).await;
    let code = server.code(&client, &ingrid).await;
    let pair = Pair::of(&server.redeem(&client, &code, "").await);

    // As long as its end is kept at least, whatever else is swept.
    let server = server.restarted(|config| config.tokens.keep_ended = Duration::ZERO).await;
    server.advance(Duration::from_mins(50));
    tessera::jobs::sweep::sweep(&server.app).await.unwrap();
    server.redeem(&client, &code, "").await.assert_error(400, "invalid_grant");

    assert!(!server.is_active(&client, &pair.access).await);
    assert_eq!(told(&server).await, 1);
}

async fn what_was_refreshed_since_ends_too(server: TestServer) {
    let (client, ingrid) = both(&server).await;
    let code = server.code(&client, &ingrid).await;
    let pair = Pair::of(&server.redeem(&client, &code, "").await);
    let next = server.refresh(&client, &pair.refresh).await;

    server.redeem(&client, &code, "").await.assert_error(400, "invalid_grant");

    assert!(!server.is_active(&client, &next.access).await);
    server.try_refresh(&client, &next.refresh, "").await.assert_error(400, "invalid_grant");
}

async fn a_third_use_tells_nothing_new(server: TestServer) {
    let (client, ingrid) = both(&server).await;
    let code = server.code(&client, &ingrid).await;
    Pair::of(&server.redeem(&client, &code, "").await);

    for _ in 0..3 {
        server.redeem(&client, &code, "").await.assert_error(400, "invalid_grant");
    }

    assert_eq!(told(&server).await, 1);
}

async fn a_code_whose_tokens_were_ended_brings_nothing(server: TestServer) {
    let (client, ingrid) = both(&server).await;
    let code = server.code(&client, &ingrid).await;
    let pair = Pair::of(&server.redeem(&client, &code, "").await);
    server.post("/revoke", &client, &format!("token={}", pair.refresh)).await;

    server.redeem(&client, &code, "").await.assert_error(400, "invalid_grant");

    assert!(!server.is_active(&client, &pair.access).await);
    assert_eq!(told(&server).await, 0);
}

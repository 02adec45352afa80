//! Refresh tokens that bring nothing: told alike to the client, told apart in the log.

use std::time::Duration;

use tessera::{
    grants::{GRANTS, Redemption, find},
    model::{audit::Origin, client::ClientKind, parameters::Parameters},
};

use crate::common::{TestClient, TestServer, on_each_engine};

on_each_engine!(
    whatever_is_wrong_is_answered_alike,
    what_is_wrong_is_told_apart_in_the_verdict,
    all_that_a_family_hangs_on_is_looked_at_again,
    a_revoked_token_ends_its_whole_family,
    a_revoked_access_token_ends_alone,
    nobody_ends_the_family_of_another_client,
    a_client_needs_the_grant,
);

async fn whatever_is_wrong_is_answered_alike(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let other = server.application("other", "read", ClientKind::Web).await;
    let (expired, revoked) = (server.begin(&client, "").await, server.begin(&client, "").await);
    server.post("/revoke", &client, &format!("token={}", revoked.refresh)).await;
    let spent = server.begin(&client, "").await;
    let used = server.refresh(&client, &spent.refresh).await;
    server.refresh(&client, &used.refresh).await;
    let inside = server.try_refresh(&client, &spent.refresh, "").await;
    server.advance(Duration::from_hours(24) * 14);
    let reused = server.try_refresh(&client, &spent.refresh, "").await;
    let foreign = server.begin(&other, "").await;

    let mut answers = vec![inside, reused];
    for token in [&expired.refresh, &revoked.refresh, &foreign.refresh, "x", "é", &"A".repeat(43)]
    {
        answers.push(server.try_refresh(&client, token, "").await);
    }

    for answer in &answers {
        answer.assert_error(400, "invalid_grant");
        assert_eq!(answer.body, answers[0].body);
    }
    let missing = server.post("/token", &client, "grant_type=refresh_token").await;
    missing.assert_error(400, "invalid_request");
    let twice = server.try_refresh(&client, &foreign.refresh, "&refresh_token=x").await;
    twice.assert_error(400, "invalid_request");
    // Whoever is no holder harmed nobody.
    server.refresh(&other, &foreign.refresh).await;
}

async fn what_is_wrong_is_told_apart_in_the_verdict(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let other = server.application("other", "read", ClientKind::Web).await;
    let (used, late) = (server.begin(&client, "").await, server.begin(&client, "").await);
    let next = server.refresh(&client, &used.refresh).await;
    server.refresh(&client, &next.refresh).await;
    server.refresh(&client, &late.refresh).await;
    let (expired, foreign) = (server.begin(&client, "").await, server.begin(&other, "").await);
    let revoked = server.begin(&client, "").await;
    let after = server.refresh(&client, &revoked.refresh).await;
    server.post("/revoke", &client, &format!("token={}", after.refresh)).await;

    let verdict = async |token: &str| verdict(&server, &client, token).await;
    assert_eq!(verdict(&"A".repeat(43)).await, "unknown");
    assert_eq!(verdict(&foreign.refresh).await, "foreign");
    assert_eq!(verdict(&used.refresh).await, "redeemed");
    assert_eq!(verdict(&after.refresh).await, "revoked");
    server.advance(Duration::from_mins(1));
    // The alarm is for whoever ends a family so, once.
    assert_eq!(verdict(&late.refresh).await, "reused");
    assert_eq!(verdict(&late.refresh).await, "revoked");
    assert_eq!(verdict(&revoked.refresh).await, "revoked");
    server.advance(Duration::from_hours(24) * 14);
    assert_eq!(verdict(&expired.refresh).await, "expired");
}

/// What the log says of a refresh token.
async fn verdict(server: &TestServer, client: &TestClient, token: &str) -> &'static str {
    let store = &server.app.store;
    let registered = store.find_registered_client(&client.id).await.unwrap().unwrap();
    let form = format!("grant_type=refresh_token&refresh_token={token}");
    let redemption = Redemption {
        client: &registered.client,
        parameters: &Parameters::parse(form.as_bytes()).unwrap(),
        store,
        tokens: &server.app.tokens,
        issuer: &server.app.issuer,
        origin: &Origin::default(),
        at: server.now(),
    };
    let redeemed = (find(GRANTS, "refresh_token").unwrap().redeem)(redemption).await;
    redeemed.unwrap_err().verdict.unwrap()
}

async fn all_that_a_family_hangs_on_is_looked_at_again(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let user = server.user("ingrid").await;
    for sql in [
        format!("UPDATE users SET generation = generation + 1 WHERE user_id = {}", server.id(user)),
        format!("UPDATE users SET status = 'disabled' WHERE user_id = {}", server.id(user)),
        "UPDATE users SET status = 'active'; UPDATE clients SET generation = generation + 1"
            .to_owned(),
        "UPDATE instance SET generation = generation + 1".to_owned(),
        "UPDATE authorizations SET status = 'revoked'".to_owned(),
        "DELETE FROM authorizations".to_owned(),
    ] {
        server.database().execute("UPDATE users SET status = 'active'").await;
        let pair = server.begin(&client, &format!("&user={user}")).await;
        server.database().execute(&sql).await;

        let answer = server.try_refresh(&client, &pair.refresh, "").await;

        answer.assert_error(400, "invalid_grant");
        assert_eq!(server.facts(&pair.refresh).await["refusal"], "orphaned", "{sql}");
    }
}

async fn a_revoked_token_ends_its_whole_family(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    for nth in 0..3 {
        let mut all = vec![server.begin(&client, "").await];
        for _ in 0..2 {
            all.push(server.refresh(&client, &all[all.len() - 1].refresh).await);
        }

        // Any of them stands for the family, one that was used, too.
        let answer = server.post("/revoke", &client, &format!("token={}", all[nth].refresh)).await;

        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
        for pair in &all {
            assert!(!server.is_active(&client, &pair.access).await);
            assert!(!server.is_active(&client, &pair.refresh).await);
        }
        let last = server.try_refresh(&client, &all[2].refresh, "").await;
        last.assert_error(400, "invalid_grant");
    }
    let kept = "SELECT 1 FROM tokens WHERE payload IS NOT NULL OR replay_sealed IS NOT NULL";
    let sql = format!("CREATE TABLE found AS {kept}");
    server.database().execute(&sql).await;
    assert_eq!(server.database().count("found").await, 0);
}

async fn a_revoked_access_token_ends_alone(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let pair = server.begin(&client, "").await;

    server.post("/revoke", &client, &format!("token={}", pair.access)).await;

    assert!(!server.is_active(&client, &pair.access).await);
    server.refresh(&client, &pair.refresh).await;
}

async fn nobody_ends_the_family_of_another_client(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let other = server.application("other", "read", ClientKind::Web).await;
    let pair = server.begin(&client, "").await;

    let answer = server.post("/revoke", &other, &format!("token={}", pair.refresh)).await;

    assert_eq!(answer.status.as_u16(), 200);
    let next = server.refresh(&client, &pair.refresh).await;
    // Nor by using one that was replaced, however late.
    server.advance(Duration::from_mins(5));
    let answer = server.try_refresh(&other, &pair.refresh, "").await;
    answer.assert_error(400, "invalid_grant");
    server.refresh(&client, &next.refresh).await;
}

async fn a_client_needs_the_grant(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let pair = server.begin(&client, "").await;
    let sql = "UPDATE clients SET grant_types = '' WHERE client_id = 'app'";
    server.database().execute(sql).await;
    let server = server.restarted(|_| ()).await;

    let answer = server.try_refresh(&client, &pair.refresh, "").await;

    answer.assert_error(400, "unauthorized_client");
}

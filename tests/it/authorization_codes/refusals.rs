//! What is wrong with a code: whatever it is, the answer is the same, and the code goes on.

use std::time::Duration;

use tessera::model::{client::ClientKind, standing::Refusal};

use crate::common::{
    TestServer,
    codes::{CHALLENGE, HOME, VERIFIER},
    on_each_engine,
};

on_each_engine!(
    whatever_is_wrong_with_a_code_is_answered_alike,
    whoever_shows_something_else_has_not_used_it,
    a_code_is_good_until_its_last_second,
    what_ends_around_a_code_ends_it,
    a_redirect_uri_that_was_not_named_may_be_left_out,
);

/// Everything that proves a code, but for what is left out or is another.
fn form(code: &str, redirect_uri: Option<&str>, verifier: Option<&str>) -> String {
    let part = |name: &str, value: Option<&str>| {
        value.map_or(String::new(), |value| format!("&{name}={value}"))
    };
    format!(
        "grant_type=authorization_code&code={code}{}{}",
        part("redirect_uri", redirect_uri),
        part("code_verifier", verifier)
    )
}

async fn whatever_is_wrong_with_a_code_is_answered_alike(server: TestServer) {
    let client = server.web("app", "read", ClientKind::Web).await;
    let other = server.web("other", "read", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;
    let cut = &code[..42];
    let longer = format!("{VERIFIER}a");
    let plain = CHALLENGE;

    let mut bodies = Vec::new();
    for (asking, form) in [
        (&client, form(cut, Some(HOME), Some(VERIFIER))),
        (&client, form(&format!("{code}A"), Some(HOME), Some(VERIFIER))),
        (&client, form("%00", Some(HOME), Some(VERIFIER))),
        (&other, form(&code, Some(HOME), Some(VERIFIER))),
        (&client, form(&code, None, Some(VERIFIER))),
        (&client, form(&code, Some("https://app.example/cb/"), Some(VERIFIER))),
        (&client, form(&code, Some("https://APP.example/cb"), Some(VERIFIER))),
        (&client, form(&code, Some(HOME), None)),
        (&client, form(&code, Some(HOME), Some(&longer))),
        (&client, form(&code, Some(HOME), Some(plain))),
    ] {
        let answer = server.post("/token", asking, &form).await;
        answer.assert_error(400, "invalid_grant");
        bodies.push(answer.body);
    }

    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let missing = server.post("/token", &client, "grant_type=authorization_code").await;
    missing.assert_error(400, "invalid_request");
    let machine = server.machine("mailer", "read").await;
    let not_its = server.redeem(&machine, &code, "").await;
    not_its.assert_error(400, "unauthorized_client");
}

async fn whoever_shows_something_else_has_not_used_it(server: TestServer) {
    let client = server.web("app", "read", ClientKind::Web).await;
    let other = server.web("other", "read", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;
    let longer = format!("{VERIFIER}a");

    let wrong = async || {
        for (asking, form) in [
            (&other, form(&code, Some(HOME), Some(VERIFIER))),
            (&client, form(&code, None, Some(VERIFIER))),
            (&client, form(&code, Some(HOME), Some(&longer))),
            (&client, form(&code, Some(HOME), None)),
        ] {
            let answer = server.post("/token", asking, &form).await;
            answer.assert_error(400, "invalid_grant");
        }
    };
    wrong().await;
    let answer = server.redeem(&client, &code, "").await.json();
    wrong().await;

    let access = answer["access_token"].as_str().unwrap();
    assert!(server.is_active(&client, access).await);
}

async fn a_code_is_good_until_its_last_second(server: TestServer) {
    let client = server.web("app", "read", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let (code, late) = (server.code(&client, &ingrid).await, server.code(&client, &ingrid).await);
    let end = server.now().floor_to_second().plus(Duration::from_mins(1));

    server.advance(Duration::from_millis(59_999));
    assert_eq!(end.since(server.now()), Duration::from_millis(1));
    assert_eq!(server.redeem(&client, &code, "").await.status, 200);
    server.advance(Duration::from_millis(1));
    server.redeem(&client, &late, "").await.assert_error(400, "invalid_grant");

    assert_eq!(server.facts(&late).await["refusal"], Refusal::Expired.as_str());
}

async fn what_ends_around_a_code_ends_it(server: TestServer) {
    // What is written beside it is seen by a server that keeps nothing.
    let server = server.restarted(|config| config.cache.enabled = false).await;
    let client = server.web("app", "read", ClientKind::Web).await;
    let database = server.database();
    let endings = [
        "UPDATE clients SET status = 'disabled'",
        "UPDATE clients SET status = 'active', generation = generation + 1",
        "UPDATE users SET status = 'disabled'",
        "UPDATE users SET status = 'active', generation = generation + 1",
        "UPDATE instance SET generation = generation + 1",
        "UPDATE authorizations SET status = 'revoked'",
        "UPDATE browser_sessions SET ended_at = 1",
    ];
    let user_id = server.user("ingrid").await;
    for ending in endings {
        let person = server.sign_in(user_id).await;
        let code = server.code(&client, &person).await;
        assert!(database.execute(ending).await > 0);

        let answer = server.redeem(&client, &code, "").await;

        let is_client = ending.contains("clients SET status = 'disabled'");
        let (status, error) =
            if is_client { (401, "invalid_client") } else { (400, "invalid_grant") };
        answer.assert_error(status, error);
    }
}

async fn a_redirect_uri_that_was_not_named_may_be_left_out(server: TestServer) {
    let client = server.web("app", "read", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let code =
        server.code_with(&client, &ingrid, |request| request.names_redirect_uri = false).await;

    let other = form(&code, Some("https://evil.example"), Some(VERIFIER));
    server.post("/token", &client, &other).await.assert_error(400, "invalid_grant");
    let without = server.post("/token", &client, &form(&code, None, Some(VERIFIER))).await;

    assert_eq!(without.status, 200);
}

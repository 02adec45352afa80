//! What somebody signs in to, until it ends.

use std::time::Duration;

use tessera::model::secret::Sha256;

use crate::common::{Browser, Engine, Form, TestServer, on_each_engine, server::Answer};

use super::{PASSWORD, SESSION, ingrid, set_cookie};

on_each_engine!(
    a_session_has_a_new_secret_after_each_sign_in,
    another_person_in_the_same_browser_ends_the_session_before,
    a_session_ends_when_it_is_not_used,
    a_session_ends_however_much_it_is_used,
    whoever_wants_to_stays_signed_in,
    signing_out_ends_the_session_on_the_server,
    a_get_signs_nobody_out,
    a_disabled_person_is_signed_out_at_once,
);

async fn a_session_has_a_new_secret_after_each_sign_in(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let mut planted = Browser::of(&server);
    planted.set_cookie(SESSION, &"A".repeat(43));
    planted.sign_in("ingrid", PASSWORD).await;
    assert_ne!(planted.cookie(SESSION).unwrap(), "A".repeat(43));

    browser.sign_in("ingrid", PASSWORD).await;
    let first = browser.cookie(SESSION).unwrap().to_owned();
    let answer = sign_in_again(&mut browser, "ingrid").await;

    assert_eq!(answer.status, 303, "{answer:?}");
    assert_ne!(browser.cookie(SESSION).unwrap(), first);
    let mut thief = Browser::of(&server);
    thief.set_cookie(SESSION, &first);
    assert!(!thief.is_signed_in().await);
    assert!(browser.is_signed_in().await);
    // The person is the same, and so is the id that apps know.
    let ids = "(SELECT DISTINCT session_id FROM browser_sessions) AS ids";
    assert_eq!(server.database().count(ids).await, 2);
    assert_eq!(server.database().count("browser_sessions").await, 3);
}

async fn another_person_in_the_same_browser_ends_the_session_before(server: TestServer) {
    ingrid(&server).await;
    server.people(&["{ username = 'jonas', password = { value = 'correct horse' } }"]).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;

    let answer = sign_in_again(&mut browser, "jonas").await;

    assert_eq!(answer.status, 303, "{answer:?}");
    let ids = "(SELECT DISTINCT session_id FROM browser_sessions) AS ids";
    assert_eq!(server.database().count(ids).await, 2);
    let ended =
        "browser_sessions WHERE ended_at IS NOT NULL AND end_reason = 'session.other_person'";
    assert_eq!(server.database().count(ended).await, 1);
}

async fn a_session_ends_when_it_is_not_used(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;

    server.advance(Duration::from_hours(12) - Duration::from_millis(1));
    assert!(browser.is_signed_in().await);
    server.advance(Duration::from_hours(12) - Duration::from_millis(1));
    assert!(browser.is_signed_in().await);
    server.advance(Duration::from_hours(12));

    assert!(!browser.is_signed_in().await);
}

async fn a_session_ends_however_much_it_is_used(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;

    for _ in 0..(7 * 24 - 1) / 8 {
        server.advance(Duration::from_hours(8));
        assert!(browser.is_signed_in().await);
    }
    server.advance(Duration::from_hours(8) - Duration::from_millis(1));
    assert!(browser.is_signed_in().await);
    server.advance(Duration::from_millis(1));

    assert!(!browser.is_signed_in().await);
}

async fn whoever_wants_to_stays_signed_in(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let form = browser.sign_in_form("/login", "ingrid", PASSWORD).await.with("remember", "1");

    let answer = browser.submit(&form).await;

    assert!(set_cookie(&answer, SESSION).unwrap().contains("; Max-Age=2592000; "), "{answer:?}");
    server.advance(Duration::from_hours(30 * 24) - Duration::from_millis(1));
    assert!(browser.is_signed_in().await);
    server.advance(Duration::from_millis(1));
    assert!(!browser.is_signed_in().await);
}

async fn signing_out_ends_the_session_on_the_server(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;
    let mut kept = browser.clone();
    let form = sign_out_form(&server, &browser).await;

    let answer = browser.submit(&form).await;

    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(answer.header("location"), Some("/signed-out"));
    assert!(set_cookie(&answer, SESSION).unwrap().contains("; Max-Age=0; "), "{answer:?}");
    assert!(!kept.is_signed_in().await);
    assert_eq!(browser.submit(&form).await.header("location"), Some("/login"));
}

async fn a_get_signs_nobody_out(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;
    let form = sign_out_form(&server, &browser).await;
    let foreign = form.clone().with("csrf", "x");

    assert_eq!(browser.get("/account/sign-out").await.status, 405);
    let answer = browser.submit(&foreign).await;
    assert_eq!(answer.header("location"), Some("/account/security"));
    let cross = [("sec-fetch-site", "cross-site")];
    assert_eq!(browser.submit_with(&form, &cross).await.status, 303);

    assert!(browser.is_signed_in().await);
}

async fn a_disabled_person_is_signed_out_at_once(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;
    let neighbour = match server.database().engine {
        Engine::Postgres => Some(server.neighbour().await),
        Engine::Sqlite => None,
    };
    let mut elsewhere = Browser::of(neighbour.as_ref().unwrap_or(&server));
    elsewhere.set_cookie(SESSION, browser.cookie(SESSION).unwrap());
    assert!(elsewhere.is_signed_in().await && browser.is_signed_in().await);

    server.people(&["{ username = 'ingrid', disabled = true }"]).await;

    assert!(!elsewhere.is_signed_in().await);
    assert!(!browser.is_signed_in().await);
    server.people(&["{ username = 'ingrid', disabled = false }"]).await;
    assert!(!browser.is_signed_in().await, "what was ended stays so");
}

/// Signs in where somebody is signed in, as for an app that wants it.
async fn sign_in_again(browser: &mut Browser<'_>, name: &str) -> Answer {
    let form = browser.sign_in_form("/login?request=gone", name, PASSWORD).await;
    browser.submit(&form).await
}

/// The form with which this browser signs out, as the pages of the account have it.
async fn sign_out_form(server: &TestServer, browser: &Browser<'_>) -> Form {
    let secret = browser.cookie(SESSION).unwrap();
    let hash = Sha256::of(secret.as_bytes());
    let found = server.app.store.read().await.unwrap().find_session(&hash).await.unwrap().unwrap();
    let known = tessera::model::secret::Secret::new(
        browser.cookie("__Host-tessera_browser").unwrap().to_owned(),
    );
    let session = found.session.session_id;
    let csrf = known.proof_of(&format!("csrf|{session}|account|sign-out"));
    Form { action: "/account/sign-out".to_owned(), fields: [("csrf".to_owned(), csrf)].into() }
}

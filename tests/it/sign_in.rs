//! People sign in, in a browser, and out.

mod requests;
mod sessions;

use std::time::Duration;

use axum::http::StatusCode;
use tessera::{acts, model::timestamp::Timestamp, server::Peer};

use crate::common::{
    Browser, Form, TestServer, on_each_engine,
    server::{Answer, START},
};

on_each_engine!(
    a_person_signs_in_by_name_and_password,
    a_name_is_the_same_however_it_is_typed,
    every_refusal_looks_alike_and_keeps_the_name,
    a_wrong_password_is_tied_to_its_fields,
    guessing_is_slowed_down_for_whoever_guesses_alone,
    a_sign_in_by_a_password_that_was_just_changed_does_not_count,
    a_locked_person_proves_nothing_by_a_password,
);

const SESSION: &str = "__Host-tessera_session";
const PASSWORD: &str = "correct horse";

async fn ingrid(server: &TestServer) {
    server.people(&["{ username = 'Ingrid', password = { value = 'correct horse' } }"]).await;
}

async fn a_person_signs_in_by_name_and_password(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let form = browser.sign_in_form("/login", "Ingrid", PASSWORD).await;

    let answer = browser.submit(&form).await;

    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    assert_eq!(answer.header("location"), Some("/account/security"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let cookie = set_cookie(&answer, SESSION).unwrap();
    let (value, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(value.len(), SESSION.len() + 1 + 43);
    assert!(browser.is_signed_in().await);
    assert_eq!(server.database().count("audit WHERE action = 'session.began'").await, 1);
    let at = format!("users WHERE signed_in_at = {}", START.0);
    assert_eq!(server.database().count(&at).await, 1);
}

async fn a_name_is_the_same_however_it_is_typed(server: TestServer) {
    ingrid(&server).await;

    for name in ["ingrid", "INGRID", "Ｉｎｇｒｉｄ"] {
        assert_eq!(Browser::of(&server).sign_in(name, PASSWORD).await, "/account/security");
    }
    let typed = Browser::of(&server).sign_in_form("/login", "ingrid ", PASSWORD).await;
    assert_eq!(Browser::of(&server).submit(&typed).await.status, 200);
}

async fn every_refusal_looks_alike_and_keeps_the_name(server: TestServer) {
    server
        .people(&[
            "{ username = 'ingrid', password = { value = 'correct horse' } }",
            "{ username = 'locked', password = { value = 'correct horse' } }",
            "{ username = 'disabled', disabled = true, password = { value = 'correct horse' } }",
            "{ username = 'over', attributes = { exp = '1767225600' }, \
               password = { value = 'correct horse' } }",
            "{ username = 'without' }",
            "{ username = 'elsewhere', realm = 'internal', \
               password = { value = 'correct horse' } }",
        ])
        .await;
    lock(&server, "locked").await;
    let mut browser = Browser::of(&server);
    let long = "x".repeat(1025);

    let mut bodies = Vec::new();
    for (name, password) in [
        ("ingrid", "wrong"),
        ("ingrid", long.as_str()),
        ("nobody", PASSWORD),
        ("locked", PASSWORD),
        ("disabled", PASSWORD),
        ("over", PASSWORD),
        ("without", PASSWORD),
        ("elsewhere", PASSWORD),
        ("<b>\"x", PASSWORD),
        ("ends in space ", PASSWORD),
    ] {
        let form = browser.sign_in_form("/login", name, password).await;
        let answer = browser.submit(&form).await;

        assert_eq!(answer.status, 200, "{name}: {answer:?}");
        assert_eq!(browser.cookie(SESSION), None);
        let again = Form::of(&answer);
        assert_eq!(again.fields["username"], name);
        assert_eq!(again.fields["password"], "");
        assert!(!answer.body.contains(password), "{answer:?}");
        let field = format!("value=\"{}\"", escaped(name));
        bodies.push(answer.body.replace(&field, "value=\"\"").replace(&again.fields["csrf"], ""));
    }

    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:#?}");
}

async fn a_wrong_password_is_tied_to_its_fields(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let form = browser.sign_in_form("/login", "Ingrid", "wrong").await;

    let page = browser.submit(&form).await.body;

    assert_eq!(page.matches("aria-describedby=\"trouble\"").count(), 2, "{page}");
    assert!(page.contains("id=\"trouble\"") && page.contains("role=\"alert\""), "{page}");
    assert!(page.contains("<h1>Sign in</h1>"), "{page}");
    assert!(page.contains("id=\"submit\""), "{page}");
}

async fn guessing_is_slowed_down_for_whoever_guesses_alone(server: TestServer) {
    ingrid(&server).await;
    let mut guesser = Browser::of(&server);
    let form = guesser.sign_in_form("/login", "ingrid", "wrong").await;
    for number in 0..10 {
        let form = form.clone().with("password", &format!("wrong {number}"));
        assert_eq!(guesser.submit(&form).await.status, 200);
    }

    let right = form.clone().with("username", "INGRID").with("password", PASSWORD);
    let answer = guesser.submit(&right).await;

    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{answer:?}");
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert_eq!(Form::of(&answer).fields["username"], "INGRID");
    let mut owner = Browser::of(&server);
    let theirs = owner.sign_in_form("/login", "ingrid", PASSWORD).await;
    let elsewhere = Peer { address: "198.51.100.7".parse().unwrap(), encrypted: true };
    assert_eq!(owner.submit_from(elsewhere, &theirs).await.status, 303);
    server.advance(Duration::from_mins(1));
    assert_eq!(guesser.submit(&right).await.status, 303);
}

async fn a_sign_in_by_a_password_that_was_just_changed_does_not_count(server: TestServer) {
    ingrid(&server).await;
    let proven = server.person("ingrid").await;
    server.people(&["{ username = 'Ingrid', password = { value = 'battery staple' } }"]).await;
    let from = acts::browser_sessions::SeenFrom::of("192.0.2.1".parse().unwrap());
    let who = acts::sign_in::SignInAs {
        user: &proven,
        is_remembered: false,
        before: None,
        request: None,
    };

    let begun = acts::sign_in::begin(&server.app, who, (&from, server.now())).await.unwrap();

    assert!(begun.is_none());
    assert_eq!(server.database().count("browser_sessions").await, 0);
    assert_eq!(server.database().count("audit WHERE action = 'session.began'").await, 0);
}

async fn a_locked_person_proves_nothing_by_a_password(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;
    lock(&server, "ingrid").await;

    let headers = [("authorization", crate::common::people::basic("ingrid", PASSWORD))];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = server.get("/whoami", &headers).await;

    assert_eq!(answer.status, 401, "{answer:?}");
    assert!(!browser.is_signed_in().await, "whoever is signed in waits");
    server.advance(Duration::from_hours(1));
    assert!(browser.is_signed_in().await, "and goes on");
    assert_eq!(server.get("/whoami", &headers).await.status, 200);
}

/// Locks a user out for an hour.
async fn lock(server: &TestServer, name: &str) {
    let user = server.person(name).await;
    let until = Timestamp(server.now().0 + 3_600_000);
    let mut store = server.app.store.begin().await.unwrap();
    assert!(store.lock_user(user.user_id, Some(until), server.now()).await.unwrap());
    store.commit().await.unwrap();
}

fn set_cookie(answer: &Answer, name: &str) -> Option<String> {
    let mut all = answer.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap());
    all.find(|set| set.starts_with(&format!("{name}="))).map(str::to_owned)
}

/// As askama writes it.
fn escaped(text: &str) -> String {
    text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;").replace('"', "&#34;")
}

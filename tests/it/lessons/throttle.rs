//! Guessing passwords: one account and one network are one, however they are spelled, and wherever
//! a password is asked for.

use axum::http::StatusCode;
use tessera::server::Peer;

use crate::common::{Browser, Form, TestServer, on_each_engine, people::basic};

on_each_engine!(
    one_account_is_guessed_at_however_it_is_spelled_and_wherever_it_is_asked_for,
    no_header_and_no_other_address_of_a_network_brings_more_guesses,
);

const PASSWORD: &str = "correct horse";

async fn ingrid(server: &TestServer) {
    server.people(&["{ username = 'ingrid', password = { value = 'correct horse' } }"]).await;
}

async fn one_account_is_guessed_at_however_it_is_spelled_and_wherever_it_is_asked_for(
    server: TestServer,
) {
    ingrid(&server).await;
    let mut inside = Browser::of(&server);
    inside.sign_in("ingrid", PASSWORD).await;
    let page = inside.get("/account/security").await;
    let change = Form::with_text(&page, "new-password").with("new", "battery staple");
    let mut outside = Browser::of(&server);
    let form = outside.sign_in_form("/login", "ingrid", PASSWORD).await;

    for (number, name) in ["Ingrid", "INGRID", "ｉｎｇｒｉｄ", "iNgRiD"].iter().enumerate() {
        let wrong = form.clone().with("username", name).with("password", &format!("wrong{number}"));
        assert_eq!(outside.submit(&wrong).await.status, 200, "{name}");
    }
    for name in ["ingrid", "INGRID", "ｉｎｇｒｉｄ"] {
        let header = basic(name, &format!("wrong as {name}"));
        let answer = server.get("/whoami", &[("authorization", header.as_str())]).await;
        assert_eq!(answer.status, 401, "{name}: {answer:?}");
    }
    for number in 0..3 {
        let wrong = change.clone().with("current", &format!("wrong change {number}"));
        assert_eq!(inside.submit(&wrong).await.status, 200);
    }

    // There were ten. Now not even the right one is looked at, on any way.
    assert_eq!(outside.submit(&form).await.status, StatusCode::TOO_MANY_REQUESTS);
    let header = basic("ingrid", PASSWORD);
    let answer = server.get("/whoami", &[("authorization", header.as_str())]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
    let right = change.with("current", PASSWORD);
    assert_eq!(inside.submit(&right).await.status, StatusCode::TOO_MANY_REQUESTS);
}

async fn no_header_and_no_other_address_of_a_network_brings_more_guesses(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let form = browser.sign_in_form("/login", "ingrid", PASSWORD).await;
    for number in 0..10 {
        let wrong = form.clone().with("password", &format!("wrong {number}"));
        let made_up = format!("198.51.100.{number}");
        let forwarded = format!("for={made_up}");
        let headers = [
            ("x-forwarded-for", made_up.as_str()),
            ("x-real-ip", &made_up),
            ("forwarded", &forwarded),
        ];
        assert_eq!(browser.submit_with(&wrong, &headers).await.status, 200);
    }
    let headers = [("x-forwarded-for", "203.0.113.9")];
    let answer = browser.submit_with(&form, &headers).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);

    let at = |last: &str| Peer {
        address: format!("2001:db8:0:1::{last}").parse().unwrap(),
        encrypted: true,
    };
    for number in 1..=10 {
        let wrong = form.clone().with("password", &format!("another {number}"));
        assert_eq!(browser.submit_from(at(&number.to_string()), &wrong).await.status, 200);
    }
    let answer = browser.submit_from(at("ffff:ffff"), &form).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}

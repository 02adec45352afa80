//! Links to a password: by letter, or printed; good once, for a while.

mod letters;

use std::time::Duration;

use tessera::{
    acts::{
        self,
        links::{self, MadeLink},
        users::UserName,
    },
    model::{secret::Secret, user::UserStatus, username::Username},
    tokens::typed::Link,
};

use crate::common::{
    Browser, Form, TestServer, on_each_engine,
    server::{Answer, operator},
};

on_each_engine!(
    a_link_leads_to_a_new_password_once,
    a_link_ends_sessions_and_other_links,
    a_link_is_good_for_a_while,
    of_two_who_use_a_link_at_once_one_sets_the_password,
    a_password_that_is_none_spends_no_link,
    looking_at_a_link_spends_nothing,
    the_page_of_a_link_tells_nobody_where_it_is,
    a_link_of_whoever_may_not_sign_in_is_dead,
    what_is_no_link_sets_no_password,
    no_api_makes_or_uses_links,
);

const PASSWORD: &str = "correct horse";
const NEW: &str = "battery staple";

fn named(name: &str) -> UserName {
    UserName { realm: "default".to_owned(), name: Username::parse(name).unwrap() }
}

async fn ingrid(server: &TestServer) {
    server
        .people(&["{ username = 'ingrid', password = { value = 'correct horse' }, \
                   claims = { email = 'ingrid@fjordline.example' } }"])
        .await;
}

/// The path and query of a link for somebody.
async fn link(server: &TestServer, link: Link, name: &str) -> String {
    let user = server.person(name).await;
    path(&links::make(&server.app, &operator(), (link, &user), true).await.unwrap())
}

fn path(made: &MadeLink) -> String {
    made.address.expose().strip_prefix("https://id.example").unwrap().to_owned()
}

/// Sets a password by a link.
async fn choose(server: &TestServer, link: &str, password: &str) -> Answer {
    let mut browser = Browser::of(server);
    let page = browser.get(link).await;
    if page.status != 200 {
        return page;
    }
    browser.submit(&Form::of(&page).with("password", password)).await
}

async fn signs_in(server: &TestServer, password: &str) -> bool {
    let mut browser = Browser::of(server);
    let form = browser.sign_in_form("/login", "ingrid", password).await;
    browser.submit(&form).await.status == 303
}

async fn a_link_leads_to_a_new_password_once(server: TestServer) {
    ingrid(&server).await;
    let link = link(&server, Link::PasswordReset, "ingrid").await;

    let answer = choose(&server, &link, NEW).await;

    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(answer.header("location"), Some("/login?notice=password-set"));
    let page = Browser::of(&server).get("/login?notice=password-set").await.body;
    assert!(page.contains("Your password is set"), "{page}");
    assert!(signs_in(&server, NEW).await && !signs_in(&server, PASSWORD).await);
    assert_eq!(choose(&server, &link, "third password").await.status, 410);
    assert!(signs_in(&server, NEW).await);
    let told = "audit WHERE action = 'user.password_reset' AND actor = 'user:default/ingrid'";
    assert_eq!(server.database().count(told).await, 1);
}

async fn a_link_ends_sessions_and_other_links(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;
    let first = link(&server, Link::PasswordReset, "ingrid").await;
    let second = link(&server, Link::PasswordReset, "ingrid").await;

    assert_eq!(choose(&server, &first, NEW).await.status, 303);

    assert!(!browser.is_signed_in().await);
    assert_eq!(choose(&server, &second, "third password").await.status, 410);
}

async fn a_link_is_good_for_a_while(server: TestServer) {
    ingrid(&server).await;
    let reset = link(&server, Link::PasswordReset, "ingrid").await;
    let invitation = link(&server, Link::Invitation, "ingrid").await;

    server.advance(Duration::from_mins(30) - Duration::from_millis(1));
    assert_eq!(Browser::of(&server).get(&reset).await.status, 200);
    server.advance(Duration::from_millis(1));
    assert_eq!(Browser::of(&server).get(&reset).await.status, 410);
    server.advance(Duration::from_hours(7 * 24 - 1));
    assert_eq!(Browser::of(&server).get(&invitation).await.status, 200);
    server.advance(Duration::from_mins(30));

    assert_eq!(choose(&server, &invitation, NEW).await.status, 410);
    assert!(signs_in(&server, PASSWORD).await);
}

async fn of_two_who_use_a_link_at_once_one_sets_the_password(server: TestServer) {
    ingrid(&server).await;
    for round in 0..5 {
        let link = link(&server, Link::PasswordReset, "ingrid").await;
        let (one, other) = (format!("first of {round} here"), format!("second of {round} here"));

        let (first, second) =
            tokio::join!(choose(&server, &link, &one), choose(&server, &link, &other));

        let statuses = [first.status.as_u16(), second.status.as_u16()];
        assert!(statuses == [303, 410] || statuses == [410, 303], "{statuses:?}");
        let set = if first.status == 303 { &one } else { &other };
        assert!(signs_in(&server, set).await);
    }
}

async fn a_password_that_is_none_spends_no_link(server: TestServer) {
    ingrid(&server).await;
    let link = link(&server, Link::PasswordReset, "ingrid").await;

    for password in ["", "geheim", "sieben7", &"x".repeat(1025)] {
        let answer = choose(&server, &link, password).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.body.contains("aria-invalid=\"true\""), "{answer:?}");
        assert!(password.is_empty() || !answer.body.contains(password), "{answer:?}");
    }

    assert_eq!(choose(&server, &link, "åtte tegn").await.status, 303);
}

async fn looking_at_a_link_spends_nothing(server: TestServer) {
    ingrid(&server).await;
    let link = link(&server, Link::Invitation, "ingrid").await;
    let mut browser = Browser::of(&server);
    let form = Form::of(&browser.get(&link).await).with("password", NEW);
    let foreign = form.clone().with("csrf", "x");

    for _ in 0..3 {
        assert_eq!(browser.get(&link).await.status, 200);
    }
    let fresh = browser.submit(&foreign).await;
    assert_eq!(fresh.status, 200, "{fresh:?}");
    assert_eq!(Form::of(&fresh).fields["token"], form.fields["token"]);
    let cross = [("sec-fetch-site", "cross-site")];
    assert_eq!(browser.submit_with(&form, &cross).await.status, 200);

    assert_eq!(browser.submit(&form).await.status, 303);
}

async fn the_page_of_a_link_tells_nobody_where_it_is(server: TestServer) {
    ingrid(&server).await;
    let link = link(&server, Link::PasswordReset, "ingrid").await;

    let page = Browser::of(&server).get(&link).await;

    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(Form::of(&page).action, "/password");
    let token = link.split_once("token=").unwrap().1;
    assert_eq!(page.body.matches(token).count(), 1, "{page:?}");
}

async fn a_link_of_whoever_may_not_sign_in_is_dead(server: TestServer) {
    ingrid(&server).await;
    let link = link(&server, Link::PasswordReset, "ingrid").await;
    let until = Some(server.now().plus(Duration::from_mins(5)));
    acts::users::lock(&server.app, &operator(), &named("ingrid"), until).await.unwrap();
    assert_eq!(choose(&server, &link, NEW).await.status, 410);
    acts::users::lock(&server.app, &operator(), &named("ingrid"), None).await.unwrap();
    assert_eq!(Browser::of(&server).get(&link).await.status, 200);

    let (app, by) = (&server.app, operator());
    acts::users::set_status(app, &by, &named("ingrid"), UserStatus::Disabled).await.unwrap();
    assert_eq!(choose(&server, &link, NEW).await.status, 410);
    let ingrid = server.person("ingrid").await;
    let refused = links::make(app, &by, (Link::Invitation, &ingrid), true).await;
    assert!(matches!(refused, Err(acts::Error::Conflict(_))), "{refused:?}");
    acts::users::set_status(app, &by, &named("ingrid"), UserStatus::Active).await.unwrap();

    assert_eq!(choose(&server, &link, NEW).await.status, 410, "what was ended stays so");
}

async fn what_is_no_link_sets_no_password(server: TestServer) {
    ingrid(&server).await;
    let client = server.machine("mailer", "read").await;
    let access = server.token(&client).await;
    let authorization = crate::common::people::basic("ingrid", PASSWORD);
    let request = axum::http::Request::builder()
        .method("POST")
        .uri("/tokens")
        .header("authorization", &authorization)
        .header("content-type", "application/json");
    let personal = server.send(request, r#"{"type":"personal"}"#).await.json();
    let personal = personal["token"].as_str().unwrap();

    for token in ["", "x", access.as_str(), personal, &"A".repeat(43)] {
        let page = Browser::of(&server).get(&format!("/password?token={token}")).await;
        assert_eq!(page.status, 410, "{token}: {page:?}");
    }
    assert_eq!(Browser::of(&server).get("/password").await.status, 410);
    assert_eq!(Browser::of(&server).get("/password?token=a&token=b").await.status, 400);

    let good = Secret::new(access);
    let now = ("192.0.2.1".parse().unwrap(), server.now());
    assert!(links::find(&server.app, &good, now).await.unwrap().is_none());
}

async fn no_api_makes_or_uses_links(server: TestServer) {
    ingrid(&server).await;
    let link = link(&server, Link::PasswordReset, "ingrid").await;
    let token = link.split_once("token=").unwrap().1.to_owned();
    let authorization = crate::common::people::basic("ingrid", PASSWORD);
    for (path, body) in [
        ("/tokens", r#"{"type":"password_reset"}"#.to_owned()),
        ("/tokens", r#"{"type":"Invitation"}"#.to_owned()),
    ] {
        let request = axum::http::Request::builder()
            .method("POST")
            .uri(path)
            .header("authorization", &authorization)
            .header("content-type", "application/json");
        let answer = server.send(request, &body).await;
        assert!(answer.status.is_client_error(), "{answer:?}");
    }
    let client = server.machine("mailer", "read").await;
    assert!(!server.is_active(&client, &token).await);
    let bearer = [("authorization", format!("Bearer {token}"))];
    let bearer = bearer.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(server.get("/whoami", &bearer).await.status, 401);

    assert_eq!(choose(&server, &link, NEW).await.status, 303);
}

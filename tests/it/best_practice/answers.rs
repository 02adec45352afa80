//! What every answer to a browser carries, what is kept of those that nobody proved, and what a
//! client gets that changed meanwhile.

use std::time::Duration;

use axum::http::Request;
use tessera::{model::scope::Scope, pages::PAGES};

use crate::common::{
    Browser, Form, TestServer,
    asking::{Ask, Returned, request_in},
    on_each_engine,
};

on_each_engine!(
    every_answer_to_a_browser_carries_its_headers,
    a_client_that_may_more_meanwhile_gets_what_was_allowed,
    a_client_that_may_less_meanwhile_gets_no_more,
    what_a_request_keeps_is_small_and_leaves,
    a_request_that_fails_keeps_nothing,
);

const PASSWORD: &str = "correct horse";

async fn ingrid(server: &TestServer) -> Browser<'_> {
    server.people(&["{ username = 'ingrid', password = { value = 'correct horse' } }"]).await;
    let mut browser = Browser::of(server);
    browser.sign_in("ingrid", PASSWORD).await;
    browser
}

async fn every_answer_to_a_browser_carries_its_headers(server: TestServer) {
    let client = server.site_with("app", "openid", |_| {}).await;
    let ask = Ask::of(&client);
    let (question, refused) = (ask.path(), ask.with("redirect_uri", "https://evil.example").path());
    let mut paths: Vec<&str> = PAGES.iter().map(|page| page.path).collect();
    paths.retain(|path| !path.contains('{') && *path != "/account/sign-out");
    paths.extend([question.as_str(), &refused, "/consent?request=x", "/login?request=x"]);
    paths.extend(["/password?token=x", "/logout?x=%", "/login?x=%zz", "/nowhere"]);

    for mut browser in [Browser::of(&server), ingrid(&server).await] {
        for path in &paths {
            let first = browser.get(path).await;
            let mut answers = vec![browser.follow(first).await];
            answers.push(browser.get(path).await);
            for answer in answers {
                let header = |name| answer.header(name).unwrap_or_default();
                assert_eq!(header("cache-control"), "no-store", "{path}: {answer:?}");
                assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
                assert!(["same-origin", "no-referrer"].contains(&header("referrer-policy")));
                assert_eq!(answer.header("server"), None);
                let policy = header("content-security-policy");
                let has = |part: &str| policy.split("; ").any(|known| known == part);
                for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
                    assert!(has(part), "{path}: {policy}");
                }
                assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
                let is_account = path.starts_with("/account") && answer.status == 200;
                if is_account && answer.body.contains("/account/sign-out") {
                    assert!(has("form-action 'self'"), "{path}: {policy}");
                }
            }
        }
    }
}

async fn a_client_that_may_more_meanwhile_gets_what_was_allowed(server: TestServer) {
    let client = server.site_with("app", "read", |_| {}).await;
    let mut browser = ingrid(&server).await;
    // Left out, it is all that the client may ask for.
    let ask = Ask::of(&client).without("scope");
    let asked = browser.get(&ask.path()).await;
    let name = request_in(&asked, "/consent");
    let form = Form::of(&browser.follow(asked).await).with("decision", "allow");
    Returned::of(&browser.submit(&form).await).code();

    server.change_client(&client, |it| it.scope = Scope::parse("read write").unwrap()).await;
    let again = browser.get(&format!("/authorize/continue?request={name}")).await;

    let answer = server.redeem(&client, Returned::of(&again).code(), "").await;
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(server.introspect(&client, &token).await["scope"], "read");
    // Whoever asks anew for more asks the person.
    request_in(&browser.get(&ask.path()).await, "/consent");
}

async fn a_client_that_may_less_meanwhile_gets_no_more(server: TestServer) {
    let client = server.site_with("app", "read write", |_| {}).await;
    let mut browser = ingrid(&server).await;
    let ask = Ask::of(&client).with("scope", "read write");
    let asked = browser.get(&ask.path()).await;
    let form = Form::of(&browser.follow(asked).await).with("decision", "allow");
    let early = Returned::of(&browser.submit(&form).await);

    server.change_client(&client, |it| it.scope = Scope::parse("read").unwrap()).await;

    let late = Returned::of(&browser.submit(&form).await);
    assert_eq!(late.error(), "invalid_scope");
    let redeemed = server.redeem(&client, early.code(), "").await;
    assert_ne!(redeemed.json()["scope"], "read write", "{redeemed:?}");
}

async fn what_a_request_keeps_is_small_and_leaves(server: TestServer) {
    let client = server.site_with("app", "openid", |_| {}).await;
    let junk = "x".repeat(9000);
    let body = Ask::of(&client)
        .with("login_hint", &junk)
        .with("ui_locales", &junk)
        .with("display", &junk)
        .with("claims_locales", &junk)
        .with("claims", &format!("{{\"userinfo\":{{\"{junk}\":null}}}}"))
        .encoded();

    let posted = server.post_form("/authorize", &body).await;

    request_in(&posted, "/authorize/continue");
    let requests = async |which: &str| {
        server.database().count(&format!("authorization_requests WHERE {which}")).await
    };
    assert_eq!(requests("LENGTH(request) < 1000").await, 1);
    server.advance(Duration::from_hours(1));
    let mut store = server.app.store.write().await.unwrap();
    store.sweep_authorization_requests(server.now(), 100).await.unwrap();
    drop(store);
    assert_eq!(requests("1 = 1").await, 0);
}

async fn a_request_that_fails_keeps_nothing(server: TestServer) {
    let client = server.site_with("app", "openid", |_| {}).await;
    let mut browser = Browser::of(&server);
    let good = Ask::of(&client);

    for ask in [
        good.clone().with("client_id", "nobody"),
        good.clone().with("redirect_uri", "https://evil.example"),
        good.clone().with("scope", "unknown"),
        good.clone().with("prompt", "none"),
        good.clone().without("code_challenge"),
        good.clone().with("claims", "[]"),
        good.clone().with("max_age", "soon"),
        good.with("id_token_hint", "x.y.z"),
    ] {
        browser.get(&ask.path()).await;
        if ask.path().contains("prompt=none") {
            continue;
        }
        let request = Request::builder().method("POST").uri("/authorize");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        server.send(request, &ask.encoded()).await;
    }

    assert_eq!(server.database().count("authorization_requests").await, 0);
}

//! Forms belong to a browser, a session and a step; sessions to whoever proved themselves.

use crate::common::{
    Browser, Form, TestServer,
    asking::{Ask, request_in},
    on_each_engine,
};

on_each_engine!(
    a_form_of_one_browser_is_worth_nothing_in_another,
    a_form_of_one_step_is_worth_nothing_at_another,
    a_session_that_was_planted_is_nobodys,
);

const SESSION: &str = "__Host-tessera_session";
const PASSWORD: &str = "correct horse";

async fn people(server: &TestServer) {
    let person = |name| format!("{{ username = '{name}', password = {{ value = '{PASSWORD}' }} }}");
    server.people(&[&person("ingrid"), &person("mallory")]).await;
}

async fn signed_in<'s>(server: &'s TestServer, name: &str) -> Browser<'s> {
    let mut browser = Browser::of(server);
    browser.sign_in(name, PASSWORD).await;
    browser
}

/// Mallory takes the forms that her browser was shown, and has Ingrid's browser send them.
async fn a_form_of_one_browser_is_worth_nothing_in_another(server: TestServer) {
    people(&server).await;
    let client = server.site_with("app", "openid", |_| {}).await;
    let (mut mallory, mut ingrid) =
        (signed_in(&server, "mallory").await, signed_in(&server, "ingrid").await);
    let mut forms = vec![Form::of(&mallory.get("/logout").await)];
    let asked = mallory.get(&Ask::of(&client).path()).await;
    forms.push(Form::of(&mallory.follow(asked).await).with("decision", "allow"));
    let form = Form::with_text(&mallory.get("/account/security").await, "new-password");
    forms.push(form.with("current", PASSWORD).with("new", "battery staple"));
    forms.push(Form::with_text(&mallory.get("/account/apps").await, "name=\"days\""));
    let sign_out = Form::with_text(&mallory.get("/account/apps").await, "/account/sign-out");
    forms.push(sign_out);
    let before = ["audit", "consents", "tokens"];
    let count = async || {
        let database = server.database();
        [
            database.count(before[0]).await,
            database.count(before[1]).await,
            database.count(before[2]).await,
        ]
    };
    let counted = count().await;

    for form in forms {
        let answer = ingrid.submit(&form).await;
        assert!(answer.status.as_u16() < 500, "{answer:?}");
        assert!(ingrid.is_signed_in().await, "{form:?}");
    }
    // Nor does Mallory sign Ingrid's browser in as Mallory.
    let mut elsewhere = Browser::of(&server);
    let login = elsewhere.sign_in_form("/login", "mallory", PASSWORD).await;
    let answer = ingrid.submit(&login).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(count().await, counted);
    let account = ingrid.get("/account/security").await.body;
    assert!(account.contains("ingrid") && !account.contains("mallory"), "{account}");
}

async fn a_form_of_one_step_is_worth_nothing_at_another(server: TestServer) {
    people(&server).await;
    let client = server.site_with("app", "openid", |_| {}).await;
    let mut browser = signed_in(&server, "ingrid").await;
    let first = browser.get(&Ask::of(&client).path()).await;
    let second = browser.get(&Ask::of(&client).with("state", "other").path()).await;
    let page = browser.get(first.header("location").unwrap()).await;
    let mut other = Form::of(&page).with("decision", "allow");
    other.action = format!("/consent?request={}", request_in(&second, "/consent"));

    let answer = browser.submit(&other).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(server.database().count("consents").await, 0);
    let mut as_logout = Form::of(&page);
    "/logout".clone_into(&mut as_logout.action);
    assert_eq!(browser.submit(&as_logout).await.status, 200);
    let mut as_change = Form::of(&page).with("current", PASSWORD).with("new", "battery staple");
    "/account/security".clone_into(&mut as_change.action);
    assert_eq!(browser.submit(&as_change).await.status, 200);
    assert!(browser.is_signed_in().await);
    signed_in(&server, "ingrid").await;
}

/// Mallory puts her session, or one that she made up, into Ingrid's browser, and waits.
async fn a_session_that_was_planted_is_nobodys(server: TestServer) {
    people(&server).await;
    let mallory = signed_in(&server, "mallory").await;
    let hers = mallory.cookie(SESSION).unwrap().to_owned();

    for planted in ["A".repeat(43), hers] {
        let mut ingrid = Browser::of(&server);
        ingrid.set_cookie(SESSION, &planted);
        let form = ingrid.sign_in_form("/login?request=gone", "ingrid", PASSWORD).await;
        assert_eq!(ingrid.submit(&form).await.status, 303);

        assert_ne!(ingrid.cookie(SESSION), Some(planted.as_str()));
        let mut thief = Browser::of(&server);
        thief.set_cookie(SESSION, &planted);
        assert!(!thief.is_signed_in().await, "what she knows opens nothing");
        assert!(ingrid.is_signed_in().await);
    }
}

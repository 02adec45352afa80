//! The form that asks: what it decides, and for whom.

use axum::http::Method;
use tessera::model::{client::Client, scope::Scope, sign_in_settings::ConsentPolicy};

use crate::common::{
    TestServer,
    asking::{Ask, Returned, request_in},
    browser::Form,
    on_each_engine,
};

use super::{asking, decide, question, scope_of, visitor};

on_each_engine!(
    an_old_or_foreign_form_decides_nothing,
    a_bare_get_decides_nothing,
    a_decision_is_that_of_whoever_made_it,
    a_double_click_is_answered_twice,
    an_answer_is_about_what_its_page_showed,
);

async fn an_old_or_foreign_form_decides_nothing(server: TestServer) {
    let optional = Scope::parse("read write").unwrap();
    let client = asking(&server, "openid read write", |s| s.optional_scope = Some(optional)).await;
    let (mut browser, _) = visitor(&server, "ingrid").await;
    let page = question(&mut browser, &Ask::of(&client).with("scope", "openid read write")).await;
    let mut form = Form::of(&page).with("decision", "allow");
    form.fields.remove("allow:write");

    let forged = browser.submit(&form.clone().with("csrf", "x")).await;
    let mut bare = form.clone();
    bare.fields.remove("csrf");
    let without = browser.submit(&bare).await;
    let mut undecided = form.clone();
    undecided.fields.remove("decision");
    let undecided = browser.submit(&undecided).await;
    let foreign = browser.submit_with(&form, &[("origin", "https://evil.example")]).await;

    for answer in [forged, without, undecided, foreign] {
        assert_eq!(answer.status, 200, "{answer:?}");
        // It keeps what was ticked.
        let fresh = Form::of(&answer);
        assert!(fresh.fields.contains_key("allow:read"), "{fresh:?}");
        assert!(!fresh.fields.contains_key("allow:write"), "{fresh:?}");
    }
    assert_eq!(server.database().count("consents").await, 0);
    Returned::of(&browser.submit(&form).await).code();
}

async fn a_bare_get_decides_nothing(server: TestServer) {
    let client = asking(&server, "openid", |_| {}).await;
    let (mut browser, _) = visitor(&server, "ingrid").await;
    let page = question(&mut browser, &Ask::of(&client)).await;
    let action = Form::of(&page).action;

    let answer = browser.get(&format!("{action}&decision=allow")).await;

    assert_eq!((answer.status.as_u16(), server.database().count("consents").await), (200, 0));
    let put = axum::http::Request::builder().method(Method::PUT).uri(&action);
    assert_eq!(server.send(put, "decision=allow").await.status, 405);
}

async fn a_decision_is_that_of_whoever_made_it(server: TestServer) {
    let client = asking(&server, "openid", |s| s.consent = Some(ConsentPolicy::Always)).await;
    let (mut browser, _) = visitor(&server, "ingrid").await;
    let page = question(&mut browser, &Ask::of(&client)).await;
    let action = Form::of(&page).action;
    decide(&mut browser, &page, "allow").await.code();

    let mallory = server.user("mallory").await;
    browser.enter(&server, mallory).await;
    let again = browser.get(&action.replace("/consent", "/authorize/continue")).await;

    request_in(&again, "/consent");
    // Nor does a form of before count in another session.
    let stale = browser.submit(&Form::of(&page).with("decision", "allow")).await;
    assert_eq!(stale.status, 200, "{stale:?}");
    assert!(stale.body.contains("<b>mallory</b>"), "{stale:?}");
}

async fn a_double_click_is_answered_twice(server: TestServer) {
    let client = asking(&server, "openid", |_| {}).await;
    let (mut browser, _) = visitor(&server, "ingrid").await;
    let page = question(&mut browser, &Ask::of(&client)).await;

    let one = decide(&mut browser, &page, "allow").await;
    let two = decide(&mut browser, &page, "allow").await;

    assert_ne!(one.code(), two.code());
    assert_eq!(server.database().count("consents").await, 1);
}

async fn an_answer_is_about_what_its_page_showed(server: TestServer) {
    let email = || Some(Scope::parse("email").unwrap());
    let client = asking(&server, "openid email", |s| s.optional_scope = email()).await;
    let (mut browser, _) = visitor(&server, "ingrid").await;
    // What the client may have, whatever that is.
    let ask = Ask::of(&client).without("scope");
    let page = question(&mut browser, &ask).await;
    let mut without_email = Form::of(&page).with("decision", "allow");
    without_email.fields.remove("allow:email");

    let widen = |client: &mut Client| client.scope = Scope::parse("openid email phone").unwrap();
    server.change_client(&client, widen).await;
    let answer = browser.submit(&without_email).await;
    request_in(&answer, "/consent");
    let page = browser.follow(answer).await;
    assert!(page.body.contains("<code>phone</code>"), "{page:?}");
    let demand = |client: &mut Client| client.sign_in.optional_scope = Scope::default();
    server.change_client(&client, demand).await;
    let mut without_email = Form::of(&page).with("decision", "allow");
    without_email.fields.remove("allow:email");
    let answer = browser.submit(&without_email).await;
    request_in(&answer, "/consent");

    assert_eq!(server.database().count("consents").await, 0);
    let page = browser.follow(answer).await;
    let returned = decide(&mut browser, &page, "allow").await;
    assert_eq!(scope_of(&server, &client, &returned).await, "openid email phone");
}

//! Another password, and what becomes of everything that was opened by the old one.

use std::time::Duration;

use crate::common::{Browser, Form, TestServer, on_each_engine};

use super::{PASSWORD, audited, form, people, signed_in};

on_each_engine!(
    a_person_changes_their_password,
    another_password_signs_out_all_other_browsers,
    a_password_is_changed_by_whoever_knows_it,
    guessing_the_current_password_is_slowed_down_as_anywhere,
    an_unfit_password_is_refused_where_it_stands,
    an_old_or_foreign_form_changes_nothing,
    the_page_tells_of_recent_sign_ins,
    whoever_is_left_without_a_password_is_signed_out,
);

const PATH: &str = "/account/security";
const NEW: &str = "battery staple";

async fn change(
    browser: &mut Browser<'_>,
    current: &str,
    new: &str,
) -> crate::common::server::Answer {
    let form = form(browser, PATH, "new-password").await;
    browser.submit(&form.with("current", current).with("new", new)).await
}

async fn a_person_changes_their_password(server: TestServer) {
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;
    let before = browser.cookie("__Host-tessera_session").unwrap().to_owned();

    let answer = change(&mut browser, PASSWORD, NEW).await;

    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(answer.header("location"), Some("/account/security?done=password"));
    assert_ne!(browser.cookie("__Host-tessera_session"), Some(before.as_str()));
    let page = browser.get("/account/security?done=password").await;
    assert!(page.body.contains("Your password is changed"), "{page:?}");
    assert!(page.body.contains("Last changed on 15 January 2027."), "{page:?}");
    assert_eq!(Browser::of(&server).sign_in("ingrid", NEW).await, PATH);
    let old = Browser::of(&server).sign_in_form("/login", "ingrid", PASSWORD).await;
    assert_eq!(Browser::of(&server).submit(&old).await.status, 200);
    assert_eq!(audited(&server, "user.password_changed").await, 1);
    // What opened the session before opens nothing.
    let mut thief = Browser::of(&server);
    thief.set_cookie("__Host-tessera_session", &before);
    assert!(!thief.is_signed_in().await);
}

async fn another_password_signs_out_all_other_browsers(server: TestServer) {
    people(&server).await;
    let mut other = signed_in(&server, "ingrid").await;
    let mut somebody_else = signed_in(&server, "tomas").await;
    let mut browser = signed_in(&server, "ingrid").await;

    change(&mut browser, PASSWORD, NEW).await;

    assert!(browser.is_signed_in().await);
    assert!(!other.is_signed_in().await);
    assert!(somebody_else.is_signed_in().await);
}

async fn a_password_is_changed_by_whoever_knows_it(server: TestServer) {
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;

    for wrong in ["wrong horse", "", "short"] {
        let answer = change(&mut browser, wrong, NEW).await;

        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.body.contains("That isn’t your current password."), "{answer:?}");
        assert!(!answer.body.contains(NEW), "{answer:?}");
    }
    assert_eq!(Browser::of(&server).sign_in("ingrid", PASSWORD).await, PATH);
    assert_eq!(audited(&server, "user.password_changed").await, 0);
}

async fn guessing_the_current_password_is_slowed_down_as_anywhere(server: TestServer) {
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;
    for _ in 0..10 {
        assert_eq!(change(&mut browser, "wrong horse", NEW).await.status, 200);
    }

    let answer = change(&mut browser, PASSWORD, NEW).await;

    assert_eq!(answer.status, 429, "{answer:?}");
    assert_eq!(answer.header("retry-after"), Some("60"));
    server.advance(Duration::from_mins(1));
    assert_eq!(change(&mut browser, PASSWORD, NEW).await.status, 303);
}

async fn an_unfit_password_is_refused_where_it_stands(server: TestServer) {
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;
    let long = "x".repeat(1025);

    for unfit in ["seven77", long.as_str(), ""] {
        let answer = change(&mut browser, PASSWORD, unfit).await;

        assert!(answer.body.contains("A password has at least 8 characters"), "{answer:?}");
        assert!(answer.body.contains(r#"id="new-wrong""#), "{answer:?}");
    }
    let answer = change(&mut browser, PASSWORD, PASSWORD).await;
    assert!(answer.body.contains("That is the password that you have."), "{answer:?}");
    for fit in ["eight888", &"y".repeat(1024)] {
        let current = if fit.len() == 8 { PASSWORD } else { "eight888" };
        assert_eq!(change(&mut browser, current, fit).await.status, 303, "{fit}");
    }
}

async fn an_old_or_foreign_form_changes_nothing(server: TestServer) {
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;
    let mut other = signed_in(&server, "tomas").await;
    let filled = |form: Form| form.with("current", PASSWORD).with("new", NEW);
    let own = filled(form(&mut browser, PATH, "new-password").await);
    let foreign = filled(form(&mut other, PATH, "new-password").await);
    let of_another_step = form(&mut browser, PATH, "/account/theme").await.fields["csrf"].clone();

    for form in [foreign, own.clone().with("csrf", ""), own.clone().with("csrf", &of_another_step)]
    {
        let answer = browser.submit(&form).await;

        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.body.contains("nothing was done. Try again here."), "{answer:?}");
    }
    let answer = browser.submit_with(&own, &[("origin", "https://evil.example")]).await;
    assert!(answer.body.contains("nothing was done. Try again here."), "{answer:?}");
    assert_eq!(audited(&server, "user.password_changed").await, 0);
}

async fn the_page_tells_of_recent_sign_ins(server: TestServer) {
    people(&server).await;
    signed_in(&server, "tomas").await;
    let mut browser = signed_in(&server, "ingrid").await;
    server.advance(Duration::from_mins(90));

    let page = browser.get(PATH).await;

    assert_eq!(page.body.matches("Password given in").count(), 1, "{page:?}");
    assert!(page.body.contains("15 January 2027, 08:00 UTC</time> · 1 h 30 min ago"), "{page:?}");
    assert!(page.body.contains("Unknown browser"), "{page:?}");
}

async fn whoever_is_left_without_a_password_is_signed_out(server: TestServer) {
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;
    server.people(&["{ username = 'ingrid', password = 'none' }"]).await;

    let answer = browser.get(PATH).await;

    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(answer.header("location"), Some("/login?to=/account/security"));
}

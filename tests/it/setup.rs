//! The first administrator.

use std::time::Duration;

use tessera::acts::{
    self,
    setup::{self, CODE_LIFETIME},
};

use crate::common::{Browser, Form, TestServer, on_each_engine, server::operator};

on_each_engine!(
    a_code_makes_the_first_administrator,
    a_wrong_code_makes_nobody_and_keeps_what_was_typed,
    a_code_is_good_for_half_an_hour_and_until_the_next,
    of_two_with_one_code_at_once_one_becomes_administrator,
    codes_are_not_guessed,
    what_is_wrong_is_told_at_its_field,
    where_there_is_an_administrator_there_is_nothing_to_set_up,
    a_user_admin_is_no_administrator,
    an_old_form_is_answered_with_a_fresh_one,
);

async fn code(server: &TestServer) -> String {
    setup::make_code(&server.app, &operator()).await.unwrap().code.expose().to_owned()
}

async fn form(browser: &mut Browser<'_>, code: &str) -> Form {
    let page = browser.get("/setup").await;
    assert_eq!(page.status, 200, "{page:?}");
    Form::of(&page)
        .with("code", code)
        .with("name", "Ingrid Solheim")
        .with("email", "ingrid@fjordline.example")
        .with("password", "correct horse")
}

async fn a_code_makes_the_first_administrator(server: TestServer) {
    let code = code(&server).await;
    let mut browser = Browser::of(&server);
    let form = form(&mut browser, &code.to_lowercase().replace('-', " ")).await;

    let answer = browser.submit(&form).await;

    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(answer.header("location"), Some("/account/security"));
    assert!(browser.is_signed_in().await);
    let user = server.person("INGRID@fjordline.example").await;
    assert_eq!(user.operator_roles.to_string(), "admin");
    assert_eq!(user.claims.get("name").unwrap(), "Ingrid Solheim");
    assert_eq!(user.claims.get("email").unwrap(), "ingrid@fjordline.example");
    assert_eq!(browser.get("/setup").await.status, 404);
    assert_eq!(browser.submit(&form).await.status, 404);
    let again = setup::make_code(&server.app, &operator()).await;
    assert!(matches!(again, Err(acts::Error::Conflict(_))), "{again:?}");
}

async fn a_wrong_code_makes_nobody_and_keeps_what_was_typed(server: TestServer) {
    let mut browser = Browser::of(&server);
    for wrong in ["KRTM-8842-PWVX", "", "x", "KRTM-8842-PWVXX"] {
        let form = form(&mut browser, wrong).await;
        let answer = browser.submit(&form).await;

        assert_eq!(answer.status, 200, "{answer:?}");
        let again = Form::of(&answer);
        assert_eq!(again.fields["email"], "ingrid@fjordline.example");
        assert_eq!(again.fields["name"], "Ingrid Solheim");
        assert_eq!(again.fields["password"], "");
        assert!(answer.body.contains("id=\"code-trouble\""), "{answer:?}");
    }
    assert_eq!(server.database().count("users").await, 0);
}

async fn a_code_is_good_for_half_an_hour_and_until_the_next(server: TestServer) {
    let first = code(&server).await;
    let second = code(&server).await;
    let mut browser = Browser::of(&server);
    let of_first = form(&mut browser, &first).await;
    assert_eq!(browser.submit(&of_first).await.status, 200);

    server.advance(CODE_LIFETIME);
    let late = form(&mut browser, &second).await;
    assert_eq!(browser.submit(&late).await.status, 200);
    let third = code(&server).await;
    server.advance(Duration::from_mins(30) - Duration::from_millis(1));
    let in_time = form(&mut browser, &third).await;

    assert_eq!(browser.submit(&in_time).await.status, 303);
}

async fn of_two_with_one_code_at_once_one_becomes_administrator(server: TestServer) {
    let code = code(&server).await;
    let (mut one, mut other) = (Browser::of(&server), Browser::of(&server));
    let first = form(&mut one, &code).await;
    let second = form(&mut other, &code).await.with("email", "tomas@fjordline.example");

    let (first, second) = tokio::join!(one.submit(&first), other.submit(&second));

    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses[1], 303, "{statuses:?}");
    assert!([200, 404].contains(&statuses[0]), "{statuses:?}");
    assert_eq!(server.database().count("users").await, 1);
}

async fn codes_are_not_guessed(server: TestServer) {
    let code = code(&server).await;
    let mut browser = Browser::of(&server);
    for _ in 0..10 {
        let form = form(&mut browser, "KRTM-8842-PWVX").await;
        assert_eq!(browser.submit(&form).await.status, 200);
    }
    let right = form(&mut browser, &code).await;

    let answer = browser.submit(&right).await;

    assert_eq!(answer.status, 429, "{answer:?}");
    assert_eq!(answer.header("retry-after"), Some("60"));
    server.advance(Duration::from_mins(1));
    assert_eq!(browser.submit(&right).await.status, 303);
}

async fn what_is_wrong_is_told_at_its_field(server: TestServer) {
    server.people(&["{ username = 'taken@fjordline.example' }"]).await;
    let code = code(&server).await;
    let mut browser = Browser::of(&server);
    for (field, value) in [
        ("name", ""),
        ("name", "a\u{202e}b"),
        ("email", "ingrid"),
        ("email", "Taken@fjordline.example"),
        ("email", "a:b@fjordline.example"),
        ("password", "short"),
    ] {
        server.advance(Duration::from_mins(1));
        let form = form(&mut browser, &code).await.with(field, value);
        let answer = browser.submit(&form).await;

        assert_eq!(answer.status, 200, "{field} {value}: {answer:?}");
        let told = format!("id=\"{field}-trouble\"");
        assert!(answer.body.contains(&told), "{field} {value}: {answer:?}");
    }
    let form = form(&mut browser, &code).await;
    server.advance(Duration::from_mins(1));

    assert_eq!(browser.submit(&form).await.status, 303, "the code is as good as before");
}

async fn where_there_is_an_administrator_there_is_nothing_to_set_up(server: TestServer) {
    let code = code(&server).await;
    server.people(&["{ username = 'ingrid', operator_roles = ['auditor', 'admin'] }"]).await;

    assert!(!setup::look(&server.app).await.unwrap());

    let mut browser = Browser::of(&server);
    assert_eq!(browser.get("/setup").await.status, 404);
    let form = Form { action: "/setup".to_owned(), fields: [("code".to_owned(), code)].into() };
    assert_eq!(browser.submit(&form).await.status, 404);
}

async fn a_user_admin_is_no_administrator(server: TestServer) {
    server.people(&["{ username = 'ingrid', operator_roles = ['user-admin'] }"]).await;

    assert!(setup::look(&server.app).await.unwrap());
    assert_eq!(Browser::of(&server).get("/setup").await.status, 200);
}

async fn an_old_form_is_answered_with_a_fresh_one(server: TestServer) {
    let code = code(&server).await;
    let mut browser = Browser::of(&server);
    let form = form(&mut browser, &code).await.with("csrf", "x");

    let answer = browser.submit(&form).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(Form::of(&answer).fields["code"], code);
    assert_eq!(server.database().count("users").await, 0);
}

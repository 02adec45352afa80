//! The pages of operators: how one gets there, and what takes recent proof.

mod audit;
mod clients;
mod hostile;
mod inspect;
mod keys;
mod resource_servers;
mod revoke;
mod secrets;
mod settings;
mod tokens;
mod types;
mod users;

use std::time::Duration;

use tessera::model::{issuer::Issuer, user::OperatorRole};

use crate::common::{Browser, Form, TestServer, on_each_engine};

on_each_engine!(
    whoever_signs_in_for_a_page_comes_back_to_it,
    a_role_that_was_taken_away_is_gone_at_once,
    what_is_dangerous_takes_the_password_once_more,
    a_wrong_password_keeps_what_was_typed,
    whoever_proved_it_stays_signed_in_whatever_comes_of_it,
    colours_are_chosen_where_one_is,
    where_operators_have_a_listener_their_pages_are_nowhere_else,
);

const PASSWORD: &str = "correct horse";

/// The form of the page at `path`, whose action is what it begins with.
async fn form_at(browser: &mut Browser<'_>, path: &str) -> Form {
    let page = browser.get(path).await;
    assert_eq!(page.status, 200, "{page:?}");
    let action = path.split('?').next().unwrap();
    Form::to(&page, action)
}

async fn whoever_signs_in_for_a_page_comes_back_to_it(server: TestServer) {
    server
        .people(&["{ username = 'Ingrid', operator_roles = ['auditor'], \
                    password = { value = 'correct horse' } }"])
        .await;
    let mut browser = Browser::of(&server);
    let sent = browser.get("/admin/settings?q=issuer&changed=1").await;
    let login = sent.header("location").unwrap().to_owned();

    let form = browser.sign_in_form(&login, "Ingrid", PASSWORD).await;
    let answer = browser.submit(&form).await;

    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(answer.header("location"), Some("/admin/settings?q=issuer&changed=1"));
}

async fn a_role_that_was_taken_away_is_gone_at_once(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Auditor).await;
    let account = browser.get("/account/security").await;
    assert!(account.body.contains("<a href=\"/admin\">Admin console</a>"), "{}", account.body);
    assert_eq!(browser.get("/admin/keys").await.status, 200);

    server.people(&["{ username = 'auditor', operator_roles = [] }"]).await;

    assert_eq!(browser.get("/admin/keys").await.status, 403);
    assert!(!browser.get("/account/security").await.body.contains("Admin console"));
}

async fn what_is_dangerous_takes_the_password_once_more(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    let path = "/admin/keys/rotate?algorithm=ES256";
    let fresh = form_at(&mut browser, path).await;
    assert!(!fresh.fields.contains_key("proof_password"));
    server.advance(Duration::from_mins(6));

    // The form of before is not enough any more.
    let refused = browser.submit(&fresh).await;
    assert_eq!(refused.status, 200, "{refused:?}");
    assert!(refused.body.contains("Type your password to go on"), "{refused:?}");
    let form = Form::to(&refused, "/admin/keys/rotate").with("proof_password", PASSWORD);
    let done = browser.submit(&form).await;

    assert_eq!(done.header("location"), Some("/admin/keys?done=rotated"), "{done:?}");
    assert!(done.headers.contains_key("set-cookie"), "the session has another secret");
    // And for a while it counts.
    let next = form_at(&mut browser, path).await;
    assert!(!next.fields.contains_key("proof_password"));
}

async fn a_wrong_password_keeps_what_was_typed(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    let keys = tessera::acts::keys::list(&server.app).await.unwrap();
    let kid = keys[0].key.kid.clone();
    server.advance(Duration::from_mins(6));
    let form = form_at(&mut browser, &format!("/admin/keys/withdraw?kid={kid}")).await;
    let form = form.with("reason", "a <b>leak</b>").with("typed", &kid);

    let form = form.with("proof_password", "wrong");
    let refused = browser.submit(&form).await;

    assert_eq!(refused.status, 200, "{refused:?}");
    assert!(refused.body.contains("That is not your password"), "{refused:?}");
    assert!(refused.body.contains("a &#60;b&#62;leak&#60;/b&#62;"), "{refused:?}");
    let after = tessera::acts::keys::list(&server.app).await.unwrap();
    assert_eq!(after[0].key.state, keys[0].key.state);
}

async fn whoever_proved_it_stays_signed_in_whatever_comes_of_it(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    let kid = tessera::acts::keys::list(&server.app).await.unwrap()[0].key.kid.clone();
    server.advance(Duration::from_mins(6));
    let form = form_at(&mut browser, &format!("/admin/keys/withdraw?kid={kid}")).await;
    let form = form.with("typed", &kid).with("proof_password", PASSWORD);
    server.app.store.fail(Some(std::sync::Arc::new(|sql: &str| {
        let is_meant = sql.contains("UPDATE signing_keys");
        is_meant.then_some(tessera::store::Fault::Refused)
    })));

    let failed = browser.submit(&form).await;

    server.app.store.fail(None);
    assert!(failed.status.is_server_error(), "{failed:?}");
    assert!(browser.is_signed_in().await);
}

async fn colours_are_chosen_where_one_is(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Auditor).await;
    let page = browser.get("/admin/settings?q=issuer").await;
    let form = Form::to(&page, "/account/theme").with("theme", "dark");

    let answer = browser.submit(&form).await;

    assert_eq!(answer.header("location"), Some("/admin/settings"), "{answer:?}");
    let page = browser.get("/admin/settings").await;
    assert!(page.body.contains("data-theme=\"dark\""));
}

async fn where_operators_have_a_listener_their_pages_are_nowhere_else(server: TestServer) {
    let server = server
        .restarted(|config| {
            config.admin.listen = Some("127.0.0.1:8443".parse().unwrap());
            config.admin.url = Some(Issuer::parse("https://console.example:8443").unwrap());
        })
        .await;
    server
        .people(&["{ username = 'Ingrid', operator_roles = ['admin'], \
                     password = { value = 'correct horse' } }"])
        .await;
    let mut outside = Browser::of(&server);
    outside.sign_in("Ingrid", PASSWORD).await;
    assert_eq!(outside.get("/admin/settings").await.status, 404);
    let account = outside.get("/account/security").await;
    let link = "<a href=\"https://console.example:8443/admin\">Admin console</a>";
    assert!(account.body.contains(link), "{}", account.body);

    let console = server.console();
    let mut inside = Browser::of(&console);
    inside.sign_in("Ingrid", PASSWORD).await;
    let page = inside.get("/admin/keys/rotate?algorithm=ES256").await;
    let form = Form::to(&page, "/admin/keys/rotate");
    assert_eq!(console.get("/jwks.json", &[]).await.status, 404);

    let foreign = inside.submit_with(&form, &[("origin", "https://console.example")]).await;
    assert_eq!(foreign.status, 200, "{foreign:?}");
    let done = inside.submit_with(&form, &[("origin", "https://console.example:8443")]).await;
    assert_eq!(done.header("location"), Some("/admin/keys?done=rotated"), "{done:?}");
}

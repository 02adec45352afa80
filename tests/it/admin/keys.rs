//! The page of signing keys.

use tessera::{
    acts,
    jobs::census,
    model::{signing_key::SigningKeyState, token_format::TokenFormat, user::OperatorRole},
};

use super::form_at;
use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    every_key_is_shown_with_what_comes_next,
    a_key_is_rotated,
    a_key_is_withdrawn_by_whoever_types_its_name,
    whoever_may_only_look_sees_no_buttons,
    a_form_of_another_session_changes_nothing,
    how_many_jwts_work_is_said_before_they_stop,
);

async fn active(server: &TestServer) -> String {
    let all = acts::keys::list(&server.app).await.unwrap();
    let signs = |facts: &&acts::keys::KeyFacts| facts.key.state == SigningKeyState::Active;
    all.iter().find(signs).unwrap().key.kid.clone()
}

async fn every_key_is_shown_with_what_comes_next(server: TestServer) {
    let kid = active(&server).await;
    let mut browser = server.operator(OperatorRole::Admin).await;

    let page = browser.get("/admin/keys").await;

    assert!(page.body.contains(&format!("<code>{kid}</code>")), "{}", page.body);
    assert!(page.body.contains("successor published"), "{}", page.body);
    assert!(!page.body.contains("\"d\":"), "{}", page.body);
}

async fn a_key_is_rotated(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    let form = form_at(&mut browser, "/admin/keys/rotate?algorithm=ES256").await;

    let answer = browser.submit(&form).await;

    assert_eq!(answer.header("location"), Some("/admin/keys?done=rotated"), "{answer:?}");
    let all = acts::keys::list(&server.app).await.unwrap();
    assert!(all.iter().any(|facts| facts.key.state == SigningKeyState::Staged));
    let page = browser.get("/admin/keys?done=rotated").await;
    assert!(page.body.contains("The next key is published"), "{}", page.body);
}

async fn a_key_is_withdrawn_by_whoever_types_its_name(server: TestServer) {
    let kid = active(&server).await;
    let mut browser = server.operator(OperatorRole::Admin).await;
    let path = format!("/admin/keys/withdraw?kid={kid}");
    let form = form_at(&mut browser, &path).await;
    let mistyped = browser.submit(&form.clone().with("typed", "k")).await;
    assert!(mistyped.body.contains("not what was asked for"), "{}", mistyped.body);
    assert_eq!(active(&server).await, kid);

    let answer = browser.submit(&form.with("typed", &kid).with("reason", "it leaked")).await;

    assert_eq!(answer.header("location"), Some("/admin/keys?done=withdrawn"), "{answer:?}");
    assert_ne!(active(&server).await, kid);
    let again = browser.get(&path).await;
    assert_eq!(again.status, 404, "{again:?}");
}

async fn whoever_may_only_look_sees_no_buttons(server: TestServer) {
    let kid = active(&server).await;
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let list = browser.get("/admin/keys").await;
    let page = browser.get(&format!("/admin/keys/withdraw?kid={kid}")).await;

    assert!(!list.body.contains("/admin/keys/withdraw"), "{}", list.body);
    assert!(page.body.contains("takes the role <code>admin</code>"), "{}", page.body);
    assert!(!page.body.contains("btn-danger-fill"), "{}", page.body);
}

async fn a_form_of_another_session_changes_nothing(server: TestServer) {
    let kid = active(&server).await;
    let mut ours = server.operator(OperatorRole::Admin).await;
    let form = form_at(&mut ours, &format!("/admin/keys/withdraw?kid={kid}")).await;
    let mut other = server.operator(OperatorRole::Admin).await;

    let answer = other.submit(&form.with("typed", &kid)).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(active(&server).await, kid);
}

async fn how_many_jwts_work_is_said_before_they_stop(server: TestServer) {
    let server = server.restarted(|config| config.tokens.access.format = TokenFormat::Jwt).await;
    let client = server.machine("mailer", "read").await;
    for _ in 0..3 {
        server.token(&client).await;
    }
    let kid = active(&server).await;
    let withdraw = format!("/admin/keys/withdraw?kid={kid}");
    let mut browser = server.operator(OperatorRole::Admin).await;
    assert!(browser.get("/admin/keys").await.body.contains("not counted yet"));
    assert!(browser.get(&withdraw).await.body.contains("was not counted yet"));

    server.advance(std::time::Duration::from_mins(1));
    assert!(census::take(&server.app).await.unwrap());

    let (list, withdraw) = (browser.get("/admin/keys").await, browser.get(&withdraw).await);
    let rotate = browser.get("/admin/keys/rotate?algorithm=ES256").await;
    assert!(list.body.contains("about 3, counted"), "{}", list.body);
    assert!(withdraw.body.contains("About 3 JWTs that it signed work now"), "{}", withdraw.body);
    assert!(rotate.body.contains("They go on until they expire"), "{}", rotate.body);
}

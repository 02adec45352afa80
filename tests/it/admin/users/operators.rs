//! Who may change operators, and make them.

use std::time::Duration;

use tessera::{acts, model::user::OperatorRole};

use super::{INGRID, part, path};
use crate::{
    admin::{PASSWORD, form_at},
    common::{Browser, Form, TestServer, on_each_engine},
};

on_each_engine!(
    whoever_changes_users_gets_at_no_operator,
    whoever_changes_users_makes_no_operator,
    an_administrator_gives_operator_roles_with_recent_proof,
    a_link_of_before_does_not_lead_to_an_operator,
    no_link_is_made_for_somebody_who_became_an_operator_meanwhile,
    whoever_gives_operator_roles_sees_where_letters_go,
    nobody_locks_themselves_out,
);

async fn whoever_changes_users_gets_at_no_operator(server: TestServer) {
    let _ = server.operator(OperatorRole::Admin).await;
    let before = server.person("admin").await;
    let path = path(&server, "admin").await;
    let mut admin = server.operator(OperatorRole::Admin).await;
    let mut browser = server.operator(OperatorRole::UserAdmin).await;
    let page = browser.get(&path).await;
    assert!(page.body.contains("Changing it takes the role <code>admin</code>"), "{}", page.body);
    assert!(!page.body.contains("data-save") && !page.body.contains("id=\"lock\""));
    let link = form_at(&mut browser, &format!("{path}/link")).await.with("way", "show");
    let delete = form_at(&mut browser, &format!("{path}/delete")).await.with("typed", "admin");
    // The proof of a form holds for all forms about the same user.
    let csrf = part(&mut browser, &path, "access").await.fields["csrf"].clone();
    let form = |part: &str| {
        Form { action: path.clone(), fields: [("csrf".to_owned(), csrf.clone())].into() }
            .with("part", part)
            .with("version", &before.version.to_string())
    };
    let session = admin.get(&path).await.body;
    let session = session.split("name=\"session\" value=\"").nth(1).unwrap()[..36].to_owned();

    for forbidden in [
        link,
        delete,
        form("access").with("roles", "x"),
        form("said").with("claims", "{\"email\": \"evil@evil.example\"}"),
        form("operator"),
        form("lock").with("for", "2h"),
        form("unlock"),
        form("disable"),
        form("enable"),
        form("sessions"),
        form("session").with("session", &session),
        form("consent").with("client", "x"),
    ] {
        let refused = browser.submit(&forbidden).await;
        assert_eq!(refused.status, 403, "{forbidden:?} {refused:?}");
    }

    assert_eq!(server.person("admin").await, before);
    assert_eq!(admin.get("/admin/users").await.status, 200);
}

async fn whoever_changes_users_makes_no_operator(server: TestServer) {
    server.people(&[INGRID]).await;
    let path = path(&server, "Ingrid").await;
    let mut browser = server.operator(OperatorRole::UserAdmin).await;
    let page = browser.get(&path).await;
    let access = Form::with_text(&page, "name=\"part\" value=\"access\"");

    let smuggled = access.clone().with("operator_roles", "admin").with("operator_roles.admin", "1");
    browser.submit(&smuggled).await;
    assert!(server.person("Ingrid").await.operator_roles.is_empty());
    let operator = Form::with_text(&page, "name=\"part\" value=\"operator\"");
    let refused = browser.submit(&operator.with("operator_roles.admin", "1")).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    let own = self::path(&server, "user-admin").await;
    let form = part(&mut browser, &own, "operator").await;
    let refused = browser.submit(&form.with("operator_roles.admin", "1")).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    let form = form_at(&mut browser, "/admin/users/new").await.with("username", "Eve");
    browser.submit(&form.with("operator_roles", "admin").with("operator_roles.admin", "1")).await;

    for name in ["Ingrid", "Eve"] {
        assert!(server.person(name).await.operator_roles.is_empty(), "{name}");
    }
    assert_eq!(server.person("user-admin").await.operator_roles.to_string(), "user-admin");
}

async fn an_administrator_gives_operator_roles_with_recent_proof(server: TestServer) {
    server.people(&[INGRID]).await;
    let path = path(&server, "Ingrid").await;
    let mut browser = server.operator(OperatorRole::Admin).await;
    let form = part(&mut browser, &path, "operator").await;
    let form = form.with("operator_roles.auditor", "1");
    server.advance(Duration::from_mins(6));

    let asked = browser.submit(&form).await;
    assert!(asked.body.contains("Type your password to go on"), "{}", asked.body);
    assert!(server.person("Ingrid").await.operator_roles.is_empty());
    let form = Form::with_text(&asked, "name=\"part\" value=\"operator\"");
    assert_eq!(form.fields["operator_roles.auditor"], "1");
    let given = browser.submit(&form.with("proof_password", PASSWORD)).await;

    assert_eq!(given.status, 303, "{given:?}");
    assert_eq!(server.person("Ingrid").await.operator_roles.to_string(), "auditor");
}

async fn a_link_of_before_does_not_lead_to_an_operator(server: TestServer) {
    server.people(&[INGRID]).await;
    let path = path(&server, "Ingrid").await;
    let mut eve = server.operator(OperatorRole::UserAdmin).await;
    let form = form_at(&mut eve, &format!("{path}/link")).await.with("way", "show");
    let made = eve.submit(&form).await.body;
    let link = made.split("<code id=\"secret\">").nth(1).unwrap().split('<').next().unwrap();
    let link = &link[link.find("/password?").unwrap()..];
    assert!(Browser::of(&server).get(link).await.body.contains("type=\"password\""));
    let mut browser = server.operator(OperatorRole::Admin).await;
    let form = part(&mut browser, &path, "operator").await;

    browser.submit(&form.with("operator_roles.auditor", "1")).await;

    let late = Browser::of(&server).get(link).await;
    assert!(!late.body.contains("type=\"password\""), "{}", late.body);
}

async fn no_link_is_made_for_somebody_who_became_an_operator_meanwhile(server: TestServer) {
    server.people(&[INGRID]).await;
    let seen = server.person("Ingrid").await;
    server.people(&["{ username = 'Ingrid', operator_roles = ['admin'] }"]).await;

    let operator = acts::Operator::new("user:default/user-admin");
    let link = (tessera::tokens::typed::Link::PasswordReset, &seen);
    let made = acts::links::make(&server.app, &operator, link, true).await;

    assert!(matches!(made, Err(acts::Error::Conflict(_))), "{made:?}");
}

async fn whoever_gives_operator_roles_sees_where_letters_go(server: TestServer) {
    server.people(&[INGRID]).await;
    let path = path(&server, "Ingrid").await;
    let mut admin = server.operator(OperatorRole::Admin).await;

    let page = admin.get(&path).await;

    let told = "Links to their password are sent to ingrid@fjordline.example.";
    assert!(page.body.contains(told), "{}", page.body);
}

async fn nobody_locks_themselves_out(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    let path = path(&server, "admin").await;
    let page = browser.get(&path).await;
    assert!(!page.body.contains("id=\"lock\""), "{}", page.body);
    let csrf = Form::with_text(&page, "name=\"part\" value=\"access\"").fields["csrf"].clone();
    let operator = part(&mut browser, &path, "operator").await;
    let mut less = operator.clone();
    less.fields.remove("operator_roles.admin");
    let delete = form_at(&mut browser, &format!("{path}/delete")).await.with("typed", "admin");
    let form = |part: &str| {
        Form { action: path.clone(), fields: [("csrf".to_owned(), csrf.clone())].into() }
            .with("part", part)
    };

    for own in [less, delete, form("lock").with("for", "2h"), form("disable")] {
        let refused = browser.submit(&own).await;
        assert!(refused.body.contains("This is your own account"), "{own:?} {refused:?}");
    }

    let admin = server.person("admin").await;
    assert!(admin.may_sign_in(server.now()) && admin.operator_roles.contains("admin"));
}

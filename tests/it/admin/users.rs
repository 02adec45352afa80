//! The pages of users, and who may change whom.

use std::time::Duration;

use tessera::{
    acts,
    model::{
        client_id::ClientId,
        user::{OperatorRole, UserStatus},
    },
};

use super::{PASSWORD, form_at};
use crate::common::{Browser, Form, TestServer, on_each_engine};

on_each_engine!(
    a_user_is_found_by_what_their_name_begins_with,
    the_list_goes_on_through_the_realms,
    a_user_is_added_and_given_a_link,
    parts_of_a_user_are_saved_by_themselves,
    whoever_changes_users_gets_at_no_operator,
    whoever_changes_users_makes_no_operator,
    an_administrator_gives_operator_roles_with_recent_proof,
    a_link_of_before_does_not_lead_to_an_operator,
    no_link_is_made_for_somebody_who_became_an_operator_meanwhile,
    whoever_gives_operator_roles_sees_where_letters_go,
    nobody_locks_themselves_out,
    two_who_change_a_user_at_once_see_both_versions,
    a_user_is_locked_disabled_and_deleted,
    sessions_of_a_user_are_ended,
    hostile_text_of_users_is_shown_and_does_nothing,
);

const INGRID: &str = "{ username = 'Ingrid', password = { value = 'correct horse' }, \
    claims = { email = 'ingrid@fjordline.example' } }";

async fn path(server: &TestServer, name: &str) -> String {
    format!("/admin/users/{}", server.person(name).await.user_id)
}

async fn part(browser: &mut Browser<'_>, path: &str, part: &str) -> Form {
    let page = browser.get(path).await;
    Form::with_text(&page, &format!("name=\"part\" value=\"{part}\""))
}

/// A form about a user that does this.
async fn deed(browser: &mut Browser<'_>, path: &str, id: &str, part: &str) -> Form {
    let page = browser.get(path).await;
    Form::with_text(&page, &format!("id=\"{id}\"")).with("part", part)
}

async fn a_user_is_found_by_what_their_name_begins_with(server: TestServer) {
    server.alice().await;
    server.people(&[INGRID, "{ username = 'Inga' }", "{ username = 'Tomas' }"]).await;
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let page = browser.get("/admin/users?q=ING").await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("<bdi>Ingrid</bdi>") && page.body.contains("<bdi>Inga</bdi>"));
    assert!(!page.body.contains("<bdi>Tomas</bdi>"));
    let realm = browser.get("/admin/users?realm=internal").await;
    assert!(
        realm.body.contains("<bdi>internal/alice</bdi>") && !realm.body.contains("<bdi>Inga</bdi>")
    );
    let none = browser.get("/admin/users?q=zz").await;

    assert!(none.body.contains("begins like that"), "{}", none.body);
}

async fn the_list_goes_on_through_the_realms(server: TestServer) {
    let many: Vec<_> = (0..50).map(|it| format!("{{ username = 'p{it:02}' }}")).collect();
    server.people(&many.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut browser = server.operator(OperatorRole::Auditor).await;
    server.alice().await;

    let first = browser.get("/admin/users").await;
    assert!(first.body.contains("<bdi>p48</bdi>") && !first.body.contains("<bdi>p49</bdi>"));
    let second = browser.get("/admin/users?q=&after=default/p48").await;

    assert!(
        second.body.contains("<bdi>p49</bdi>") && second.body.contains("<bdi>internal/alice</bdi>")
    );
    assert!(!second.body.contains("<bdi>p48</bdi>"), "{}", second.body);
}

async fn a_user_is_added_and_given_a_link(server: TestServer) {
    let mut browser = server.operator(OperatorRole::UserAdmin).await;
    let form = form_at(&mut browser, "/admin/users/new").await;
    let form = form.with("username", "Émile").with("roles", "reader");
    let wrong = browser.submit(&form.clone().with("claims", "[]")).await;
    assert!(wrong.body.contains("id=\"claims-wrong\""), "{}", wrong.body);

    let added = browser.submit(&form.with("claims", "{\"name\": \"Émile Roux\"}")).await;

    let emile = server.person("Émile").await;
    let link = format!("/admin/users/{}/link", emile.user_id);
    assert_eq!(added.header("location"), Some(link.as_str()), "{added:?}");
    assert_eq!(emile.roles.to_string(), "reader");
    let form = form_at(&mut browser, &link).await.with("way", "show");
    let made = browser.submit(&form).await;
    assert_eq!(made.status, 200, "{made:?}");
    assert!(made.body.contains("/password?token="), "{}", made.body);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert!(!browser.get(&link).await.body.contains("/password?token="));
}

async fn parts_of_a_user_are_saved_by_themselves(server: TestServer) {
    server.people(&[INGRID]).await;
    let path = path(&server, "Ingrid").await;
    let mut browser = server.operator(OperatorRole::UserAdmin).await;
    let access = part(&mut browser, &path, "access").await;
    let saved = browser.submit(&access.with("roles", "developer oncall")).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    let said = part(&mut browser, &path, "said").await;
    let exp = "{\"exp\": 4086460800, \"team\": \"north\"}";

    let wrong = browser.submit(&said.clone().with("attributes", "{\"exp\": \"soon\"}")).await;
    assert!(wrong.body.contains("id=\"attributes-wrong\""), "{}", wrong.body);
    let saved = browser.submit(&said.with("claims", "").with("attributes", exp)).await;
    assert_eq!(saved.status, 303, "{saved:?}");

    let ingrid = server.person("Ingrid").await;
    assert_eq!(ingrid.roles.to_string(), "developer oncall");
    assert!(ingrid.claims.is_empty() && ingrid.attributes.get("team").is_some());
    let page = browser.get(&path).await;
    assert!(page.body.contains("30 June 2099"), "{}", page.body);
}

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

async fn two_who_change_a_user_at_once_see_both_versions(server: TestServer) {
    server.people(&[INGRID]).await;
    let path = path(&server, "Ingrid").await;
    let mut ours = server.operator(OperatorRole::UserAdmin).await;
    let mut others = server.operator(OperatorRole::Admin).await;
    let form = part(&mut ours, &path, "access").await.with("roles", "mine");
    let other = part(&mut others, &path, "access").await.with("roles", "theirs");
    assert_eq!(others.submit(&other).await.status, 303);

    let both = ours.submit(&form).await;
    assert!(both.body.contains("<code>mine</code>"), "{}", both.body);
    assert!(both.body.contains("<code>theirs</code>"), "{}", both.body);
    assert_eq!(server.person("Ingrid").await.roles.to_string(), "theirs");
    let saved = ours.submit(&Form::to(&both, &path).with("keep.roles", "mine")).await;

    assert_eq!(saved.status, 303, "{saved:?}");
    assert_eq!(server.person("Ingrid").await.roles.to_string(), "mine");
}

async fn a_user_is_locked_disabled_and_deleted(server: TestServer) {
    server.people(&[INGRID]).await;
    let path = path(&server, "Ingrid").await;
    let mut browser = server.operator(OperatorRole::UserAdmin).await;
    let lock = deed(&mut browser, &path, "lock", "lock").await;
    let wrong = browser.submit(&lock.clone().with("for", "for ever")).await;
    assert!(wrong.body.contains("Write for how long"), "{}", wrong.body);

    browser.submit(&lock.with("for", "2h")).await;
    assert!(server.person("Ingrid").await.is_locked(server.now()));
    let unlock = deed(&mut browser, &path, "unlock", "unlock").await;
    browser.submit(&unlock).await;
    assert!(!server.person("Ingrid").await.is_locked(server.now()));
    let disable = deed(&mut browser, &path, "disable", "disable").await;
    browser.submit(&disable).await;
    assert_eq!(server.person("Ingrid").await.status, UserStatus::Disabled);
    let enable = deed(&mut browser, &path, "enable", "enable").await;
    browser.submit(&enable).await;
    assert_eq!(server.person("Ingrid").await.status, UserStatus::Active);
    let delete = form_at(&mut browser, &format!("{path}/delete")).await.with("typed", "Ingrid");
    let gone = browser.submit(&delete).await;

    assert_eq!(gone.header("location"), Some("/admin/users"), "{gone:?}");
    assert_eq!(browser.get(&path).await.status, 404);
    assert!(!browser.get("/admin/users").await.body.contains("Ingrid"));
}

async fn sessions_of_a_user_are_ended(server: TestServer) {
    server.people(&[INGRID]).await;
    let path = path(&server, "Ingrid").await;
    let (mut phone, mut desk) = (Browser::of(&server), Browser::of(&server));
    phone.sign_in("Ingrid", PASSWORD).await;
    server.advance(Duration::from_mins(1));
    desk.sign_in("Ingrid", PASSWORD).await;
    let mut browser = server.operator(OperatorRole::UserAdmin).await;
    let page = browser.get(&path).await;
    // The last used stands first.
    let last = page.body.split("name=\"session\" value=\"").nth(2).unwrap()[..36].to_owned();
    let form = Form::with_text(&page, &last).with("part", "session");

    let ended = browser.submit(&form).await;
    assert_eq!(ended.status, 303, "{ended:?}");
    assert!(!phone.is_signed_in().await && desk.is_signed_in().await);
    assert_eq!(browser.submit(&form).await.status, 404);
    let all = deed(&mut browser, &path, "end-all", "sessions").await;
    browser.submit(&all).await;

    assert!(!desk.is_signed_in().await && browser.is_signed_in().await);
    let client_id = ClientId::parse("nothing").unwrap();
    let csrf = part(&mut browser, &path, "access").await;
    let gone = csrf.with("part", "consent").with("client", client_id.as_str());
    assert_eq!(browser.submit(&gone).await.status, 404);
    let name = acts::users::name_of(&server.person("Ingrid").await).unwrap();
    assert!(acts::users::show(&server.app, &name).await.unwrap().1.is_empty());
}

async fn hostile_text_of_users_is_shown_and_does_nothing(server: TestServer) {
    server
        .people(&["{ username = '<script>alert(1)</script>', \
        claims = { name = '<img src=x onerror=alert(1)>\u{202e}\u{200b}' } }"])
        .await;
    let path = path(&server, "<script>alert(1)</script>").await;
    let mut browser = server.operator(OperatorRole::UserAdmin).await;
    let pages =
        ["/admin/users".to_owned(), path.clone(), format!("{path}/link"), format!("{path}/delete")];
    for page in &pages {
        let shown = browser.get(page).await;
        assert_eq!(shown.status, 200, "{shown:?}");
        for active in ["<script>alert", "<img src=x"] {
            assert!(!shown.body.contains(active), "{page}: {}", shown.body);
        }
    }
    let form = form_at(&mut browser, "/admin/users/new").await;
    for bad in ["a\u{202e}b", "a\u{200b}", &"x".repeat(5000)] {
        let refused = browser.submit(&form.clone().with("username", bad)).await;
        assert!(refused.body.contains("id=\"username-wrong\""), "{}", refused.body);
    }
    let long = format!("{{\"note\": \"{}\"}}", "x".repeat(20_000));
    let refused = browser.submit(&form.with("username", "Eve").with("attributes", &long)).await;
    assert!(refused.body.contains("id=\"attributes-wrong\""), "{}", refused.body);
}

//! The pages of users, and who may change whom.

mod operators;

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
    // The way back to the start is to that of the same search.
    let later = browser.get("/admin/users?q=p4&realm=default&after=default/p48").await;
    let start = "href=\"/admin/users?q=p4&#38;realm=default\" rel=\"prev\"";
    assert!(later.body.contains(start), "{}", later.body);
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

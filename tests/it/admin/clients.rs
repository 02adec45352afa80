//! The pages of clients.

use tessera::{
    acts::{self, clients::ClientChanges},
    model::{
        client::{Client, ClientKind, ClientStatus},
        client_id::ClientId,
        user::OperatorRole,
    },
};

use super::form_at;
use crate::common::{Browser, Form, TestServer, on_each_engine, server::operator};

on_each_engine!(
    a_client_is_found_by_what_its_id_or_name_begins_with,
    a_client_of_exactly_that_name_is_found_among_however_many,
    the_list_goes_on_where_a_page_ends,
    a_client_is_added_and_its_secret_shown_once,
    what_is_wrong_with_a_new_client_stands_beside_its_field,
    a_part_is_saved_by_itself,
    two_who_change_a_client_at_once_see_both_versions,
    a_client_is_disabled_and_enabled,
    a_client_is_deleted_by_whoever_types_its_id,
    hostile_text_is_shown_and_does_nothing,
    the_client_that_is_called_as_a_page_has_one_too,
    whoever_may_only_look_sees_no_way_to_change_a_client,
);

async fn client(server: &TestServer, id: &str, name: &str, kind: ClientKind) -> Client {
    let changes = ClientChanges { name: Some(name.to_owned()), ..ClientChanges::default() };
    let named = (ClientId::parse(id).unwrap(), kind);
    acts::clients::add(&server.app, &operator(), named, changes, None).await.unwrap().client
}

async fn now(server: &TestServer, id: &str) -> Client {
    acts::clients::find(&server.app, &ClientId::parse(id).unwrap()).await.unwrap()
}

/// The form of one part of a page.
async fn part(browser: &mut Browser<'_>, path: &str, part: &str) -> Form {
    let page = browser.get(path).await;
    Form::with_text(&page, &format!("name=\"part\" value=\"{part}\""))
}

async fn a_client_is_found_by_what_its_id_or_name_begins_with(server: TestServer) {
    client(&server, "tide-charts", "Tide Charts", ClientKind::Web).await;
    client(&server, "tide", "Ebb", ClientKind::Web).await;
    client(&server, "x", "TIDY", ClientKind::Web).await;
    client(&server, "billing", "Billing", ClientKind::Machine).await;
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let page = browser.get("/admin/clients?q=tid").await;
    assert_eq!(page.status, 200, "{page:?}");
    for found in ["tide-charts", "tide", "x"] {
        assert!(page.body.contains(&format!("href=\"/admin/clients/{found}\"")), "{found}");
    }
    assert!(!page.body.contains("href=\"/admin/clients/billing\""));

    let exact = browser.get("/admin/clients?q=x").await;
    assert!(exact.body.contains("href=\"/admin/clients/x\""), "{}", exact.body);
    let none = browser.get("/admin/clients?q=nothing").await;
    assert!(none.body.contains("begins like that"), "{}", none.body);
}

async fn a_client_of_exactly_that_name_is_found_among_however_many(server: TestServer) {
    client(&server, "zz-last", "Tide Charts", ClientKind::Web).await;
    client(&server, "zz-gone", "Tide Charts", ClientKind::Web).await;
    let sql = "INSERT INTO clients (client_id, name, kind, authentication, assertion_audience,
                   grant_types, scope, redirect_uris, cors_origins, status, generation, version,
                   created_at, updated_at)
               WITH RECURSIVE number(n) AS
                   (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 1100)
               SELECT 'c-' || (10000 + n), 'Other', kind, authentication, assertion_audience,
                   grant_types, scope, redirect_uris, cors_origins, status, generation, version,
                   created_at, updated_at FROM clients CROSS JOIN number WHERE client_id = 'zz-last'";
    assert_eq!(server.database().execute(sql).await, 1100);
    server
        .database()
        .execute("UPDATE clients SET status = 'deleted' WHERE client_id = 'zz-gone'")
        .await;
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let exact = browser.get("/admin/clients?q=Tide%20Charts").await;
    let beginning = browser.get("/admin/clients?q=Tide").await;

    assert!(exact.body.contains("href=\"/admin/clients/zz-last\""), "{}", exact.body);
    assert!(!exact.body.contains("href=\"/admin/clients/zz-gone\""), "{}", exact.body);
    assert!(!beginning.body.contains("href=\"/admin/clients/zz-last\""), "{}", beginning.body);
    assert!(beginning.body.contains("after="), "{}", beginning.body);
    // Once is enough.
    let later = browser.get("/admin/clients?q=Tide%20Charts&after=zz").await;
    assert!(!later.body.contains("href=\"/admin/clients/zz-last\""), "{}", later.body);
}

async fn the_list_goes_on_where_a_page_ends(server: TestServer) {
    for number in 0..51 {
        client(&server, &format!("c{number:02}"), "Many", ClientKind::Machine).await;
    }
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let first = browser.get("/admin/clients?q=many").await;
    assert!(
        first.body.contains("/admin/clients/c49") && !first.body.contains("/admin/clients/c50")
    );
    assert!(first.body.contains("/admin/clients?q=many&#38;after=c49"), "{}", first.body);
    let second = browser.get("/admin/clients?q=many&after=c49").await;

    assert!(
        second.body.contains("/admin/clients/c50") && !second.body.contains("/admin/clients/c49")
    );
    let start = "href=\"/admin/clients?q=many\" rel=\"prev\"";
    assert!(second.body.contains(start), "{}", second.body);
}

async fn a_client_is_added_and_its_secret_shown_once(server: TestServer) {
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    let form = form_at(&mut browser, "/admin/clients/new").await;
    let form = form
        .with("client_id", "tide-charts")
        .with("name", "Tide Charts")
        .with("kind", "web")
        .with("scope", "openid  forecast.read")
        .with("grant_types.authorization_code", "1")
        .with("redirect_uris", "https://tides.example/a\r\nhttps://tides.example/b");

    let made = browser.submit(&form).await;

    assert_eq!(made.status, 200, "{made:?}");
    let secret = made.body.split("<code id=\"secret\">").nth(1).unwrap().split('<').next().unwrap();
    assert!(secret.starts_with("tsk_"), "{secret}");
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let added = now(&server, "tide-charts").await;
    assert_eq!(added.kind, ClientKind::Web);
    assert_eq!(added.scope.to_string(), "openid forecast.read");
    assert_eq!(added.sign_in.redirect_uris.len(), 2);
    let page = browser.get("/admin/clients/tide-charts").await;
    assert!(page.body.contains("Tide Charts") && !page.body.contains(secret), "{}", page.body);
    let again = browser.submit(&form).await;
    assert!(again.body.contains("there is a client named tide-charts already"), "{}", again.body);
}

async fn what_is_wrong_with_a_new_client_stands_beside_its_field(server: TestServer) {
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    let form = form_at(&mut browser, "/admin/clients/new").await;
    let form = form.with("client_id", "a b").with("name", "Kept").with("scope", "a\"b");

    let first = browser.submit(&form).await;
    assert!(first.body.contains("id=\"client_id-wrong\""), "{}", first.body);
    assert!(first.body.contains("id=\"scope-wrong\""), "{}", first.body);
    assert!(first.body.contains("value=\"Kept\""), "{}", first.body);
    let form = form.with("client_id", "web").with("kind", "web").with("scope", "");
    let form = form.with("redirect_uris", "http://tides.example/");
    let second = browser.submit(&form).await;

    assert!(second.body.contains("id=\"redirect_uris-wrong\""), "{}", second.body);
    assert!(acts::clients::list(&server.app).await.unwrap().iter().all(|it| it.name != "Kept"));
}

async fn a_part_is_saved_by_itself(server: TestServer) {
    let before = client(&server, "mailer", "Mailer", ClientKind::Machine).await;
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    let scopes = part(&mut browser, "/admin/clients/mailer", "scopes").await;

    let saved = browser.submit(&scopes.with("scope", "mail.send\nreport.read")).await;
    assert_eq!(saved.header("location"), Some("/admin/clients/mailer?done=saved"), "{saved:?}");
    let tokens = part(&mut browser, "/admin/clients/mailer?done=saved", "tokens").await;
    let wrong = browser.submit(&tokens.clone().with("access_lifetime", "soon")).await;
    assert!(wrong.body.contains("id=\"access_lifetime-wrong\""), "{}", wrong.body);
    let long = browser.submit(&tokens.clone().with("access_lifetime", "9999d")).await;
    assert!(long.body.contains("a lifetime is between"), "{}", long.body);
    let saved = browser.submit(&tokens.with("access_lifetime", "15m")).await;
    assert_eq!(saved.status, 303, "{saved:?}");

    let after = now(&server, "mailer").await;
    assert_eq!(after.scope.to_string(), "mail.send report.read");
    assert_eq!(after.access_lifetime, Some(900));
    assert_eq!((after.name, after.grant_types), (before.name, before.grant_types));
}

async fn two_who_change_a_client_at_once_see_both_versions(server: TestServer) {
    client(&server, "mailer", "Mailer", ClientKind::Machine).await;
    let mut ours = server.operator(OperatorRole::ClientAdmin).await;
    let mut others = server.operator(OperatorRole::Admin).await;
    let form = part(&mut ours, "/admin/clients/mailer", "identity").await;
    let other = part(&mut others, "/admin/clients/mailer", "identity").await;
    let other = other.with("name", "Theirs").with("client_uri", "https://theirs.example/");
    assert_eq!(others.submit(&other).await.status, 303);

    let both = ours.submit(&form.with("name", "Ours")).await;

    assert_eq!(both.status, 200, "{both:?}");
    assert!(both.body.contains("<code>Ours</code>"), "{}", both.body);
    assert!(both.body.contains("<code>Theirs</code>"), "{}", both.body);
    assert_eq!(now(&server, "mailer").await.name, "Theirs");
    let choice = Form::to(&both, "/admin/clients/mailer");
    let choice = choice.with("keep.name", "mine").with("keep.client_uri", "theirs");
    let saved = ours.submit(&choice).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    let after = now(&server, "mailer").await;
    assert_eq!(after.name, "Ours");
    assert_eq!(after.sign_in.client_uri.as_deref(), Some("https://theirs.example/"));
}

async fn a_client_is_disabled_and_enabled(server: TestServer) {
    client(&server, "roster", "Roster", ClientKind::Machine).await;
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    let page = browser.get("/admin/clients/roster").await;
    let form = Form::with_text(&page, "id=\"disable\"");

    let stale = browser.submit(&form.clone().with("csrf", "x").with("part", "disable")).await;
    assert!(stale.body.contains("open for too long"), "{}", stale.body);
    assert_eq!(now(&server, "roster").await.status, ClientStatus::Active);
    let done = browser.submit(&form.clone().with("part", "disable")).await;
    assert_eq!(done.status, 303, "{done:?}");
    assert_eq!(now(&server, "roster").await.status, ClientStatus::Disabled);
    let page = browser.get("/admin/clients/roster?done=disabled").await;
    assert!(page.body.contains("id=\"enable\""), "{}", page.body);
    browser.submit(&form.with("part", "enable")).await;

    assert_eq!(now(&server, "roster").await.status, ClientStatus::Active);
}

async fn a_client_is_deleted_by_whoever_types_its_id(server: TestServer) {
    client(&server, "roster", "Roster", ClientKind::Machine).await;
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    let form = form_at(&mut browser, "/admin/clients/roster/delete").await;
    let mistyped = browser.submit(&form.clone().with("typed", "Roster")).await;
    assert_eq!(mistyped.status, 200, "{mistyped:?}");
    server.advance(std::time::Duration::from_mins(6));
    let form = form.with("typed", "roster");
    let asked = browser.submit(&form).await;
    assert!(asked.body.contains("proof_password"), "{}", asked.body);
    assert_eq!(now(&server, "roster").await.status, ClientStatus::Active);

    let done = browser.submit(&form.with("proof_password", super::PASSWORD)).await;

    assert_eq!(done.header("location"), Some("/admin/clients"), "{done:?}");
    assert_eq!(browser.get("/admin/clients/roster").await.status, 404);
}

async fn hostile_text_is_shown_and_does_nothing(server: TestServer) {
    let hostile = "<script>alert(1)</script>\"'&{{7*7}}";
    client(&server, "evil", hostile, ClientKind::Web).await;
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    for path in ["/admin/clients", "/admin/clients/evil", "/admin/clients/evil/credentials"] {
        let page = browser.get(path).await;
        assert!(!page.body.contains("<script>alert"), "{path}: {}", page.body);
        assert!(page.body.contains("&#60;script&#62;alert(1)"), "{path}: {}", page.body);
    }
    let long = "\u{202e}".repeat(2000);
    let form = part(&mut browser, "/admin/clients/evil", "identity").await;
    for bad in ["a\u{202e}b", "a\u{200b}b", long.as_str(), &"x".repeat(5000)] {
        let refused = browser.submit(&form.clone().with("name", bad)).await;
        assert_eq!(refused.status, 200, "{refused:?}");
        assert!(refused.body.contains("id=\"name-wrong\""), "{}", refused.body);
    }
    let wrong = form.with("client_uri", "javascript:alert(1)");
    let refused = browser.submit(&wrong).await;
    assert!(refused.body.contains("id=\"client_uri-wrong\""), "{}", refused.body);
    let searched = browser.get("/admin/clients?q=%22%3E%3Cscript%3E").await;
    assert!(!searched.body.contains("\"><script>"), "{}", searched.body);
    assert_eq!(now(&server, "evil").await.name, hostile);
}

async fn the_client_that_is_called_as_a_page_has_one_too(server: TestServer) {
    client(&server, "new", "Called new", ClientKind::Machine).await;
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;

    let list = browser.get("/admin/clients").await;
    assert!(list.body.contains("href=\"/admin/clients/%6Eew\""), "{}", list.body);
    let page = browser.get("/admin/clients/%6Eew").await;

    assert!(page.body.contains("<bdi>Called new</bdi>"), "{}", page.body);
}

async fn whoever_may_only_look_sees_no_way_to_change_a_client(server: TestServer) {
    client(&server, "roster", "Roster", ClientKind::Machine).await;
    let mut browser = server.operator(OperatorRole::UserAdmin).await;

    let page = browser.get("/admin/clients/roster").await;

    assert!(page.body.contains("takes the role <code>client-admin</code>"), "{}", page.body);
    assert!(!page.body.contains("data-save") && !page.body.contains("id=\"disable\""));
}

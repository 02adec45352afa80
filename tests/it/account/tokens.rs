//! The tokens that somebody makes for themselves, in the browser.

use axum::http::Method;
use serde_json::{Value, json};

use crate::common::{
    Browser, Form, Measured, TestServer,
    logged::Logged,
    on_each_engine,
    people::{bearer, jwt},
    server::Answer,
};

use super::{audited, form, people, signed_in};

on_each_engine!(
    a_token_is_shown_once_and_says_who_made_it,
    what_is_made_and_removed_is_logged_and_counted,
    a_token_does_no_more_than_its_maker_ticked,
    what_is_made_by_a_limited_token_is_limited_too,
    a_token_is_removed_by_whoever_made_it,
    the_token_of_somebody_else_is_as_if_it_were_not_there,
    what_cannot_be_made_keeps_what_was_typed,
    an_old_form_makes_nothing_and_keeps_what_was_typed,
);

const PATH: &str = "/account/apps";

/// Makes a token that is limited to these scope tokens.
async fn make(browser: &mut Browser<'_>, name: &str, scope: &[&str]) -> Answer {
    let form = limited(form(browser, PATH, "name=\"days\"").await, scope);
    browser.submit(&form.with("name", name).with("days", "30")).await
}

fn limited(mut form: Form, scope: &[&str]) -> Form {
    form.fields
        .retain(|name, _| name.strip_prefix("allow:").is_none_or(|token| scope.contains(&token)));
    form
}

/// The token that an answer shows.
fn shown(answer: &Answer) -> String {
    let (_, rest) =
        answer.body.split_once(r#"<code id="token">"#).unwrap_or_else(|| panic!("{answer:?}"));
    rest.split('<').next().unwrap().to_owned()
}

async fn who_is(server: &TestServer, token: &str) -> Answer {
    server.get("/whoami", &[("authorization", bearer(token).as_str())]).await
}

async fn scopes_of(server: &TestServer, token: &str) -> Value {
    let answer = who_is(server, token).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["scopes"].clone()
}

async fn a_token_is_shown_once_and_says_who_made_it(server: TestServer) {
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;

    let answer = make(&mut browser, "Backup <script>", &["read", "write"]).await;

    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, Some("no-store")));
    assert!(answer.body.contains("Your new token: Backup &#60;script&#62;"), "{answer:?}");
    let token = shown(&answer);
    assert_eq!(who_is(&server, &token).await.json()["username"], "ingrid");
    assert_eq!(scopes_of(&server, &token).await, json!(["read", "write"]));
    let page = browser.get(PATH).await;
    assert!(!page.body.contains(&token), "{page:?}");
    assert!(page.body.contains("<h3>Backup &#60;script&#62; "), "{page:?}");
    assert!(page.body.contains("14 February 2027, 08:00 UTC</time> · in 30 d"), "{page:?}");
    assert_eq!(audited(&server, "personal_token.made").await, 1);
}

async fn what_is_made_and_removed_is_logged_and_counted(server: TestServer) {
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;
    let measured = Measured::begin(server.now());
    let logged = Logged::begin();

    make(&mut browser, "Backup", &["read"]).await;
    let id = id_of(&browser.get(PATH).await);
    let removal = form(&mut browser, PATH, &id).await.with("token", &id);
    browser.submit(&removal).await;

    let made = measured.value(&server.app, "tessera_typed_tokens_created_total");
    assert_eq!(made, 1);
    let events = logged.events("personal_token.");
    let names: Vec<_> = events.iter().map(|fields| &fields["event"]).collect();
    assert_eq!(names, ["personal_token.created", "personal_token.deleted"]);
}

async fn a_token_does_no_more_than_its_maker_ticked(server: TestServer) {
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;

    let token = shown(&make(&mut browser, "Reader", &["read"]).await);

    assert_eq!(scopes_of(&server, &token).await, json!(["read"]));
    // Nor when its maker may do more, or something else altogether.
    server.people(&["{ username = 'ingrid', scope = 'admin read' }"]).await;
    assert_eq!(scopes_of(&server, &token).await, json!(["read"]));
    server.people(&["{ username = 'ingrid', scope = 'admin' }"]).await;
    assert_eq!(scopes_of(&server, &token).await, json!([]));
}

async fn what_is_made_by_a_limited_token_is_limited_too(server: TestServer) {
    let server = server.signing(jwt()).await;
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;
    let token = shown(&make(&mut browser, "Reader", &["read"]).await);

    let answer = server.get("/authenticate", &[("authorization", &bearer(&token))]).await;
    let signed = answer.header("authorization").unwrap().to_owned();
    let again = server.get("/authenticate", &[("authorization", &signed)]).await;
    let signed_again = again.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
    assert_eq!(scopes_of(&server, signed_again).await, json!(["read"]));

    let request = axum::http::Request::builder()
        .method(Method::POST)
        .uri("/tokens")
        .header("authorization", bearer(&token))
        .header("content-type", "application/json");
    let made = server.send(request, r#"{"type":"personal"}"#).await;
    let made = made.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(scopes_of(&server, &made).await, json!(["read"]));

    // Not even where its maker lost what it was limited to, and got something else.
    server.people(&["{ username = 'ingrid', scope = 'admin' }"]).await;
    let answer = server.get("/authenticate", &[("authorization", &bearer(&token))]).await;
    let signed = answer.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
    assert_eq!(scopes_of(&server, signed).await, json!([]));
}

async fn a_token_is_removed_by_whoever_made_it(server: TestServer) {
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;
    let token = shown(&make(&mut browser, "Backup", &["read"]).await);
    let id = id_of(&browser.get(PATH).await);
    let form = form(&mut browser, PATH, &id).await.with("token", &id);

    let answer = browser.submit(&form).await;

    assert_eq!(answer.header("location"), Some("/account/apps?done=token"), "{answer:?}");
    assert_eq!(who_is(&server, &token).await.status, 401);
    assert!(!browser.get("/account/apps?done=token").await.body.contains(&id));
    assert_eq!(audited(&server, "personal_token.removed").await, 1);
    assert_eq!(browser.submit(&form).await.status, 404);
    assert_eq!(
        audited(&server, "personal_token.removed").await,
        1,
        "what was not done is not told of"
    );
}

async fn the_token_of_somebody_else_is_as_if_it_were_not_there(server: TestServer) {
    people(&server).await;
    let mut victim = signed_in(&server, "tomas").await;
    let token = shown(&make(&mut victim, "Backup", &["read"]).await);
    let theirs = id_of(&victim.get(PATH).await);
    let mut browser = signed_in(&server, "ingrid").await;
    make(&mut browser, "Mine", &["read"]).await;
    let own = id_of(&browser.get(PATH).await);
    let form = form(&mut browser, PATH, &own).await;

    for id in [theirs.as_str(), "tok_0000000000000", "tok_", "nonsense"] {
        let answer = browser.submit(&form.clone().with("token", id)).await;
        assert_eq!(answer.status, 404, "{id}: {answer:?}");
        assert!(answer.body.contains("nothing of that kind"), "{id}: {answer:?}");
    }
    assert_eq!(who_is(&server, &token).await.status, 200);
    assert!(!browser.get(PATH).await.body.contains(&theirs));
}

async fn what_cannot_be_made_keeps_what_was_typed(server: TestServer) {
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;
    let form = form(&mut browser, PATH, "name=\"days\"").await.with("days", "365");
    let named = form.clone().with("name", "Mine");

    let nameless = browser.submit(&form.clone().with("name", " ")).await;
    assert!(nameless.body.contains(r#"id="name-wrong""#), "{nameless:?}");
    assert!(nameless.body.contains(r#"<option value="365" selected>"#), "{nameless:?}");
    for bad in [limited(named.clone(), &[]), named.with("allow:admin", "1")] {
        let answer = browser.submit(&bad).await;
        assert!(answer.body.contains(r#"id="scope-wrong""#), "{answer:?}");
        assert!(answer.body.contains(r#"value="Mine""#), "{answer:?}");
    }
    assert_eq!(audited(&server, "personal_token.made").await, 0);
}

async fn an_old_form_makes_nothing_and_keeps_what_was_typed(server: TestServer) {
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;
    let form = form(&mut browser, PATH, "name=\"days\"").await;

    let answer = browser.submit(&form.with("name", "Mine").with("csrf", "old")).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.contains("nothing was done. Try again here."), "{answer:?}");
    assert!(answer.body.contains(r#"value="Mine""#), "{answer:?}");
    assert_eq!(audited(&server, "personal_token.made").await, 0);
}

/// The name of the one token on a page.
fn id_of(page: &Answer) -> String {
    let (_, rest) = page.body.split_once(r#"name="token" value=""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

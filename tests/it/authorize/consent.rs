//! Consent: asked once, for no more than is asked for, and again only for more.

mod forms;

use tessera::{
    acts::{account, browser_sessions::SeenFrom, clients::SignInChanges},
    model::{scope::Scope, sign_in_settings::ConsentPolicy},
};
use uuid::Uuid;

use crate::common::{
    TestClient, TestServer,
    asking::{Ask, Returned, request_in},
    browser::{Browser, Form},
    codes::HOME,
    on_each_engine,
    server::Answer,
};

on_each_engine!(
    a_person_is_asked_once_and_again_only_for_more,
    a_person_who_says_no_sends_the_client_away,
    what_may_be_left_out_is_left_out,
    the_page_names_who_asks_and_for_what,
    a_policy_of_always_asks_each_time_and_one_of_never_not_even_once,
    a_prompt_for_consent_asks_again,
    nobody_is_asked_where_nobody_may_be,
    claims_one_by_one_are_asked_about,
    what_was_taken_back_is_asked_about_again_also_by_a_request_of_before,
);

/// Somebody who is signed in, in a browser that was here before.
async fn visitor<'s>(server: &'s TestServer, name: &str) -> (Browser<'s>, Uuid) {
    let user_id = server.user(name).await;
    let mut browser = Browser::of(server);
    browser.get("/login").await;
    browser.enter(server, user_id).await;
    (browser, user_id)
}

async fn asking(
    server: &TestServer,
    scope: &str,
    change: impl FnOnce(&mut SignInChanges),
) -> TestClient {
    server.site_with("app", scope, change).await
}

/// The question that a request leads to.
async fn question(browser: &mut Browser<'_>, ask: &Ask) -> Answer {
    let answer = browser.get(&ask.path()).await;
    request_in(&answer, "/consent");
    let page = browser.follow(answer).await;
    assert_eq!(page.status, 200, "{page:?}");
    page
}

async fn decide(browser: &mut Browser<'_>, page: &Answer, decision: &str) -> Returned {
    Returned::of(&browser.submit(&Form::of(page).with("decision", decision)).await)
}

async fn scope_of(server: &TestServer, client: &TestClient, returned: &Returned) -> String {
    let answer = server.redeem(client, returned.code(), "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    server.introspect(client, &token).await["scope"].as_str().unwrap_or_default().to_owned()
}

async fn a_person_is_asked_once_and_again_only_for_more(server: TestServer) {
    let client = asking(&server, "openid read write", |_| {}).await;
    let (mut browser, _) = visitor(&server, "ingrid").await;
    let ask = |scope: &str| Ask::of(&client).with("scope", scope);

    let page = question(&mut browser, &ask("openid read")).await;
    decide(&mut browser, &page, "allow").await.code();

    browser.returned(&ask("openid read")).await.code();
    browser.returned(&ask("openid")).await.code();
    browser.returned(&ask("read").with("prompt", "none")).await.code();
    let page = question(&mut browser, &ask("openid write")).await;
    decide(&mut browser, &page, "allow").await.code();
    // What was allowed before stays allowed.
    browser.returned(&ask("openid read write")).await.code();
}

async fn a_person_who_says_no_sends_the_client_away(server: TestServer) {
    let client = asking(&server, "openid", |_| {}).await;
    let (mut browser, _) = visitor(&server, "ingrid").await;

    let page = question(&mut browser, &Ask::of(&client)).await;
    let returned = decide(&mut browser, &page, "deny").await;

    assert_eq!((returned.to.as_str(), returned.error()), (HOME, "access_denied"));
    question(&mut browser, &Ask::of(&client)).await;
    assert_eq!(server.database().count("consents").await, 0);
}

async fn what_may_be_left_out_is_left_out(server: TestServer) {
    let optional = Scope::parse("write openid").unwrap();
    let client = asking(&server, "openid read write", |s| s.optional_scope = Some(optional)).await;
    let (mut browser, _) = visitor(&server, "ingrid").await;
    let ask = Ask::of(&client).with("scope", "openid read write");

    let page = question(&mut browser, &ask).await;
    let mut form = Form::of(&page);
    assert_eq!(form.fields.remove("allow:write").as_deref(), Some("1"));
    assert!(!form.fields.keys().any(|name| name.starts_with("allow:")), "{form:?}");
    // Nobody is given what is not asked for.
    let form = form.with("decision", "allow").with("allow:other", "1").with("allow:admin", "1");
    let returned = Returned::of(&browser.submit(&form).await);

    assert_eq!(scope_of(&server, &client, &returned).await, "openid read");
    // It is remembered that they left it out, and they may think better of it.
    let returned = browser.returned(&ask.clone().with("prompt", "none")).await;
    assert_eq!(scope_of(&server, &client, &returned).await, "openid read");
    let page = question(&mut browser, &ask.with("prompt", "consent")).await;
    let returned = decide(&mut browser, &page, "allow").await;
    assert_eq!(scope_of(&server, &client, &returned).await, "openid read write");
}

async fn the_page_names_who_asks_and_for_what(server: TestServer) {
    let client = asking(&server, "openid email x:strange", |s| {
        s.policy_uri = Some(Some("https://app.example/policy".to_owned()));
        s.tos_uri = Some(Some("https://app.example/terms".to_owned()));
        s.client_uri = Some(Some("https://app.example/".to_owned()));
    })
    .await;
    server
        .people(&[
            "{ username = 'ingrid', claims = { name = 'Ingrid <S>', email = 'i@home.example' } }",
        ])
        .await;
    let mut browser = Browser::of(&server);
    browser.get("/login").await;
    browser.enter(&server, server.person("ingrid").await.user_id).await;

    let page =
        question(&mut browser, &Ask::of(&client).with("scope", "openid email x:strange")).await;

    for expected in [
        "<h1>Allow App to use your account?</h1>",
        "<b>app.example</b>, added on 15 January 2027",
        "<b>Ingrid &#60;S&#62;</b><small>i@home.example</small>",
        "aria-hidden=\"true\">IS</span>",
        "<b>See your email address</b>",
        "<b>No description</b>",
        "<code>x:strange</code>",
        &format!("<code>{HOME}</code>"),
        "id=\"deny\" name=\"decision\" value=\"deny\"",
        "id=\"allow\" name=\"decision\" value=\"allow\"",
        "href=\"https://app.example/policy\"",
        "href=\"https://app.example/terms\"",
        "Not you?",
    ] {
        assert!(page.body.contains(expected), "{expected}: {}", page.body);
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(!policy.contains("form-action"), "{policy}");
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
}

async fn a_policy_of_always_asks_each_time_and_one_of_never_not_even_once(server: TestServer) {
    let always = asking(&server, "openid", |s| s.consent = Some(ConsentPolicy::Always)).await;
    let never = server.site("never", "openid").await;
    let (mut browser, _) = visitor(&server, "ingrid").await;

    for _ in 0..2 {
        let page = question(&mut browser, &Ask::of(&always)).await;
        decide(&mut browser, &page, "allow").await.code();
    }
    browser.returned(&Ask::of(&never)).await.code();
}

async fn a_prompt_for_consent_asks_again(server: TestServer) {
    let client = server.site("app", "openid").await;
    let (mut browser, _) = visitor(&server, "ingrid").await;
    let ask = Ask::of(&client).with("prompt", "consent");

    for _ in 0..2 {
        let page = question(&mut browser, &ask).await;
        decide(&mut browser, &page, "allow").await.code();
    }
}

async fn nobody_is_asked_where_nobody_may_be(server: TestServer) {
    let client = asking(&server, "openid", |_| {}).await;
    let (mut browser, _) = visitor(&server, "ingrid").await;

    let returned = browser.returned(&Ask::of(&client).with("prompt", "none")).await;

    assert_eq!(returned.error(), "consent_required");
}

async fn claims_one_by_one_are_asked_about(server: TestServer) {
    let client = asking(&server, "openid", |_| {}).await;
    let (mut browser, _) = visitor(&server, "ingrid").await;
    let page = question(&mut browser, &Ask::of(&client)).await;
    decide(&mut browser, &page, "allow").await.code();
    let ask = Ask::of(&client).with("claims", r#"{"userinfo":{"name":null}}"#);

    let page = question(&mut browser, &ask).await;
    assert!(page.body.contains("<code>name</code>"), "{page:?}");
    decide(&mut browser, &page, "allow").await.code();

    browser.returned(&ask).await.code();
}

async fn what_was_taken_back_is_asked_about_again_also_by_a_request_of_before(server: TestServer) {
    let client = asking(&server, "openid read write", |_| {}).await;
    let (mut browser, user_id) = visitor(&server, "ingrid").await;
    let ingrid = server.found_user(user_id).await;
    let mut later = Vec::new();
    for scope in ["openid read", "openid write"] {
        let page = question(&mut browser, &Ask::of(&client).with("scope", scope)).await;
        decide(&mut browser, &page, "allow").await.code();
        later.push(Form::of(&page).action.replace("/consent", "/authorize/continue"));
        Returned::of(&browser.get(later.last().unwrap()).await).code();
    }

    let from = SeenFrom::of("192.0.2.1".parse().unwrap());
    account::remove_app(&server.app, &ingrid, &client.id, (&from, server.now())).await.unwrap();

    for path in &later {
        request_in(&browser.get(path).await, "/consent");
    }
    // Allowed again in part, it is that part.
    let page = question(&mut browser, &Ask::of(&client).with("scope", "openid read")).await;
    decide(&mut browser, &page, "allow").await.code();
    request_in(&browser.get(&later[1]).await, "/consent");
}

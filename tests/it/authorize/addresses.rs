//! Redirect URIs: the lessons of other servers, each by the ways in which they were taught.

use tessera::model::{
    client::{ClientKind, ClientStatus},
    space_delimited::SpaceDelimited,
};
use url::form_urlencoded;

use super::assert_is_error_page;
use crate::common::{
    TestServer,
    asking::Ask,
    browser::{Browser, Form},
    codes::HOME,
    on_each_engine,
};

on_each_engine!(
    an_address_that_is_not_registered_leads_nowhere,
    the_same_holds_for_every_way_to_an_answer,
    without_an_address_only_a_sole_one_answers,
    a_native_client_may_have_any_port_on_loopback_and_others_may_not,
    its_own_query_is_kept_and_compared,
    a_client_that_is_not_there_leads_nowhere,
    parameters_that_cannot_be_read_lead_nowhere,
    a_hostile_parameter_never_becomes_markup,
    an_address_that_was_taken_away_meanwhile_leads_nowhere,
);

/// Addresses that fooled other servers.
const WRONG: &[&str] = &[
    "https://evil.example/cb",
    "https://app.example/cb/",
    "https://app.example/cb?x=y",
    "https://app.example/cb#x",
    "https://app.example/CB",
    "https://APP.example/cb",
    "https://app.example:443/cb",
    "https://app.example/%63b",
    "https://app.example/%2563b",
    "https://app.example/x/..;/cb",
    "https://app.example/x/../cb",
    "https://app.example@evil.example/cb",
    "https://a@b@app.example/cb",
    "https://app.example\\@evil.example/cb",
    "https://app.example.evil.example/cb",
    "https://appXexample/cb",
    "http://localhost:80@evil.example/cb",
    "JaVaScRiPt:alert(1)",
    "//app.example/cb",
    " https://app.example/cb",
];

async fn an_address_that_is_not_registered_leads_nowhere(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.enter(&server, ingrid).await;

    for wrong in WRONG {
        let answer = browser.get(&Ask::of(&client).with("redirect_uri", wrong).path()).await;

        assert_is_error_page(&answer, "byte for byte");
        assert!(!answer.body.contains(HOME), "{wrong}: what is registered is not told");
    }
}

async fn the_same_holds_for_every_way_to_an_answer(server: TestServer) {
    let client = server.site("app", "openid").await;
    let wrong = Ask::of(&client).with("redirect_uri", "https://app.example/cb/");
    let mut browser = Browser::of(&server);

    for ask in [
        wrong.clone().with("prompt", "none"),
        wrong.clone().with("response_mode", "form_post"),
        wrong.clone().with("response_mode", "fragment"),
        wrong.clone().without("response_type"),
        wrong.clone().with("request", "x"),
        wrong.clone().with("scope", "unknown"),
        wrong.clone().without("code_challenge"),
    ] {
        assert_is_error_page(&browser.get(&ask.path()).await, "byte for byte");
        let fields = form_urlencoded::parse(ask.encoded().as_bytes()).into_owned().collect();
        let posted = Form { action: "/authorize".to_owned(), fields };
        assert_is_error_page(&browser.submit(&posted).await, "byte for byte");
    }
}

async fn without_an_address_only_a_sole_one_answers(server: TestServer) {
    let two = format!("{HOME} https://app.example/other");
    let one = server.site("one", "openid read").await;
    let several = server
        .site_with("several", "openid read", |sign_in| {
            sign_in.redirect_uris = Some(SpaceDelimited::parse(&two));
        })
        .await;
    let mut browser = Browser::of(&server);
    let ask = |client| Ask::of(client).without("redirect_uri").with("prompt", "none");

    let plain = browser.returned(&ask(&one).with("scope", "read")).await;
    let openid = browser.get(&ask(&one).path()).await;
    let ambiguous = browser.get(&ask(&several).with("scope", "read").path()).await;

    assert_eq!((plain.to.as_str(), plain.error()), (HOME, "login_required"));
    assert_is_error_page(&openid, "scope openid");
    assert_is_error_page(&ambiguous, "more than one");
}

async fn a_native_client_may_have_any_port_on_loopback_and_others_may_not(server: TestServer) {
    let uris = "http://127.0.0.1/cb http://[::1]/cb http://localhost/cb";
    let mut browser = Browser::of(&server);
    for (name, kind) in [("phone", ClientKind::Native), ("page", ClientKind::Browser)] {
        let client = server
            .site_of((name, kind), "openid", |sign_in| {
                sign_in.redirect_uris = Some(SpaceDelimited::parse(uris));
            })
            .await;
        let mut get = async |uri: &str| {
            let ask = Ask::of(&client).with("redirect_uri", uri).with("prompt", "none");
            browser.get(&ask.path()).await
        };

        for uri in ["http://127.0.0.1:49152/cb", "http://[::1]:8080/cb"] {
            let answer = get(uri).await;
            if kind == ClientKind::Native {
                let location = answer.header("location").unwrap();
                assert!(location.starts_with(&format!("{uri}?error=")), "{location}");
            } else {
                assert_is_error_page(&answer, "byte for byte");
            }
        }
        for uri in [
            "http://localhost:49152/cb",
            "http://127.0.0.1:49152/other",
            "http://127.0.0.1:80@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "https://127.0.0.1:49152/cb",
        ] {
            assert_is_error_page(&get(uri).await, "byte for byte");
        }
    }
}

async fn its_own_query_is_kept_and_compared(server: TestServer) {
    let registered = "https://app.example/cb?tenant=a%20b";
    let client = server
        .site_with("app", "openid", |sign_in| {
            sign_in.redirect_uris = Some(SpaceDelimited::parse(registered));
        })
        .await;
    let mut browser = Browser::of(&server);
    let ask = |uri: &str| Ask::of(&client).with("redirect_uri", uri).with("prompt", "none").path();

    let answer = browser.get(&ask(registered)).await;

    let location = answer.header("location").unwrap();
    assert!(location.starts_with(&format!("{registered}&error=")), "{location}");
    for other in ["https://app.example/cb", "https://app.example/cb?tenant=a+b"] {
        assert_is_error_page(&browser.get(&ask(other)).await, "byte for byte");
    }
}

async fn a_client_that_is_not_there_leads_nowhere(server: TestServer) {
    let client = server.site("app", "openid").await;
    let gone = server.site("gone", "openid").await;
    let operator = crate::common::server::operator();
    tessera::acts::clients::set_status(&server.app, &operator, &gone.id, ClientStatus::Disabled)
        .await
        .unwrap();
    let mut browser = Browser::of(&server);

    for (ask, what) in [
        (Ask::of(&client).without("client_id"), "client_id is missing"),
        (Ask::of(&client).with("client_id", "nobody"), "no active client"),
        (Ask::of(&client).with("client_id", "<script>"), "no active client"),
        (Ask::of(&gone), "no active client"),
    ] {
        assert_is_error_page(&browser.get(&ask.path()).await, what);
    }
    let machine = server.machine("mailer", "read").await;
    assert_is_error_page(&browser.get(&Ask::of(&machine).path()).await, "registered no");
}

async fn parameters_that_cannot_be_read_lead_nowhere(server: TestServer) {
    let client = server.site("app", "openid").await;
    let good = Ask::of(&client).path();
    let mut browser = Browser::of(&server);

    for (more, what) in [
        ("&state=other", "repeated"),
        ("&redirect_uri=https%3A%2F%2Fevil.example", "repeated"),
        ("&x=%ff", "not form-encoded"),
        ("&client_secret=x", "must not stand in the URL"),
    ] {
        assert_is_error_page(&browser.get(&format!("{good}{more}")).await, what);
    }
    let long = Ask::of(&client).with("state", &"s".repeat(4097)).path();
    assert_is_error_page(&browser.get(&long).await, "state is longer");
}

async fn a_hostile_parameter_never_becomes_markup(server: TestServer) {
    let client = server.site("app", "openid").await;
    let mut browser = Browser::of(&server);
    let attack = "\"><script>alert(1)</script>";

    for name in ["client_id", "redirect_uri", "state", "scope", "login_hint", "response_mode"] {
        let ask = Ask::of(&client).with(name, attack);
        for ask in [ask.clone(), ask.with("response_mode", "form_post")] {
            let first = browser.get(&ask.path()).await;
            let page = browser.follow(first).await;

            assert!(!page.body.contains("<script>"), "{name}: {page:?}");
        }
    }
}

async fn an_address_that_was_taken_away_meanwhile_leads_nowhere(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    let first = browser.get(&Ask::of(&client).path()).await;
    let on_the_way = first.header("location").unwrap().replace("/login", "/authorize/continue");
    let changes = tessera::acts::clients::ClientChanges {
        sign_in: tessera::acts::clients::SignInChanges {
            redirect_uris: Some(SpaceDelimited::parse("https://app.example/other")),
            ..Default::default()
        },
        ..Default::default()
    };
    let operator = crate::common::server::operator();
    tessera::acts::clients::set(&server.app, &operator, &client.id, changes).await.unwrap();
    browser.enter(&server, ingrid).await;

    let answer = browser.get(&on_the_way).await;

    assert_is_error_page(&answer, "byte for byte");
}

//! Tabs, Back and late clicks: each request is a row of its own.

use std::time::Duration;

use axum::http::Request;
use tessera::{jobs::sweep, server::Peer};

use super::assert_is_error_page;
use crate::common::{
    TestServer,
    asking::{Ask, Returned, request_in},
    browser::Browser,
    on_each_engine,
    server::HERE,
};

on_each_engine!(
    two_tabs_come_back_each_with_its_own_state,
    coming_back_twice_brings_two_codes,
    a_request_is_over_after_an_hour_and_swept,
    a_request_of_another_browser_is_none,
    a_request_that_never_was_is_a_page,
    one_network_has_so_many_requests_kept_in_a_minute,
);

async fn two_tabs_come_back_each_with_its_own_state(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.get("/login").await;
    let one = browser.get(&Ask::of(&client).with("state", "one").path()).await;
    let two = browser.get(&Ask::of(&client).with("state", "two").path()).await;
    let names = [request_in(&one, "/login"), request_in(&two, "/login")];
    browser.enter(&server, ingrid).await;

    for (name, state) in names.iter().zip(["one", "two"]) {
        let answer = browser.get(&format!("/authorize/continue?request={name}")).await;
        assert_eq!(Returned::of(&answer).get("state"), Some(state));
    }
}

async fn coming_back_twice_brings_two_codes(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.get("/login").await;
    let first = browser.get(&Ask::of(&client).path()).await;
    let path = format!("/authorize/continue?request={}", request_in(&first, "/login"));
    browser.enter(&server, ingrid).await;

    let one = Returned::of(&browser.get(&path).await);
    let two = Returned::of(&browser.get(&path).await);

    assert_ne!(one.code(), two.code());
    for returned in [one, two] {
        assert_eq!(server.redeem(&client, returned.code(), "").await.status, 200);
    }
}

async fn a_request_is_over_after_an_hour_and_swept(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.get("/login").await;
    let first = browser.get(&Ask::of(&client).path()).await;
    let path = format!("/authorize/continue?request={}", request_in(&first, "/login"));

    server.advance(Duration::from_millis(60 * 60 * 1000 - 1));
    browser.enter(&server, ingrid).await;
    Returned::of(&browser.get(&path).await).code();
    server.advance(Duration::from_millis(1));
    let late = browser.get(&path).await;
    sweep::sweep(&server.app).await.unwrap();

    assert_is_error_page(&late, "is over");
    assert_eq!(server.database().count("authorization_requests").await, 0);
}

async fn a_request_of_another_browser_is_none(server: TestServer) {
    let client = server.site("app", "openid").await;
    let mallory = server.user("mallory").await;
    let mut browser = Browser::of(&server);
    browser.get("/login").await;
    let first = browser.get(&Ask::of(&client).path()).await;
    let path = format!("/authorize/continue?request={}", request_in(&first, "/login"));
    let mut other = Browser::of(&server);
    other.get("/login").await;
    other.enter(&server, mallory).await;

    assert_is_error_page(&other.get(&path).await, "another browser");
    let consent = path.replace("/authorize/continue", "/consent");
    assert_is_error_page(&other.get(&consent).await, "another browser");
}

async fn a_request_that_never_was_is_a_page(server: TestServer) {
    let mut browser = Browser::of(&server);
    browser.get("/login").await;

    for path in ["/authorize/continue", "/consent"] {
        for query in ["", "?request=", "?request=x", "?request=%00", "?request=a&request=b"] {
            assert_is_error_page(&browser.get(&format!("{path}{query}")).await, "is over");
        }
    }
}

async fn one_network_has_so_many_requests_kept_in_a_minute(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ask = Ask::of(&client);
    let user_id = server.user("ingrid").await;
    let mut ingrid = Browser::of(&server);
    ingrid.get("/login").await;
    ingrid.enter(&server, user_id).await;
    let at = |address: &str| Peer { address: address.parse().unwrap(), encrypted: true };
    let asked = async |peer: Peer| {
        let request = Request::builder().uri(ask.path()).header("accept", "text/html");
        server.send_from(peer, request, "").await
    };
    let begun = asked(HERE).await;
    let request = begun.header("location").unwrap().split_once("request=").unwrap().1.to_owned();
    for _ in 1..600 {
        assert_eq!(asked(HERE).await.status, 303);
    }

    for _ in 0..2 {
        let answer = asked(HERE).await;
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
        let posted = server.post_form("/authorize", &ask.encoded()).await;
        assert_eq!(posted.status, 503, "{posted:?}");
    }

    assert_eq!(server.database().count("authorization_requests").await, 600);
    // Neither those who are signed in, nor those who began before, nor others wait for that.
    ingrid.returned(&ask).await.code();
    let going_on = ingrid.get(&format!("/authorize/continue?request={request}")).await;
    Returned::of(&going_on).code();
    assert_eq!(asked(at("198.51.100.7")).await.status, 303);
    server.advance(Duration::from_mins(1));
    assert_eq!(asked(HERE).await.status, 303);
}

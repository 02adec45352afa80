//! The page of the audit log.

use std::time::Duration;

use tessera::{
    app::MOST_FOLLOWERS,
    model::{audit::Operator, user::OperatorRole},
};

use crate::common::{Browser, Form, TestServer, on_each_engine, until::until};

on_each_engine!(
    what_an_operator_did_stands_in_it_with_where_they_came_from,
    a_query_that_cannot_be_read_is_told_and_stays,
    hostile_texts_do_nothing,
    pages_follow_each_other_and_end,
    the_log_goes_on_from_the_event_that_was_seen_last,
    it_is_written_out_as_lines_and_that_is_noted,
    whoever_is_no_operator_any_more_hears_nothing_more,
    so_many_follow_at_once_and_no_more,
);

/// Adds a client of this name, by somebody of that name.
async fn add(server: &TestServer, id: &str, by: &str, reason: &str) {
    let operator = Operator::new(by).because(reason);
    let key = (tessera::model::id::uuid_v7(server.now(), &server.app.random), server.now());
    let event = operator.did(key, "client.added", id, None);
    let mut store = server.app.store.begin().await.unwrap();
    store.insert_audit_event(&event).await.unwrap();
    store.commit().await.unwrap();
}

async fn browser(server: &TestServer) -> Browser<'_> {
    server.operator(OperatorRole::Auditor).await
}

async fn what_an_operator_did_stands_in_it_with_where_they_came_from(server: TestServer) {
    let mut admin = server.operator(OperatorRole::Admin).await;
    let page = admin.get("/admin/keys/rotate?algorithm=ES256").await;
    admin.submit(&Form::to(&page, "/admin/keys/rotate")).await;

    let page = admin.get("/admin/audit?q=action:key.staged").await;

    assert!(page.body.contains("<code>key.staged</code>"), "{}", page.body);
    assert!(page.body.contains("<bdi>user:default/admin</bdi>"), "{}", page.body);
    assert!(page.body.contains("<span class=\"src\">127.0.0.1</span>"), "{}", page.body);
    assert!(page.body.contains("<bdi>req_"), "{}", page.body);
}

async fn a_query_that_cannot_be_read_is_told_and_stays(server: TestServer) {
    let mut browser = browser(&server).await;

    let page = browser.get("/admin/audit?q=acton:key.staged%20%3Cb%3E").await;

    assert_eq!(page.status, 200);
    assert!(page.body.contains("value=\"acton:key.staged &#60;b&#62;\""), "{}", page.body);
    assert!(page.body.contains("acton"), "{}", page.body);
    assert!(page.body.contains("aria-invalid=\"true\""), "{}", page.body);
}

async fn hostile_texts_do_nothing(server: TestServer) {
    let evil = "\"><script>alert(1)</script>\u{202e}\r\nid: 1\n\n";
    add(&server, evil, evil, &evil.repeat(100)).await;
    let mut browser = browser(&server).await;

    let page = browser.get("/admin/audit").await;
    server.app.begin_stopping();
    let stream =
        browser.get("/admin/audit/stream?after=00000000-0000-7000-8000-000000000000").await;

    for body in [&page.body, &stream.body] {
        assert!(body.contains("&#60;script&#62;"), "{body}");
        assert!(!body.contains("<script>"), "{body}");
    }
    assert!(!stream.body.contains("\nid: 1\n"), "{}", stream.body);
}

async fn pages_follow_each_other_and_end(server: TestServer) {
    for number in 0..120 {
        add(&server, &format!("c{number}"), "cli:x", "").await;
    }
    let mut browser = browser(&server).await;
    let (mut path, mut seen, mut pages) = ("/admin/audit?q=action:client.added".to_owned(), 0, 0);
    loop {
        let page = browser.get(&path).await;
        seen += page.body.matches("<code>client.added</code>").count();
        pages += 1;
        let Some((_, rest)) = page.body.split_once("&amp;from=") else { break };
        let from = rest.split('"').next().unwrap();
        path = format!("/admin/audit?q=action:client.added&from={from}");
    }

    assert_eq!((seen, pages), (120, 3));
}

async fn the_log_goes_on_from_the_event_that_was_seen_last(server: TestServer) {
    add(&server, "seen", "cli:x", "").await;
    let mut browser = browser(&server).await;
    let page = browser.get("/admin/audit?q=client:seen").await;
    let after =
        page.body.split("&amp;after=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    server.advance(Duration::from_secs(1));
    add(&server, "fresh", "cli:x", "").await;
    // An answer of a server that stops ends after one look.
    server.app.begin_stopping();

    let all = browser.get(&format!("/admin/audit/stream?after={after}")).await;
    let none = browser.get(&format!("/admin/audit/stream?q=client:other&after={after}")).await;

    assert_eq!(all.header("content-type"), Some("text/event-stream"));
    assert!(all.body.contains("fresh") && !all.body.contains("<bdi>seen</bdi>"), "{}", all.body);
    assert!(!none.body.contains("fresh"), "{}", none.body);
}

async fn it_is_written_out_as_lines_and_that_is_noted(server: TestServer) {
    for number in 0..3 {
        server.advance(Duration::from_secs(1));
        add(&server, &format!("c{number}"), "cli:x", "").await;
    }
    let mut browser = browser(&server).await;
    let page = browser.get("/admin/audit?q=action:client.added").await;
    let form = Form::to(&page, "/admin/audit/export");

    let lines = browser.submit(&form).await;
    let foreign = browser.submit(&form.with("csrf", "x")).await;

    let events: Vec<serde_json::Value> =
        lines.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 3, "{lines:?}");
    assert_eq!(events[0]["target"], "c0");
    assert_eq!(foreign.status, 303);
    let page = browser.get("/admin/audit?q=action:audit.exported").await;
    assert_eq!(page.body.matches("<code>audit.exported</code>").count(), 1, "{}", page.body);
}

const TAKEN: &str = "{ username = 'auditor', operator_roles = [] }";

async fn whoever_is_no_operator_any_more_hears_nothing_more(server: TestServer) {
    let mut browser = browser(&server).await;

    let follow = tokio::time::timeout(Duration::from_secs(30), browser.get("/admin/audit/stream"));
    let take = async {
        let is_followed = async || server.app.followers.available_permits() < MOST_FOLLOWERS;
        until("somebody follows", is_followed).await;
        server.people(&[TAKEN]).await;
    };
    let (answer, ()) = tokio::join!(follow, take);

    assert_eq!(answer.expect("it goes on").status, 200);
}

async fn so_many_follow_at_once_and_no_more(server: TestServer) {
    let mut browser = browser(&server).await;
    server.app.begin_stopping();
    let all = u32::try_from(MOST_FOLLOWERS).unwrap();
    let places = server.app.followers.try_acquire_many(all).unwrap();

    let refused = browser.get("/admin/audit/stream").await;
    drop(places);

    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(refused.header("retry-after"), Some("1"));
    for _ in 0..2 {
        assert_eq!(browser.get("/admin/audit/stream").await.status, 200);
        assert_eq!(server.app.followers.available_permits(), MOST_FOLLOWERS);
    }
}

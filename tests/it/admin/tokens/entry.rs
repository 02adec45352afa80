//! The page of one entry.

use std::time::Duration;

use tessera::model::{client::ClientKind, user::OperatorRole};

use super::{DOWNLOAD, entries};
use crate::common::{TestServer, on_each_engine, typed::Wanted};

on_each_engine!(
    an_entry_says_why_it_works_and_what_is_left,
    an_ended_entry_says_who_ended_it_and_why,
    a_family_is_shown_as_a_tree,
    an_entry_that_is_not_there_leads_to_the_audit_log,
    hostile_names_are_shown_as_text,
);

async fn an_entry_says_why_it_works_and_what_is_left(server: TestServer) {
    server.define(DOWNLOAD).await;
    let mailer = server.machine("report-mailer", "read").await;
    server.create(&mailer, "DownloadLink", Wanted::default()).await;
    let key = entries(&server, "").await.remove(0);
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let page = browser.get(&format!("/admin/tokens/{key}")).await;
    let abbreviated = browser.get(&format!("/admin/tokens/{}", &key[..14])).await;

    for text in [
        "Valid: active",
        "Not revoked, replaced or used",
        "DownloadLink v1",
        "3 of 3 left",
        "in 1 d",
    ] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(page.body.contains(&format!("/admin/audit?q=target:{key}")), "{}", page.body);
    assert!(!page.body.contains("/admin/tokens/revoke"), "{}", page.body);
    let whole = format!("/admin/tokens/{key}");
    assert_eq!(abbreviated.header("location"), Some(whole.as_str()), "{abbreviated:?}");
}

async fn an_ended_entry_says_who_ended_it_and_why(server: TestServer) {
    let machine = server.machine("one", "read").await;
    let token = server.token(&machine).await;
    server.post("/revoke", &machine, &format!("token={token}")).await;
    let key = entries(&server, "").await.remove(0);
    server.advance(Duration::from_mins(2));
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let page = browser.get(&format!("/admin/tokens/{key}")).await;

    for text in ["Not valid: revoked", "by client:one", "2 min ago", "would pass"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
}

async fn a_family_is_shown_as_a_tree(server: TestServer) {
    let client = server.application("tide-charts", "read", ClientKind::Web).await;
    let mut pair = server.begin(&client, "").await;
    for _ in 0..5 {
        server.advance(Duration::from_mins(1));
        pair = server.refresh(&client, &pair.refresh).await;
    }
    let live = entries(&server, "kind:refresh status:active").await.remove(0);
    let first = entries(&server, "kind:refresh").await.remove(0);
    let mut browser = server.operator(OperatorRole::Auditor).await;

    for key in [live, first] {
        let page = browser.get(&format!("/admin/tokens/{key}")).await;

        let (open, closed) = (page.body.matches("<ul").count(), page.body.matches("</ul>").count());
        assert_eq!(open, closed, "{}", page.body);
        let (open, closed) = (
            page.body.matches("<li>").count() + page.body.matches("<li ").count(),
            page.body.matches("</li>").count(),
        );
        assert_eq!(open, closed, "{}", page.body);
        assert_eq!(page.body.matches("class=\"node here\"").count(), 1, "{}", page.body);
        assert!(page.body.contains("/admin/tokens?q=family%3A"), "{}", page.body);
    }
}

async fn an_entry_that_is_not_there_leads_to_the_audit_log(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Auditor).await;

    for typed in ["tok_0000000000000", "tok_U", "%3Cscript%3E"] {
        let page = browser.get(&format!("/admin/tokens/{typed}")).await;

        assert_eq!(page.status, 404, "{page:?}");
        assert!(page.body.contains("No entry with this ID"), "{}", page.body);
        assert!(page.body.contains("/admin/audit?q=target:"), "{}", page.body);
        assert!(!page.body.contains("<script>"), "{}", page.body);
    }
}

async fn hostile_names_are_shown_as_text(server: TestServer) {
    server.define(DOWNLOAD).await;
    let mailer = server.machine("report-mailer", "read").await;
    let hostile = "<script>alert(1)</script>\u{202e}\u{200b}";
    let long = "x".repeat(400);
    for identity in [hostile, &long] {
        let wanted =
            Wanted { identity: Some(identity), purposes: &["a\"b'c<i>"], ..Wanted::default() };
        server.create(&mailer, "DownloadLink", wanted).await;
    }
    let mut browser = server.operator(OperatorRole::TokenAdmin).await;
    let mut pages = vec![browser.get("/admin/tokens").await];
    for key in entries(&server, "").await {
        pages.push(browser.get(&format!("/admin/tokens/{key}")).await);
        pages.push(browser.get(&format!("/admin/tokens/revoke?{key}=1")).await);
    }
    let query = "identity%3A%22%3Cscript%3Ealert(1)%3C%2Fscript%3E%22";
    pages.push(browser.get(&format!("/admin/tokens?q={query}")).await);
    pages.push(browser.get(&format!("/admin/tokens/revoke?q={query}&everything=1")).await);

    for page in pages {
        assert_eq!(page.status, 200, "{page:?}");
        assert!(!page.body.contains("<script>alert"), "{}", page.body);
        assert!(!page.body.contains("<i>\""), "{}", page.body);
    }
}

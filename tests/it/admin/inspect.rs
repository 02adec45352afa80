//! The inspector: tokens, and whatever else is typed into the head of a page.

use tessera::model::user::OperatorRole;

use super::tokens::entries;
use crate::common::{Browser, Form, TestServer, on_each_engine, server::Answer, typed::Wanted};

on_each_engine!(
    a_token_is_looked_at_and_nothing_is_used_up,
    a_token_in_a_command_is_found,
    a_token_that_is_none_is_said_to_be_none,
    a_token_that_does_not_fit_says_for_what,
    another_client_is_told_what_it_would_be,
    names_lead_to_their_pages,
    whoever_may_look_may_inspect,
    a_form_of_another_session_looks_at_nothing,
    no_form_to_sign_in_is_put_into_a_page,
);

const ONCE: &str = "[[token_types]]\nname = 'Reset'\n\
    [[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '1h'\n\
    [[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 1\n";

/// Pastes something into the page.
async fn inspect(browser: &mut Browser<'_>, text: &str, more: &[(&str, &str)]) -> Answer {
    let page = browser.get("/admin/inspect").await;
    let mut form = Form::with_text(&page, "id=\"paste\"").with("token", text);
    for (name, value) in more {
        form = form.with(name, value);
    }
    browser.submit(&form).await
}

async fn a_token_is_looked_at_and_nothing_is_used_up(server: TestServer) {
    server.define(ONCE).await;
    let mailer = server.machine("mailer", "read").await;
    let token = server.create(&mailer, "Reset", Wanted::default()).await;
    let mut browser = server.operator(OperatorRole::TokenAdmin).await;

    for _ in 0..2 {
        let page = inspect(&mut browser, &token, &[]).await;

        for text in ["Valid: active", "1 of 1 left", "used nothing up", "&#34;allowed&#34;"] {
            assert!(page.body.contains(text), "{text}: {}", page.body);
        }
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
    let key = entries(&server, "").await.remove(0);
    let page = inspect(&mut browser, &key, &[]).await;
    let place = format!("/admin/tokens/{key}");
    assert_eq!(page.header("location"), Some(place.as_str()), "{page:?}");
}

async fn a_token_in_a_command_is_found(server: TestServer) {
    let machine = server.machine("one", "read").await;
    let token = server.token(&machine).await;
    let mut browser = server.operator(OperatorRole::Auditor).await;
    let command = format!("curl -H 'Authorization: Bearer {token}' https://api.example/x");

    let page = inspect(&mut browser, &command, &[]).await;

    assert!(page.body.contains("Valid: active"), "{}", page.body);
    assert!(page.body.contains("&#34;active&#34;: true"), "{}", page.body);
    assert!(page.body.contains("&#34;client_id&#34;: &#34;one&#34;"), "{}", page.body);
}

async fn a_token_that_is_none_is_said_to_be_none(server: TestServer) {
    let machine = server.machine("one", "read").await;
    let token = server.token(&machine).await;
    server.post("/revoke", &machine, &format!("token={token}")).await;
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let ended = inspect(&mut browser, &token, &[]).await;
    let unknown = inspect(&mut browser, "<script>alert(1)</script>", &[]).await;
    let jwt = inspect(&mut browser, "eyJhbGciOiJub25lIn0.eyJzdWIiOiI8Yj4ifQ.", &[]).await;

    assert!(ended.body.contains("Not valid: revoked"), "{}", ended.body);
    assert!(ended.body.contains("&#34;active&#34;: false"), "{}", ended.body);
    assert!(unknown.body.contains("Not valid: unknown"), "{}", unknown.body);
    assert!(!unknown.body.contains("<script>alert"), "{}", unknown.body);
    assert!(jwt.body.contains("not signed by us"), "{}", jwt.body);
    assert!(!jwt.body.contains("<b>\"\n"), "{}", jwt.body);
}

async fn a_token_that_does_not_fit_says_for_what(server: TestServer) {
    server.define(ONCE).await;
    let mailer = server.machine("mailer", "read").await;
    let wanted = Wanted { purposes: &["reset"], ..Wanted::default() };
    let token = server.create(&mailer, "Reset", wanted).await;
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let open = inspect(&mut browser, &token, &[]).await;
    let wrong = inspect(&mut browser, &token, &[("purpose", "login")]).await;

    assert!(open.body.contains("only reset"), "{}", open.body);
    assert!(wrong.body.contains("Not valid: wrong purpose"), "{}", wrong.body);
    assert!(wrong.body.contains("reset: login is not"), "{}", wrong.body);
    assert!(wrong.body.contains("&#34;not_allowed&#34;"), "{}", wrong.body);
}

async fn another_client_is_told_what_it_would_be(server: TestServer) {
    let api = server.introspector("api", "read").await;
    let machine = server.machine("one", "read other").await;
    let other = server.machine("two", "read").await;
    let meant = "grant_type=client_credentials&scope=read";
    let meant = server.post("/token", &machine, meant).await.json()["access_token"].clone();
    let meant = meant.as_str().unwrap();
    let token = server.token(&machine).await;
    let mut browser = server.operator(OperatorRole::Auditor).await;

    for (client, seen) in [(&machine, true), (&api, true), (&other, false)] {
        let page = inspect(&mut browser, meant, &[("client", client.id.as_str())]).await;
        let said = format!("&#34;active&#34;: {seen}");
        assert!(page.body.contains(&said), "{}: {}", client.id.as_str(), page.body);
        let asked = server.post("/introspect", client, &format!("token={meant}")).await;
        assert_eq!(asked.json()["active"], seen, "{asked:?}");
    }
    let nobody = inspect(&mut browser, &token, &[("client", "nobody")]).await;
    assert!(nobody.body.contains("no client of that ID"), "{}", nobody.body);
    assert!(!nobody.body.contains("Valid: active"), "{}", nobody.body);
}

async fn names_lead_to_their_pages(server: TestServer) {
    server.machine("report-mailer", "read").await;
    let jonas = server.user("jonas").await;
    let mut browser = server.operator(OperatorRole::Auditor).await;
    let page = browser.get("/admin/settings").await;
    let form = Form::with_text(&page, "id=\"jump-form\"");

    let client = browser.submit(&form.clone().with("q", "report-mailer")).await;
    let user = browser.submit(&form.clone().with("q", "Jonas")).await;
    let query = browser.submit(&form.clone().with("q", "client:report-mailer status:active")).await;
    let text = browser.submit(&form.clone().with("q", "status:active tsa_like-a-token")).await;
    let secret = format!("client:{}", "s".repeat(43));
    let secret = browser.submit(&form.clone().with("q", &secret)).await;
    let nobody = browser.submit(&form.with("q", "nobody-at-all")).await;

    assert_eq!(client.header("location"), Some("/admin/clients/report-mailer"), "{client:?}");
    assert_eq!(user.header("location"), Some(format!("/admin/users/{jonas}").as_str()), "{user:?}");
    let place = "/admin/tokens?q=client%3Areport-mailer+status%3Aactive";
    assert_eq!(query.header("location"), Some(place), "{query:?}");
    for text in [text, secret] {
        assert_eq!(text.status, 200, "what may be a secret is never in an address: {text:?}");
    }
    assert_eq!(nobody.status, 200, "{nobody:?}");
    assert!(nobody.body.contains("Nothing found"), "{}", nobody.body);
}

async fn whoever_may_look_may_inspect(server: TestServer) {
    let machine = server.machine("one", "read").await;
    let token = server.token(&machine).await;

    for role in [OperatorRole::Auditor, OperatorRole::UserAdmin, OperatorRole::ClientAdmin] {
        let mut browser = server.operator(role).await;
        let page = inspect(&mut browser, &token, &[]).await;

        assert!(page.body.contains("Valid: active"), "{role}: {}", page.body);
        assert!(!page.body.contains("You can look, not change"), "{role}: {}", page.body);
    }
}

async fn a_form_of_another_session_looks_at_nothing(server: TestServer) {
    let machine = server.machine("one", "read").await;
    let token = server.token(&machine).await;
    let mut ours = server.operator(OperatorRole::Auditor).await;
    let page = ours.get("/admin/inspect").await;
    let form = Form::with_text(&page, "id=\"paste\"").with("token", &token);
    let mut other = server.operator(OperatorRole::Auditor).await;

    let answer = other.submit(&form).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(!answer.body.contains("Valid: active"), "{answer:?}");
    assert!(answer.body.contains(&token), "what was pasted is there again: {answer:?}");
}

async fn no_form_to_sign_in_is_put_into_a_page(server: TestServer) {
    let path = "/admin/clients?q=a";
    let whole = Browser::of(&server).get(path).await;
    let part = Browser::of(&server).get_part(path).await;

    assert_eq!((whole.status.as_u16(), part.status.as_u16()), (303, 200), "{part:?}");
    assert_eq!(part.header("hx-redirect"), whole.header("location"), "{part:?}");
    assert!(part.header("location").is_none() && part.body.is_empty(), "{part:?}");
}

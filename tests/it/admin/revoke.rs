//! Revoking on a page: of what was ticked, of all that a filter means, of one.

use std::time::Duration;

use tessera::model::{client::ClientKind, user::OperatorRole};

use super::{PASSWORD, form_at, tokens::entries};
use crate::common::{Form, TestServer, on_each_engine};

on_each_engine!(
    ticked_rows_are_revoked_and_what_goes_is_said_before,
    a_family_goes_along_unless_one_says_otherwise,
    all_that_match_are_revoked,
    a_large_number_has_to_be_typed,
    all_of_a_client_end_at_once,
    old_proof_is_not_enough_and_nothing_typed_is_lost,
    whoever_may_only_look_revokes_nothing,
    a_stale_form_revokes_nothing,
    nothing_chosen_leads_back,
);

async fn ticked_rows_are_revoked_and_what_goes_is_said_before(server: TestServer) {
    let machine = server.machine("one", "read").await;
    let (first, second) = (server.token(&machine).await, server.token(&machine).await);
    let key = entries(&server, "").await.remove(0);
    let mut browser = server.operator(OperatorRole::TokenAdmin).await;
    let path = format!("/admin/tokens/revoke?{key}=1&q=client%3Aone");
    let page = browser.get(&path).await;

    for text in ["Revoke 1 token?", "1 access", "<bdi>one</bdi>", "tessera token revoke tok_"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let form =
        Form::to(&page, "/admin/tokens/revoke").with("reason", "sent to <b>the</b> wrong one");
    let done = browser.submit(&form).await;

    assert_eq!(done.header("location"), Some("/admin/tokens?q=client%3Aone&revoked=1"), "{done:?}");
    let live =
        [server.is_active(&machine, &first).await, server.is_active(&machine, &second).await];
    assert_eq!(live.iter().filter(|is| **is).count(), 1);
    let list = browser.get("/admin/tokens?revoked=1").await;
    assert!(list.body.contains("Revoked 1 token."), "{}", list.body);
    let entry = browser.get(&format!("/admin/tokens/{key}")).await;
    let why = "by user:default/token-admin: sent to &#60;b&#62;the&#60;/b&#62; wrong one";
    assert!(entry.body.contains(why), "{}", entry.body);
}

async fn a_family_goes_along_unless_one_says_otherwise(server: TestServer) {
    let client = server.application("tide-charts", "read", ClientKind::Web).await;
    let (first, second) = (server.begin(&client, "").await, server.begin(&client, "").await);
    let mut browser = server.operator(OperatorRole::TokenAdmin).await;
    let access = entries(&server, "kind:access").await;

    let alone =
        form_at(&mut browser, &format!("/admin/tokens/revoke?{}=1&reach=one", access[0])).await;
    assert_eq!(browser.submit(&alone).await.status, 303);
    let live = entries(&server, "status:active").await.len();
    assert_eq!(live, 3);
    let whole = form_at(&mut browser, &format!("/admin/tokens/revoke?{}=1", access[1])).await;
    let done = browser.submit(&whole).await;

    assert_eq!(done.header("location"), Some("/admin/tokens?revoked=2"), "{done:?}");
    assert_eq!(entries(&server, "status:active").await.len(), 1);
    let refused = [&first, &second].map(|pair| pair.refresh.clone());
    let mut works = 0;
    for refresh in refused {
        works += usize::from(server.try_refresh(&client, &refresh, "").await.status == 200);
    }
    assert_eq!(works, 1);
}

async fn all_that_match_are_revoked(server: TestServer) {
    let (one, other) = (server.machine("one", "read").await, server.machine("other", "read").await);
    for machine in [&one, &one, &other] {
        server.token(machine).await;
    }
    let mut browser = server.operator(OperatorRole::TokenAdmin).await;
    let path = "/admin/tokens/revoke?everything=1&q=client%3Aone%20kind%3Aaccess";
    let page = browser.get(path).await;
    assert!(page.body.contains("Revoke 2 tokens?"), "{}", page.body);
    let command = "tessera token revoke --filter &#39;client:one kind:access&#39; --family";
    assert!(page.body.contains(command), "{}", page.body);

    let done = browser.submit(&Form::to(&page, "/admin/tokens/revoke")).await;

    let place = "/admin/tokens?q=client%3Aone+kind%3Aaccess&revoked=2";
    assert_eq!(done.header("location"), Some(place), "{done:?}");
    assert_eq!(entries(&server, "status:active").await.len(), 1);
}

async fn a_large_number_has_to_be_typed(server: TestServer) {
    let machine = server.machine("one", "read").await;
    for _ in 0..101 {
        server.token(&machine).await;
    }
    let mut browser = server.operator(OperatorRole::TokenAdmin).await;
    let path = "/admin/tokens/revoke?everything=1&q=client%3Aone%20kind%3Aaccess";
    let form = form_at(&mut browser, path).await;

    for typed in ["", "1", "all", "90"] {
        let refused =
            browser.submit(&form.clone().with("typed", typed).with("reason", "why")).await;
        assert!(refused.body.contains("Type <code>101</code>"), "{typed}: {}", refused.body);
        assert!(refused.body.contains("value=\"why\""), "{typed}: {}", refused.body);
    }
    assert_eq!(entries(&server, "status:active").await.len(), 101);
    let done = browser.submit(&form.with("typed", "101")).await;
    assert_eq!(done.status, 303, "{done:?}");
    assert_eq!(entries(&server, "status:active").await.len(), 0);
}

async fn all_of_a_client_end_at_once(server: TestServer) {
    let machine = server.machine("one", "read").await;
    let token = server.token(&machine).await;
    let mut browser = server.operator(OperatorRole::TokenAdmin).await;
    let form = form_at(&mut browser, "/admin/tokens/revoke?everything=1&q=client%3Aone").await;
    assert!(!form.fields.contains_key("reach"));

    let done = browser.submit(&form).await;

    assert_eq!(done.header("location"), Some("/admin/tokens?q=client%3Aone&done=all"), "{done:?}");
    assert!(!server.is_active(&machine, &token).await);
    let list = browser.get("/admin/tokens?q=client%3Aone&done=all").await;
    assert!(list.body.contains("Cut off"), "{}", list.body);
}

async fn old_proof_is_not_enough_and_nothing_typed_is_lost(server: TestServer) {
    let machine = server.machine("one", "read").await;
    server.token(&machine).await;
    let key = entries(&server, "").await.remove(0);
    let mut browser = server.operator(OperatorRole::TokenAdmin).await;
    let form = form_at(&mut browser, &format!("/admin/tokens/revoke?{key}=1")).await;
    server.advance(Duration::from_mins(6));

    let refused = browser.submit(&form.with("reason", "lost phone").with("reach", "one")).await;
    assert!(refused.body.contains("Type your password to go on"), "{}", refused.body);
    assert_eq!(entries(&server, "status:active").await.len(), 1);
    let again = Form::to(&refused, "/admin/tokens/revoke");
    assert_eq!(again.fields["reason"], "lost phone");
    assert_eq!(again.fields["reach"], "one");
    let done = browser.submit(&again.with("proof_password", PASSWORD)).await;

    assert_eq!(done.header("location"), Some("/admin/tokens?revoked=1"), "{done:?}");
}

async fn whoever_may_only_look_revokes_nothing(server: TestServer) {
    let machine = server.machine("one", "read").await;
    server.token(&machine).await;
    let key = entries(&server, "").await.remove(0);
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    let path = format!("/admin/tokens/revoke?{key}=1");
    let form = form_at(&mut browser, &path).await;

    let page = browser.get(&path).await;
    assert!(!page.body.contains("btn-danger-fill"), "{}", page.body);
    assert_eq!(browser.submit(&form).await.status, 403);

    assert_eq!(entries(&server, "status:active").await.len(), 1);
}

async fn a_stale_form_revokes_nothing(server: TestServer) {
    let machine = server.machine("one", "read").await;
    server.token(&machine).await;
    let key = entries(&server, "").await.remove(0);
    let mut browser = server.operator(OperatorRole::TokenAdmin).await;
    let form = form_at(&mut browser, &format!("/admin/tokens/revoke?{key}=1")).await;
    let mut other = server.operator(OperatorRole::TokenAdmin).await;

    let answer = other.submit(&form.with("reason", "mine")).await;

    assert!(answer.body.contains("value=\"mine\""), "{answer:?}");
    assert_eq!(entries(&server, "status:active").await.len(), 1);
}

async fn nothing_chosen_leads_back(server: TestServer) {
    let mut browser = server.operator(OperatorRole::TokenAdmin).await;

    let answer = browser.get("/admin/tokens/revoke?q=client%3Aone").await;
    let empty = browser.get("/admin/tokens/revoke?everything=1&q=").await;

    let place = "/admin/tokens?q=client%3Aone&done=none";
    assert_eq!(answer.header("location"), Some(place), "{answer:?}");
    let list = browser.get(place).await;
    assert!(list.body.contains("Nothing was ticked, so nothing was revoked."), "{list:?}");
    assert_eq!(empty.status, 400, "{empty:?}");
}

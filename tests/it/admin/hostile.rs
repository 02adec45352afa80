//! Texts that nobody types by accident: in every address and every field of the console, they are
//! refused or shown, and never a fault of ours.

use tessera::model::{client::ClientKind, user::OperatorRole};
use url::form_urlencoded::byte_serialize;

use super::tokens::entries;
use crate::common::{Browser, Form, TestServer, on_each_engine, server::Answer};

on_each_engine!(
    no_address_is_a_fault_of_ours,
    no_field_is_a_fault_of_ours,
    a_command_holds_a_name_as_one_word,
    no_client_has_an_id_that_leads_elsewhere,
    a_client_with_the_name_of_a_page_is_reached,
    a_filter_has_no_name_that_looks_like_another,
);

/// Addresses of the console, with `X` for what is written.
const ADDRESSES: &[&str] = &[
    "/admin?range=X&as=X",
    "/admin/tokens?q=X",
    "/admin/tokens?q=client:\"X\"",
    "/admin/tokens?q=user:\"X\"",
    "/admin/tokens?q=user:\"default/X\"",
    "/admin/tokens?q=type:\"X\"",
    "/admin/tokens?q=scope:\"X\"",
    "/admin/tokens?q=identity:\"X\"",
    "/admin/tokens?q=purpose:\"X\"",
    "/admin/tokens?q=\"X\"",
    "/admin/tokens?q=status:active&after=X",
    "/admin/tokens?q=status:active&before=X",
    "/admin/tokens?pick=1&type=X&client=X&user=X&scope=X&status=X&expires=X&rest=X",
    "/admin/tokens?revoked=X&done=X",
    "/admin/tokens/revoke?tok_X=1&q=X&reach=X",
    "/admin/tokens/revoke?everything=1&q=X&reach=X",
    "/admin/tokens/revoke?everything=1&q=client:\"X\"",
    "/admin/tokens/X",
    "/admin/types?new=X",
    "/admin/types/X",
    "/admin/audit?q=X&from=X",
    "/admin/audit?q=X",
    "/admin/audit?q=target:\"X\"",
    "/admin/audit?q=actor:\"X\"",
    "/admin/audit?q=user:\"X\"",
    "/admin/audit?q=client:\"X\"",
    "/admin/audit?q=request:\"X\"",
    "/admin/audit?q=node:\"X\"",
    "/admin/audit?q=at:\"X\"",
    "/admin/audit?from=X",
    "/admin/audit/stream?q=target:\"X\"",
    "/admin/audit/stream?after=X",
    "/admin/clients?q=X",
    "/admin/clients?after=X",
    "/admin/clients/X",
    "/admin/clients/X/credentials",
    "/admin/clients/X/delete",
    "/admin/clients/X/credentials/retire?hint=X",
    "/admin/clients/billing/credentials/retire?hint=X",
    "/admin/resource-servers/one?audience=X",
    "/admin/resource-servers/delete?audience=X",
    "/admin/users?q=X",
    "/admin/users?realm=X",
    "/admin/users?after=X",
    "/admin/users?after=default/X",
    "/admin/users/X",
    "/admin/users/X/link",
    "/admin/keys/rotate?algorithm=X",
    "/admin/keys/withdraw?kid=X",
    "/admin/settings?q=X&changed=X",
];

/// What is written.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "\0",
        "a\0b",
        "\"><script>alert(1)</script>",
        "\u{202e}evil\u{200b}",
        "\u{301}",
        "a\r\nLocation: https://evil.example\r\n\r\n",
        "\u{1b}[2J",
        "'; DROP TABLE users; --",
        "{\"a\": \"\\u0000\"}",
        "javascript:alert(1)",
        "%00%0a%ff",
        ".",
        "..",
        "../../etc/passwd",
        "-1",
        "9223372036854775807",
        "99999999999999999999d",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "tok_",
        "[[token_types]]\nname = \"x\\u0000\"\ndescription = \"\\u0000\"",
        "\u{10ffff}",
    ]
    .map(str::to_owned)
    .into();
    texts.push("x".repeat(5000));
    texts.push("(".repeat(2000));
    texts
}

fn judge(answer: &Answer, what: &str, faults: &mut Vec<String>) {
    let known: String = answer.body.chars().take(300).collect();
    if answer.status.is_server_error() {
        faults.push(format!("{} {what:?}: {known}", answer.status));
    }
    if answer.body.contains("<script>alert") {
        faults.push(format!("markup {what:?}: {known}"));
    }
    if answer.headers.contains_key("location")
        && !answer
            .header("location")
            .is_some_and(|to| to.starts_with("/admin") || to.starts_with("/account"))
    {
        faults.push(format!("leads to {:?} {what:?}", answer.header("location")));
    }
    if answer.header("cache-control") != Some("no-store") {
        faults.push(format!("kept {what:?}"));
    }
}

/// Everything that has a page, a token and a filter among it.
async fn furnish(server: &TestServer) -> Vec<String> {
    let machine = server.machine("billing", "read").await;
    server.application("portal", "read", ClientKind::Web).await;
    server.token(&machine).await;
    server
        .people(&["{ username = 'Ingrid', password = { value = 'correct horse' }, \
                   claims = { email = 'ingrid@fjordline.example' } }"])
        .await;
    let mut ingrid = Browser::of(server);
    ingrid.sign_in("Ingrid", "correct horse").await;
    let user = format!("/admin/users/{}", server.person("Ingrid").await.user_id);
    let key = entries(server, "").await.remove(0);
    let kid = tessera::acts::keys::list(&server.app).await.unwrap()[0].key.kid.clone();
    [
        "/admin",
        "/admin/tokens?q=status:active",
        "/admin/types?new=1",
        "/admin/types/access",
        "/admin/inspect",
        "/admin/audit",
        "/admin/clients/new",
        "/admin/clients/billing",
        "/admin/clients/portal",
        "/admin/clients/billing/credentials",
        "/admin/clients/billing/delete",
        "/admin/resource-servers/one",
        "/admin/users/new",
        &user,
        &format!("{user}/link"),
        &format!("{user}/delete"),
        &format!("/admin/tokens/revoke?{key}=1"),
        "/admin/tokens/revoke?everything=1&q=client:billing",
        "/admin/keys/rotate?algorithm=ES256",
        &format!("/admin/keys/withdraw?kid={kid}"),
    ]
    .map(str::to_owned)
    .into()
}

async fn no_address_is_a_fault_of_ours(server: TestServer) {
    furnish(&server).await;
    let mut browser = server.operator(OperatorRole::Admin).await;
    // What goes on for long ends after its first look at a server that stops.
    server.app.begin_stopping();
    let mut faults = Vec::new();
    for text in texts() {
        let written: String =
            byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
        for pattern in ADDRESSES {
            let path = pattern.replace('"', "%22").replace('X', &written);
            let answer = browser.get(&path).await;
            let what: String = path.chars().take(90).collect();
            judge(&answer, &what, &mut faults);
        }
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}

async fn no_field_is_a_fault_of_ours(server: TestServer) {
    let pages = furnish(&server).await;
    let mut browser = server.operator(OperatorRole::Admin).await;
    let mut faults = Vec::new();
    for path in pages {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {page:?}");
        let forms = Form::all(&page);
        for form in forms.iter().filter(|form| form.action.starts_with("/admin")) {
            for name in form.fields.keys().filter(|name| *name != "csrf" && *name != "part") {
                for text in texts() {
                    let answer = browser.submit(&form.clone().with(name, &text)).await;
                    let shown: String = text.chars().take(20).collect();
                    judge(&answer, &format!("{path} {} {name} {shown}", form.action), &mut faults);
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}

async fn a_command_holds_a_name_as_one_word(server: TestServer) {
    server.people(&["{ username = \"x'; reboot; '\" }"]).await;
    let user = server.person("x'; reboot; '").await;
    let mut browser = server.operator(OperatorRole::Admin).await;
    let form = super::form_at(&mut browser, "/admin/resource-servers/one").await;
    let form = form.with("audience", "https://x/';reboot;'");
    assert_eq!(browser.submit(&form).await.status, 303);

    let page = browser.get(&format!("/admin/users/{}/delete", user.user_id)).await;
    let whole = "user delete &#39;x&#39;\\&#39;&#39;; reboot; &#39;\\&#39;&#39;&#39; --realm";
    assert!(page.body.contains(whole), "{}", page.body);
    let path = "/admin/resource-servers/delete?audience=https://x/%27;reboot;%27";
    let page = browser.get(path).await;
    let whole = "delete &#39;https://x/&#39;\\&#39;&#39;;reboot;&#39;\\&#39;&#39;&#39;<";
    assert!(page.body.contains(whole), "{}", page.body);
}

async fn no_client_has_an_id_that_leads_elsewhere(server: TestServer) {
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    let form = super::form_at(&mut browser, "/admin/clients/new").await;
    for id in [".", ".."] {
        let refused = browser.submit(&form.clone().with("client_id", id)).await;

        assert_eq!(refused.status, 200, "{refused:?}");
        assert!(refused.body.contains("choose another client id"), "{}", refused.body);
    }
    assert_eq!(server.database().count("clients").await, 0);
}

async fn a_client_with_the_name_of_a_page_is_reached(server: TestServer) {
    server.machine("new", "read").await;
    let mut browser = server.operator(OperatorRole::Auditor).await;
    let page = browser.get("/admin/inspect").await;
    let form = Form::with_text(&page, "id=\"paste\"");

    let found = browser.submit(&form.with("token", "new")).await;

    assert_eq!(found.header("location"), Some("/admin/clients/%6Eew"), "{found:?}");
    assert!(browser.get("/admin/clients/%6Eew").await.body.contains("<code>new</code>"));
}

async fn a_filter_has_no_name_that_looks_like_another(server: TestServer) {
    let mut browser = server.operator(OperatorRole::TokenAdmin).await;
    let page = browser.get("/admin/tokens?q=client:x").await;
    let form = Form::with_text(&page, "name=\"name\"");

    let refused = browser.submit(&form.with("name", "Active\u{200b}")).await;

    assert!(refused.body.contains("Give it a name of 1 to 40"), "{refused:?}");
    let list = browser.get("/admin/tokens?q=client:x").await;
    assert!(!list.body.contains("Active\u{200b}"), "{list:?}");
}

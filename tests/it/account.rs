//! What people see to in their own account: the password, browsers, apps, tokens.

mod apps;
mod security;
mod sessions;
mod theme;
mod tokens;

use crate::common::{Browser, Form, TestServer};

const PASSWORD: &str = "correct horse";

/// Declares Ingrid and Tomas, who have the same password.
async fn people(server: &TestServer) {
    let person = |name: &str| {
        format!(
            "{{ username = '{name}', password = {{ value = '{PASSWORD}' }}, scope = 'read write' }}"
        )
    };
    server.people(&[&person("ingrid"), &person("tomas")]).await;
}

/// A browser in which somebody is signed in.
async fn signed_in<'s>(server: &'s TestServer, name: &str) -> Browser<'s> {
    let mut browser = Browser::of(server);
    browser.sign_in(name, PASSWORD).await;
    browser
}

/// The form on the page at `path` that has this in it.
async fn form(browser: &mut Browser<'_>, path: &str, text: &str) -> Form {
    let page = browser.get(path).await;
    assert_eq!(page.status, 200, "{page:?}");
    Form::with_text(&page, text)
}

/// The audit events of this action.
async fn audited(server: &TestServer, action: &str) -> u64 {
    server.database().count(&format!("audit WHERE action = '{action}'")).await
}

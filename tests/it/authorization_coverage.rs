//! Every route and who may call it. A route that is missing here fails the first test; one that is
//! open to more than it says fails the second.

use std::collections::BTreeMap;

use axum::http::{Method, Request};
use tessera::{
    endpoints::{Caller, ENDPOINTS, Endpoint},
    model::user::OperatorRole,
    pages::{PAGES, Page, Visitor},
};

use crate::common::{Browser, Form, TestServer, on_each_engine};

on_each_engine!(
    nobody_gets_in_without_the_proof_that_the_table_asks_for,
    nobody_sees_a_page_of_their_account_who_is_not_signed_in,
    operators_look_everywhere_and_change_what_their_role_is_for,
    nobody_else_gets_as_far_as_a_page_of_operators,
);

/// Whatever the method is.
const ANY: &str = "ANY";

const WHO_MAY: &[(&str, &str, Caller)] = &[
    ("POST", "/token", Caller::Client),
    // Where the settings want it.
    ("GET", "/token", Caller::Person),
    ("POST", "/introspect", Caller::ConfidentialClient),
    ("POST", "/revoke", Caller::Client),
    ("GET", "/tokens", Caller::BearerOrPerson),
    ("POST", "/tokens", Caller::BearerOrPerson),
    ("POST", "/tokens/use", Caller::Bearer),
    ("POST", "/tokens/delete", Caller::BearerOrPerson),
    (ANY, "/authenticate", Caller::Person),
    (ANY, "/authenticate/", Caller::Person),
    (ANY, "/authenticate/{*path}", Caller::Person),
    ("GET", "/whoami", Caller::Person),
    ("GET", "/userinfo", Caller::Bearer),
    ("POST", "/userinfo", Caller::Bearer),
    ("GET", "/openapi.json", Caller::Anyone),
    ("GET", "/jwks.json", Caller::Anyone),
    ("GET", "/.well-known/openid-configuration", Caller::Anyone),
    ("GET", "/.well-known/oauth-authorization-server", Caller::Anyone),
    ("GET", "/healthz", Caller::Anyone),
    ("GET", "/readyz", Caller::Anyone),
];

const WHO_MAY_SEE: &[(&str, &str, Visitor)] = &[
    ("GET", "/", Visitor::Anyone),
    ("GET", "/assets/{set}/{*name}", Visitor::Anyone),
    ("GET", "/authorize", Visitor::Anyone),
    ("POST", "/authorize", Visitor::Anyone),
    ("GET", "/authorize/continue", Visitor::Anyone),
    ("GET", "/consent", Visitor::Anyone),
    ("POST", "/consent", Visitor::Anyone),
    ("GET", "/logout", Visitor::Anyone),
    ("POST", "/logout", Visitor::Anyone),
    ("GET", "/signed-out", Visitor::Anyone),
    ("GET", "/login", Visitor::Anyone),
    ("POST", "/login", Visitor::Anyone),
    ("GET", "/forgot", Visitor::Anyone),
    ("POST", "/forgot", Visitor::Anyone),
    ("GET", "/password", Visitor::Anyone),
    ("POST", "/password", Visitor::Anyone),
    ("GET", "/setup", Visitor::Anyone),
    ("POST", "/setup", Visitor::Anyone),
    ("GET", "/account", Visitor::SignedIn),
    ("POST", "/account/sign-out", Visitor::SignedIn),
    ("GET", "/account/security", Visitor::SignedIn),
    ("POST", "/account/security", Visitor::SignedIn),
    ("GET", "/account/sessions", Visitor::SignedIn),
    ("POST", "/account/sessions", Visitor::SignedIn),
    ("GET", "/account/apps", Visitor::SignedIn),
    ("POST", "/account/apps", Visitor::SignedIn),
    ("POST", "/account/theme", Visitor::SignedIn),
    ("GET", "/admin", Visitor::AnyOperator),
    ("GET", "/admin/tokens", Visitor::Operator(OperatorRole::TokenAdmin)),
    ("GET", "/admin/tokens/revoke", Visitor::Operator(OperatorRole::TokenAdmin)),
    ("POST", "/admin/tokens/revoke", Visitor::Operator(OperatorRole::TokenAdmin)),
    ("POST", "/admin/tokens/views", Visitor::Operator(OperatorRole::TokenAdmin)),
    ("GET", "/admin/tokens/{id}", Visitor::Operator(OperatorRole::TokenAdmin)),
    ("GET", "/admin/types", Visitor::Operator(OperatorRole::Admin)),
    ("POST", "/admin/types", Visitor::Operator(OperatorRole::Admin)),
    ("GET", "/admin/types/{name}", Visitor::Operator(OperatorRole::Admin)),
    ("POST", "/admin/types/{name}", Visitor::Operator(OperatorRole::Admin)),
    ("GET", "/admin/types/{name}/delete", Visitor::Operator(OperatorRole::Admin)),
    ("POST", "/admin/types/{name}/delete", Visitor::Operator(OperatorRole::Admin)),
    // What it posts is looked at, and nothing changes.
    ("GET", "/admin/inspect", Visitor::AnyOperator),
    ("POST", "/admin/inspect", Visitor::AnyOperator),
    ("GET", "/admin/audit", Visitor::Operator(OperatorRole::Auditor)),
    ("POST", "/admin/audit/export", Visitor::Operator(OperatorRole::Auditor)),
    ("GET", "/admin/audit/stream", Visitor::Operator(OperatorRole::Auditor)),
    ("GET", "/admin/clients", Visitor::Operator(OperatorRole::ClientAdmin)),
    ("GET", "/admin/clients/new", Visitor::Operator(OperatorRole::ClientAdmin)),
    ("POST", "/admin/clients/new", Visitor::Operator(OperatorRole::ClientAdmin)),
    ("GET", "/admin/clients/{id}", Visitor::Operator(OperatorRole::ClientAdmin)),
    ("POST", "/admin/clients/{id}", Visitor::Operator(OperatorRole::ClientAdmin)),
    ("GET", "/admin/clients/{id}/delete", Visitor::Operator(OperatorRole::ClientAdmin)),
    ("POST", "/admin/clients/{id}/delete", Visitor::Operator(OperatorRole::ClientAdmin)),
    ("GET", "/admin/clients/{id}/credentials", Visitor::Operator(OperatorRole::ClientAdmin)),
    ("POST", "/admin/clients/{id}/credentials", Visitor::Operator(OperatorRole::ClientAdmin)),
    ("GET", "/admin/clients/{id}/credentials/retire", Visitor::Operator(OperatorRole::ClientAdmin)),
    (
        "POST",
        "/admin/clients/{id}/credentials/retire",
        Visitor::Operator(OperatorRole::ClientAdmin),
    ),
    ("GET", "/admin/resource-servers", Visitor::Operator(OperatorRole::ClientAdmin)),
    ("GET", "/admin/resource-servers/one", Visitor::Operator(OperatorRole::ClientAdmin)),
    ("POST", "/admin/resource-servers/one", Visitor::Operator(OperatorRole::ClientAdmin)),
    ("GET", "/admin/resource-servers/delete", Visitor::Operator(OperatorRole::ClientAdmin)),
    ("POST", "/admin/resource-servers/delete", Visitor::Operator(OperatorRole::ClientAdmin)),
    ("GET", "/admin/users", Visitor::Operator(OperatorRole::UserAdmin)),
    ("GET", "/admin/users/new", Visitor::Operator(OperatorRole::UserAdmin)),
    ("POST", "/admin/users/new", Visitor::Operator(OperatorRole::UserAdmin)),
    ("GET", "/admin/users/{id}", Visitor::Operator(OperatorRole::UserAdmin)),
    ("POST", "/admin/users/{id}", Visitor::Operator(OperatorRole::UserAdmin)),
    ("GET", "/admin/users/{id}/link", Visitor::Operator(OperatorRole::UserAdmin)),
    ("POST", "/admin/users/{id}/link", Visitor::Operator(OperatorRole::UserAdmin)),
    ("GET", "/admin/users/{id}/delete", Visitor::Operator(OperatorRole::UserAdmin)),
    ("POST", "/admin/users/{id}/delete", Visitor::Operator(OperatorRole::UserAdmin)),
    ("GET", "/admin/keys", Visitor::Operator(OperatorRole::Admin)),
    ("GET", "/admin/keys/rotate", Visitor::Operator(OperatorRole::Admin)),
    ("POST", "/admin/keys/rotate", Visitor::Operator(OperatorRole::Admin)),
    ("GET", "/admin/keys/withdraw", Visitor::Operator(OperatorRole::Admin)),
    ("POST", "/admin/keys/withdraw", Visitor::Operator(OperatorRole::Admin)),
    ("GET", "/admin/settings", Visitor::Operator(OperatorRole::Admin)),
];

#[test]
fn every_page_stands_in_the_table() {
    let each = |page: &'static Page| {
        page.methods.iter().map(|method| (method.as_str(), page.path, page.visitor))
    };
    let pages: Vec<_> = PAGES.iter().flat_map(each).collect();

    assert_eq!(pages, WHO_MAY_SEE);
}

#[test]
fn every_route_stands_in_the_table() {
    let each = |e: &'static Endpoint| {
        let any = e.methods.is_empty().then_some(ANY).into_iter();
        any.chain(e.methods.iter().map(Method::as_str)).map(|m| (m, e.path, e.caller))
    };
    let routes: Vec<_> = ENDPOINTS.iter().flat_map(each).collect();

    assert_eq!(routes, WHO_MAY);
}

async fn nobody_gets_in_without_the_proof_that_the_table_asks_for(server: TestServer) {
    let server = server.restarted(|config| config.personal_tokens.get_token = true).await;
    for (method, path, caller) in WHO_MAY {
        let request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(*path)
            .header("content-type", "application/x-www-form-urlencoded");

        let answer = server.send(request, "token=x&grant_type=client_credentials").await;

        match caller {
            Caller::Anyone => assert_eq!(answer.status, 200, "{path}"),
            Caller::Client | Caller::ConfidentialClient => {
                answer.assert_error(401, "invalid_client");
            }
            Caller::Person => answer.assert_error(401, "credentials_missing"),
            Caller::Bearer if *path == "/userinfo" => answer.assert_error(401, "token_missing"),
            Caller::Bearer | Caller::BearerOrPerson => answer.assert_problem(401, "token_missing"),
        }
    }
}

async fn nobody_sees_a_page_of_their_account_who_is_not_signed_in(server: TestServer) {
    let mut seen = 0;
    for (method, path, _) in
        WHO_MAY_SEE.iter().filter(|(.., visitor)| *visitor == Visitor::SignedIn)
    {
        let request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(*path)
            .header("content-type", "application/x-www-form-urlencoded");

        let answer = server.send(request, "session=others&app=x&theme=dark&to=x").await;

        let location = answer.header("location").unwrap_or_default();
        let is_sent = location.starts_with("/login") || location == "/account/security";
        assert!(answer.status == 303 && is_sent, "{method} {path}: {answer:?}");
        assert!(!answer.body.contains("<h1>"), "{method} {path}: {answer:?}");
        seen += 1;
    }
    assert!(seen > 0);
}

const ROLES: [OperatorRole; 5] = [
    OperatorRole::Auditor,
    OperatorRole::TokenAdmin,
    OperatorRole::ClientAdmin,
    OperatorRole::UserAdmin,
    OperatorRole::Admin,
];

/// The pages of operators: method, path and the role that changes take, if there are any.
fn pages_of_operators() -> impl Iterator<Item = (&'static str, String, Option<OperatorRole>)> {
    WHO_MAY_SEE.iter().filter_map(|(method, path, visitor)| {
        let role = match visitor {
            Visitor::Operator(role) => Some(*role),
            Visitor::AnyOperator => None,
            _ => return None,
        };
        Some((*method, path.replace(['{', '}'], ""), role))
    })
}

/// Opens a page of operators, or posts an empty form to it.
async fn open(
    browser: &mut Browser<'_>,
    method: &str,
    path: &str,
) -> crate::common::server::Answer {
    match method {
        "GET" => browser.get(path).await,
        _ => browser.submit(&Form { action: path.to_owned(), fields: BTreeMap::new() }).await,
    }
}

async fn operators_look_everywhere_and_change_what_their_role_is_for(server: TestServer) {
    // What goes on for long ends after its first look at a server that stops.
    server.app.begin_stopping();
    for held in ROLES {
        let mut browser = server.operator(held).await;
        for (method, path, role) in pages_of_operators() {
            let answer = open(&mut browser, method, &path).await;

            let is_its = role.is_none_or(|role| held == role || held == OperatorRole::Admin);
            let may = method == "GET" || is_its;
            assert_eq!(answer.status != 403, may, "{held} {method} {path}: {answer:?}");
            assert!(!answer.status.is_server_error(), "{held} {method} {path}: {answer:?}");
        }
    }
}

async fn nobody_else_gets_as_far_as_a_page_of_operators(server: TestServer) {
    server.people(&["{ username = 'Ingrid', password = { value = 'correct horse' } }"]).await;
    let mut ingrid = Browser::of(&server);
    ingrid.sign_in("Ingrid", "correct horse").await;
    let mut nobody = Browser::of(&server);
    for (method, path, _) in pages_of_operators() {
        let refused = open(&mut ingrid, method, &path).await;
        assert_eq!(refused.status, 403, "{method} {path}: {refused:?}");
        assert!(!refused.body.contains("class=\"side\""), "{method} {path}: {refused:?}");

        let sent = open(&mut nobody, method, &path).await;
        assert_eq!(sent.status, 303, "{method} {path}: {sent:?}");
        let to = if method == "GET" { &path } else { "/admin" };
        assert_eq!(sent.header("location"), Some(format!("/login?to={to}").as_str()));
    }
}

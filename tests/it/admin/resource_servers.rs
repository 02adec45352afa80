//! The pages of resource servers.

use tessera::{acts::resource_servers, model::user::OperatorRole};

use super::form_at;
use crate::common::{Form, TestServer, on_each_engine};

on_each_engine!(
    a_resource_server_is_added_changed_and_deleted,
    what_is_wrong_with_a_resource_server_stands_beside_its_field,
    two_who_change_a_resource_server_at_once_see_both_versions,
);

const ONE: &str = "/admin/resource-servers/one";
const NAMED: &str = "/admin/resource-servers/one?audience=https%3A//api.example/v1";

async fn a_resource_server_is_added_changed_and_deleted(server: TestServer) {
    let client = server.machine("reader", "read").await;
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    let form = form_at(&mut browser, ONE).await;
    let form = form.with("audience", "https://api.example/v1").with("name", "<b>API</b>");

    let added = browser.submit(&form.with("scope", "read\nwrite")).await;
    assert_eq!(added.status, 303, "{added:?}");
    let list = browser.get("/admin/resource-servers?done=saved").await;
    assert!(list.body.contains("&#60;b&#62;API"), "{}", list.body);
    assert!(list.body.contains(&format!("href=\"{NAMED}\"")), "{}", list.body);
    let page = browser.get(NAMED).await;
    let form = Form::to(&page, NAMED).with("introspectors", client.id.as_str());
    let changed = browser.submit(&form.with("default", "true")).await;
    assert_eq!(changed.status, 303, "{changed:?}");
    let found = resource_servers::find(&server.app, "https://api.example/v1").await.unwrap();
    assert!(found.is_default && found.may_introspect(&client.id));
    assert_eq!(found.scope.to_string(), "read write");
    let page = browser.get(&NAMED.replace("/one?", "/delete?")).await;
    let gone = browser.submit(&Form::to(&page, "/admin/resource-servers/delete")).await;

    assert_eq!(gone.header("location"), Some("/admin/resource-servers?done=deleted"), "{gone:?}");
    assert_eq!(browser.get(NAMED).await.status, 404);
}

async fn what_is_wrong_with_a_resource_server_stands_beside_its_field(server: TestServer) {
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    let form = form_at(&mut browser, ONE).await;
    let form = form.with("audience", "two words").with("introspectors", "nobody");

    let refused = browser.submit(&form).await;

    assert!(refused.body.contains("id=\"audience-wrong\""), "{}", refused.body);
    assert!(refused.body.contains("id=\"introspectors-wrong\""), "{}", refused.body);
    assert!(resource_servers::list(&server.app).await.unwrap().is_empty());
}

async fn two_who_change_a_resource_server_at_once_see_both_versions(server: TestServer) {
    let mut ours = server.operator(OperatorRole::ClientAdmin).await;
    let form = form_at(&mut ours, ONE).await;
    ours.submit(&form.with("audience", "https://api.example/v1").with("name", "API")).await;
    let mut others = server.operator(OperatorRole::Admin).await;
    let form = Form::to(&ours.get(NAMED).await, NAMED).with("name", "Ours");
    let other = Form::to(&others.get(NAMED).await, NAMED).with("name", "Theirs");
    assert_eq!(others.submit(&other).await.status, 303);

    let both = ours.submit(&form).await;
    assert!(both.body.contains("<code>Theirs</code>"), "{}", both.body);
    let saved = ours.submit(&Form::to(&both, NAMED).with("keep.name", "theirs")).await;

    assert_eq!(saved.status, 303, "{saved:?}");
    let found = resource_servers::find(&server.app, "https://api.example/v1").await.unwrap();
    assert_eq!(found.name, "Theirs");
}

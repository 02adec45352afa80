//! What refreshed tokens are for.

use tessera::model::client::ClientKind;

use crate::common::{TestServer, families::Pair, on_each_engine};

on_each_engine!(
    a_narrower_scope_narrows_the_access_token_alone,
    what_was_not_granted_is_refused,
    what_a_client_lost_it_does_not_get_back_by_refreshing,
    a_resource_narrows_the_audience,
);

async fn scope_of(server: &TestServer, client: &crate::common::TestClient, token: &str) -> String {
    server.introspect(client, token).await["scope"].as_str().unwrap_or_default().to_owned()
}

async fn a_narrower_scope_narrows_the_access_token_alone(server: TestServer) {
    let client = server.application("app", "a b c", ClientKind::Web).await;
    let first = server.begin(&client, "&scope=a%20b").await;

    let narrow = Pair::of(&server.try_refresh(&client, &first.refresh, "&scope=b").await);
    assert_eq!(scope_of(&server, &client, &narrow.access).await, "b");
    assert_eq!(scope_of(&server, &client, &narrow.refresh).await, "a b");
    let whole = server.refresh(&client, &narrow.refresh).await;

    assert_eq!(
        (scope_of(&server, &client, &whole.access).await, whole.scope.as_deref()),
        ("a b".to_owned(), Some("a b"))
    );
}

async fn what_was_not_granted_is_refused(server: TestServer) {
    let client = server.application("app", "a b c", ClientKind::Web).await;
    let first = server.begin(&client, "&scope=a%20b").await;

    for scope in ["c", "a%20c", "d"] {
        let answer = server.try_refresh(&client, &first.refresh, &format!("&scope={scope}")).await;
        answer.assert_error(400, "invalid_scope");
    }
    let elsewhere =
        server.try_refresh(&client, &first.refresh, "&resource=https://x.example").await;

    elsewhere.assert_error(400, "invalid_target");
    // None of it used the token up.
    server.refresh(&client, &first.refresh).await;
}

async fn what_a_client_lost_it_does_not_get_back_by_refreshing(server: TestServer) {
    let client = server.application("app", "a b", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    server.set_scope(&client, "a").await;

    let answer = server.try_refresh(&client, &first.refresh, "&scope=b").await;
    answer.assert_error(400, "invalid_scope");
    let next = server.refresh(&client, &first.refresh).await;

    assert_eq!(
        (scope_of(&server, &client, &next.access).await, next.scope.as_deref()),
        ("a".to_owned(), Some("a"))
    );
    server.set_scope(&client, "other").await;
    let answer = server.try_refresh(&client, &next.refresh, "").await;
    answer.assert_error(400, "invalid_scope");
}

async fn a_resource_narrows_the_audience(server: TestServer) {
    server.introspector("orders", "orders.read").await;
    server.introspector("stock", "stock.read").await;
    let client = server.application("app", "orders.read stock.read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;

    let resource = "&resource=https://orders.example";
    let narrow = Pair::of(&server.try_refresh(&client, &first.refresh, resource).await);
    let whole = server.refresh(&client, &narrow.refresh).await;

    let told = server.introspect(&client, &narrow.access).await;
    assert_eq!(
        (&told["aud"], &told["scope"]),
        (&"https://orders.example".into(), &"orders.read".into())
    );
    let told = server.introspect(&client, &whole.access).await;
    assert_eq!(told["aud"], serde_json::json!(["https://orders.example", "https://stock.example"]));
}

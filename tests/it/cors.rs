//! CORS: registered origins only, and never where only servers have business.

use axum::http::{Method, Request};
use tessera::{
    acts::clients::ClientChanges,
    model::{client::ClientKind, space_delimited::SpaceDelimited},
};

use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    a_registered_origin_may_read_answers,
    other_origins_may_not,
    introspection_is_for_servers_only,
);

const ORIGIN: &str = "https://app.example";

async fn with_browser_client(server: &TestServer) {
    let cors_origins = Some(SpaceDelimited::parse(ORIGIN));
    let changes = ClientChanges { cors_origins, ..ClientChanges::default() };
    server.client("app", ClientKind::Browser, changes).await;
}

async fn preflight(server: &TestServer, path: &str, origin: &str) -> Option<String> {
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri(path)
        .header("origin", origin)
        .header("access-control-request-method", "POST");
    let answer = server.send(request, "").await;
    answer.header("access-control-allow-origin").map(str::to_owned)
}

async fn a_registered_origin_may_read_answers(server: TestServer) {
    with_browser_client(&server).await;

    for path in
        ["/token", "/revoke", "/userinfo", "/jwks.json", "/.well-known/openid-configuration"]
    {
        assert_eq!(preflight(&server, path, ORIGIN).await.as_deref(), Some(ORIGIN), "{path}");
    }
    let answer = server.get("/jwks.json", &[("origin", ORIGIN)]).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

async fn other_origins_may_not(server: TestServer) {
    with_browser_client(&server).await;

    for origin in
        ["https://evil.example", "https://app.example.evil", "null", "HTTPS://app.example"]
    {
        assert_eq!(preflight(&server, "/token", origin).await, None, "{origin}");
        let answer = server.get("/jwks.json", &[("origin", origin)]).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
    }
}

async fn introspection_is_for_servers_only(server: TestServer) {
    with_browser_client(&server).await;

    assert_eq!(preflight(&server, "/introspect", ORIGIN).await, None);
}

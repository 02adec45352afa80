//! Typed tokens over HTTP: what each request does, who may send it, and what becomes of bad ones.

mod bad_requests;
mod bearers;
mod document;
mod pages;
mod requests;

use axum::http::{Method, Request};
use serde_json::{Value, json};
use tessera::model::token_type::{TokenType, TypeName, TypeSource};

use crate::common::{TestClient, TestServer, server::Answer};

/// All that a bearer can be allowed with one type.
const ALL: &str = "tokens.create:Link tokens.use:Link tokens.delete:Link tokens.list:Link";

/// A client that makes and uses tokens of the type `Link`, and a token for it.
struct Caller<'s> {
    server: &'s TestServer,
    client: TestClient,
    token: String,
}

impl<'s> Caller<'s> {
    /// One that has a type `Link` with these rules to work with, and all scopes for it.
    async fn with(server: &'s TestServer, rules: Value) -> Self {
        configure(server, "Link", json!({"rules": rules})).await;
        Self::new(server, "shop", ALL).await
    }

    async fn new(server: &'s TestServer, name: &str, scope: &str) -> Self {
        let client = server.machine(name, scope).await;
        let token = server.token(&client).await;
        Self { server, client, token }
    }

    async fn send(&self, method: Method, path: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        self.server.send(request, body).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &body.to_string()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "").await
    }

    /// Makes a token of the type `Link`.
    async fn create(&self, more: Value) -> Value {
        let answer = self.post("/tokens", &with_type(more)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()
    }

    /// Uses a token of the type `Link`.
    async fn use_token(&self, token: &Value, more: Value) -> Value {
        let mut body = with_type(more);
        body["token"] = token.clone();
        let answer = self.post("/tokens/use", &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        answer.json()
    }
}

fn with_type(mut body: Value) -> Value {
    let named = body.get("type").cloned();
    body["type"] = named.unwrap_or_else(|| json!("Link"));
    body
}

/// Configures a token type.
async fn configure(server: &TestServer, name: &str, definition: Value) {
    let token_type = TokenType {
        name: TypeName::parse(name).unwrap(),
        source: TypeSource::Store,
        version: 1,
        definition: serde_json::from_value(definition).unwrap(),
        updated_at: server.now(),
        removed_at: None,
    };
    let mut store = server.app.store.begin().await.unwrap();
    assert!(store.insert_token_type(&token_type).await.unwrap());
    store.commit().await.unwrap();
}

/// Takes a token type away.
async fn remove(server: &TestServer, name: &str) {
    let types = server.app.store.token_types().await.unwrap();
    let seen = types.iter().find(|known| known.name.as_str() == name).unwrap();
    let mut store = server.app.store.begin().await.unwrap();
    assert!(store.remove_token_type(seen, server.now()).await.unwrap());
    store.commit().await.unwrap();
}

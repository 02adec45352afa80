//! An API of orders: its routes, and who may call them.

use std::{error::Error, time::Duration};

use axum::{Extension, Json, Router, routing::get};
use serde_json::{Value, json};
use tessera::{
    model::{clock::Clock, issuer::Issuer, secret::Secret},
    store::EntryReader,
    validation::{
        BearerLayer, Entries, HttpClient, Introspection, Jwks, ValidToken, Validator, Way,
        require_scope,
    },
};

/// Whose tokens are good here, for whom they must be meant, and how that is found out.
pub(crate) struct Settings {
    /// The authorization server's name, as its tokens say it.
    pub issuer: String,
    /// Where it is asked, if that is not its issuer.
    pub server: Option<String>,
    /// This API's name, as `resource-server add` has it.
    pub audience: String,
    /// How.
    pub way: Asked,
}

/// The three ways.
pub(crate) enum Asked {
    /// JWTs are checked here, with the server's keys.
    Jwts,
    /// The server is asked about every token, as this client.
    Introspection {
        /// Its name.
        client_id: String,
        /// Its secret.
        secret: Secret,
    },
    /// The token's entry is looked at, in the database with this address.
    Entries {
        /// As the server's `store.url` has it.
        database: String,
    },
}

/// The API, ready to be served.
pub(crate) async fn api(settings: Settings, clock: Clock) -> Result<Router, Box<dyn Error>> {
    let issuer = Issuer::parse(&settings.issuer)?;
    let server = Issuer::parse(settings.server.as_deref().unwrap_or(&settings.issuer))?;
    let client = HttpClient::new(&server)?;
    let way = match settings.way {
        Asked::Jwts => Way::Jwts(Jwks::new(client, clock.clone())),
        Asked::Introspection { client_id, secret } => {
            let asking = Introspection::new(client, &client_id, &secret);
            Way::Introspection(asking.keeping(Duration::from_secs(2), 1000))
        }
        Asked::Entries { database } => {
            let entries = Entries::new(EntryReader::open(&database).await?);
            Way::Entries(entries, Jwks::new(client, clock.clone()))
        }
    };
    let validator = Validator::new((issuer, &settings.audience), way, clock);

    Ok(Router::new()
        .route("/me", get(me))
        .route("/orders", get(orders).route_layer(require_scope("orders.read")?))
        .layer(BearerLayer::new(validator).realm("orders"))
        // After the layer: whoever looks after the process has no token.
        .route("/healthz", get(async || "ok")))
}

/// Who calls; any good token will do.
async fn me(Extension(token): Extension<ValidToken>) -> Json<Value> {
    Json(json!({
        "sub": token.subject(),
        "client_id": token.client_id(),
        "scope": token.scope().to_string(),
    }))
}

/// The orders of whoever calls.
async fn orders(Extension(token): Extension<ValidToken>) -> Json<Value> {
    Json(json!({ "of": token.subject(), "orders": [{ "id": 1, "item": "a lamp" }] }))
}

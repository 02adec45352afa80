//! Signs of life, for whatever starts, stops and balances servers.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{
    app::App,
    error::{Code, Error, Result},
};

/// The process is alive. Touches nothing else.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// The server can answer: its store does, and it is not about to stop.
pub(super) async fn ready(State(app): State<App>) -> Result<Json<Value>> {
    if app.is_stopping() {
        return Err(Error::new(Code::TemporarilyUnavailable, "The server is about to stop."));
    }
    app.store.ping().await?;
    Ok(Json(json!({"ready": true})))
}

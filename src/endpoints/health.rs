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

/// The server can answer: its store does, and it is not about to stop. Says too which settings not
/// all nodes have alike, as a job last saw them.
pub(super) async fn ready(State(app): State<App>) -> Result<Json<Value>> {
    if app.is_stopping() {
        return Err(Error::new(Code::TemporarilyUnavailable, "The server is about to stop."));
    }
    app.store.ping().await?;
    let mut answer = json!({"ready": true});
    // No reason to send requests elsewhere: the others differ from this one as well. Names only,
    // since anybody may ask.
    let differ = app.nodes_differ.keys();
    if !differ.is_empty() {
        answer["nodes_differ"] = json!(differ);
    }
    Ok(Json(answer))
}

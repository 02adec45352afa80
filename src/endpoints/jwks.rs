//! The public signing keys (RFC 7517 §5).

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use serde_json::Value;

use crate::{app::App, error::Result};

/// Answers with the keys as the store has them now, so that a key another node just made verifies.
pub(super) async fn get(
    State(app): State<App>,
) -> Result<([(HeaderName, &'static str); 1], Json<Value>)> {
    app.tokens.keys().reload(&app.store, app.tokens.sealer()).await?;
    Ok(([(header::CACHE_CONTROL, "public, max-age=300")], Json(app.tokens.keys().jwks())))
}

//! The public signing keys (RFC 7517 §5).

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use serde_json::Value;

use crate::{app::App, error::Result};

/// Answers with the keys as the store has them now, so that a key another node just made verifies.
/// While the store cannot say, the keys that were last read stand in: whoever verifies offline must
/// not fall with our database. Nobody keeps them for longer than a new key is published before it
/// signs.
pub(super) async fn get(
    State(app): State<App>,
) -> Result<([(HeaderName, String); 1], Json<Value>)> {
    if let Err(error) = app.tokens.keys().reload(&app.store, app.tokens.sealer()).await {
        crate::error::Error::from(error).log();
    }
    let seconds = app.config().keys.rotation.max_age().as_secs();
    let keep = format!("public, max-age={seconds}");
    Ok(([(header::CACHE_CONTROL, keep)], Json(app.tokens.keys().jwks())))
}

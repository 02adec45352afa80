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
/// not fall with our database.
pub(super) async fn get(
    State(app): State<App>,
) -> Result<([(HeaderName, &'static str); 1], Json<Value>)> {
    if let Err(error) = app.tokens.keys().reload(&app.store, app.tokens.sealer()).await {
        crate::error::Error::from(error).log();
    }
    Ok(([(header::CACHE_CONTROL, "public, max-age=300")], Json(app.tokens.keys().jwks())))
}

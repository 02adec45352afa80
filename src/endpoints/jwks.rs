//! The public signing keys (RFC 7517 §5).

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use serde_json::Value;

use crate::{
    app::App,
    error::{Error, Result},
};

/// How long the keys that were last read stand in for those that cannot be read.
const STAND_IN: Duration = Duration::from_mins(10);

/// Answers with the keys as the store has them now, so that a key another node just made verifies,
/// and one that was withdrawn does not. Nobody keeps them for longer than a new key is published
/// before it signs.
///
/// While the store cannot say, the keys that were last read stand in: whoever verifies offline must
/// not fall with our database. One of them may have been withdrawn meanwhile, so nobody keeps them
/// (RFC 9111 §5.2.2.5), and they stand in for [`STAND_IN`] only.
pub(super) async fn get(
    State(app): State<App>,
) -> Result<([(HeaderName, String); 1], Json<Value>)> {
    let keep = match app.read_keys().await {
        Ok(()) => {
            format!("public, max-age={}", app.config().keys.rotation.max_age().as_secs())
        }
        Err(error) if app.age_of_keys() > STAND_IN => return Err(Error::unavailable(error)),
        Err(error) => {
            Error::from(error).log();
            "no-store".to_owned()
        }
    };
    Ok(([(header::CACHE_CONTROL, keep)], Json(app.tokens.keys().jwks())))
}

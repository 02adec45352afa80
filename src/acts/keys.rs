//! Signing keys.

use crate::{app::App, model::signature_algorithm::SignatureAlgorithm};

use super::Result;

/// Makes sure that `algorithm` has a key that signs.
///
/// # Errors
///
/// What the store says.
pub async fn ensure(app: &App, algorithm: SignatureAlgorithm) -> Result<()> {
    let (keys, sealer) = (app.tokens.keys(), app.tokens.sealer());
    Ok(keys.ensure(&app.store, sealer, algorithm, (&app.random, app.now())).await?)
}

/// Reads the keys anew from the store.
///
/// # Errors
///
/// What the store says.
pub async fn reload(app: &App) -> Result<()> {
    Ok(app.tokens.keys().reload(&app.store, app.tokens.sealer()).await?)
}

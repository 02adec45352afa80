//! Looking at token types. What changes them is declared state, in a file or in the settings.

use crate::{
    app::App,
    model::token_type::{TokenType, fold},
};

use super::{Error, Result};

/// Every token type, removed ones too, by name without case.
///
/// # Errors
///
/// What the store says.
pub async fn list(app: &App) -> Result<Vec<TokenType>> {
    Ok(app.store.read().await?.token_types().await?)
}

/// Finds a token type, perhaps a removed one. Case does not count.
///
/// # Errors
///
/// [`Error::NotFound`] if there never was one of that name.
pub async fn find(app: &App, name: &str) -> Result<TokenType> {
    let wanted = fold(name);
    let found = list(app).await?.into_iter().find(|known| known.name.fold() == wanted);
    found.ok_or_else(|| Error::NotFound(format!("there is no token type {name}")))
}

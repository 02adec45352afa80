//! Typed tokens over HTTP: made, used, deleted and listed by whoever bears an access token with the
//! scope for their type, or by people, who make their own. Errors are problems (RFC 9457).

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get_token;
pub(super) mod list;
mod personal;
pub(super) mod use_token;

use std::sync::Arc;

use crate::{
    app::App,
    error::{Code, Error, Result},
    model::{
        json_object::{BadJson, JsonObject},
        token_type::{self, TokenType, TypeName},
    },
};

/// Takes the member `type`, which every request has.
fn take_type(object: &mut JsonObject) -> Result<TypeName, BadJson> {
    let what = "a letter and up to 63 letters, digits, dots, dashes and underscores";
    let name = object.text(("type", what), |text| TypeName::parse(text).is_ok())?;
    let name = name.ok_or(BadJson::Missing("type"))?;
    TypeName::parse(&name).map_err(|_| BadJson::Wrong("type", what))
}

/// Finds a configured type of typed tokens. Ask the bearer's scope first.
async fn find_type(app: &App, name: &TypeName) -> Result<(Arc<Vec<TokenType>>, usize)> {
    let fold = name.fold();
    let types = app.store.token_types().await?;
    let place = types
        .iter()
        .position(|known| known.removed_at.is_none() && known.name.fold() == fold)
        // The tokens of the protocol are made by its own endpoints, whatever rules they have.
        .filter(|_| !token_type::is_protocol(&fold));
    match place {
        Some(place) => Ok((types, place)),
        None => Err(Error::new(Code::UnknownType, "This token type is not configured.")),
    }
}

/// Whether a text can be kept: no store keeps NUL characters, and a limit keeps rows small.
fn is_kept(text: &str, longest: usize) -> bool {
    !text.contains('\0') && text.chars().count() <= longest
}

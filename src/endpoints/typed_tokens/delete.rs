//! Deleting typed tokens.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    client_auth::{ApiCaller, JsonRequest},
    error::{Problem, Result},
    model::{
        api_scope::ApiAct,
        entry_key::{EntryKey, EntryKeyRange},
        json_object::{BadJson, JsonObject},
        token_type::TypeName,
    },
    tokens::typed::DeleteWhich,
};

use super::{personal, take_type};

/// A token to be deleted: whoever has it may, and whoever made it.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a schema")]
pub(in crate::endpoints) enum TokenToDelete {
    /// By its string, whoever made it.
    ByToken {
        /// The name of its type, in either case.
        #[schema(pattern = "^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
        r#type: String,
        /// The token.
        token: String,
    },
    /// By its id, if the caller made it.
    ById {
        /// The name of its type, in either case.
        #[schema(pattern = "^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
        r#type: String,
        /// The name of its entry.
        #[schema(pattern = "^tok_[0-7][0-9A-HJKMNP-TV-Z]{12}$")]
        id: String,
    },
}

/// What was asked, read.
struct Asked {
    type_name: TypeName,
    which: Which,
}

pub(super) enum Which {
    Token(String),
    Id(EntryKey),
}

/// Whether a token was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::endpoints) struct TokenDeleted {
    /// `false` if there was none of that type that the caller may delete.
    deleted: bool,
}

/// Delete a token
///
/// Deletes a token with everything that is kept of it. From then on it is invalid, on every node.
#[utoipa::path(
    post,
    path = "/tokens/delete",
    operation_id = "deleteToken",
    tag = "typed tokens",
    request_body = TokenToDelete,
    responses(
        (status = 200, body = TokenDeleted, description = "There is no such token any more."),
        (status = 400, body = Problem, content_type = "application/problem+json",
         description = "The request cannot be read."),
        (status = 404, body = Problem, content_type = "application/problem+json",
         description = "A person has no such token."),
    ),
    security(("client_credentials" = ["tokens.delete:TYPE"]), ("bearer" = []), ("basic" = [])),
)]
pub(in crate::endpoints) async fn post(
    State(app): State<App>,
    caller: ApiCaller,
    JsonRequest(object): JsonRequest,
) -> Result<Json<TokenDeleted>> {
    let asked = Asked::read(object)?;
    let bearer = match caller {
        ApiCaller::Client(bearer) => bearer,
        ApiCaller::Person(person) => {
            personal::delete(&app, &person, (&asked.type_name, &asked.which)).await?;
            return Ok(Json(TokenDeleted { deleted: true }));
        }
    };
    bearer.demand(ApiAct::Delete, asked.type_name.as_str())?;
    let client_id = &bearer.client().client_id;
    let which = match &asked.which {
        Which::Token(token) => DeleteWhich::Presented(token),
        Which::Id(key) => DeleteWhich::Entry(*key, client_id),
    };
    // Those of people are theirs alone to delete, whoever has got hold of one.
    let deleted = !personal::is_personal(&asked.type_name)
        && app.tokens.delete(which, asked.type_name.as_str()).await?;
    tracing::debug!(
        event = "typed_token.deleted",
        token.type = %asked.type_name,
        client.id = %client_id,
        deleted,
        "{client_id} deleted a {}: {deleted}",
        asked.type_name
    );
    Ok(Json(TokenDeleted { deleted }))
}

impl Asked {
    fn read(mut object: JsonObject) -> Result<Self, BadJson> {
        let type_name = take_type(&mut object)?;
        let token = object.text(("token", "text"), |_| true)?;
        let id = object.text(("id", ID), |text| parse_id(text).is_some())?;
        object.finish("type, token, id")?;
        let which = match (token, id.as_deref().and_then(parse_id)) {
            (Some(token), None) => Which::Token(token),
            (None, Some(key)) => Which::Id(key),
            (None, None) => return Err(BadJson::Missing("token or id")),
            (Some(_), Some(_)) => return Err(BadJson::Wrong("id", "absent where token is sent")),
        };
        Ok(Self { type_name, which })
    }
}

/// What the name of an entry looks like.
pub(super) const ID: &str = "tok_ and 13 capital letters and digits";

/// Reads the name of an entry just as it is shown.
pub(super) fn parse_id(text: &str) -> Option<EntryKey> {
    let range: EntryKeyRange = text.parse().ok()?;
    (range.first == range.last && range.first.to_string() == text).then_some(range.first)
}

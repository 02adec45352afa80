//! Who somebody is, as the JWT of `/authenticate` says it, in JSON: the form that Auth-O-Tron has for
//! a user.

use axum::{
    Json,
    extract::State,
    http::{Extensions, HeaderMap, HeaderName, Uri, header},
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{
    ToSchema,
    openapi::schema::{Array, Object, OneOf, Schema, Type},
};

use crate::{
    app::App,
    client_auth::{CallerAddress, Credentials},
    error::Result,
    model::{parameters::Parameters, user::User, user_jwt::ScopesShape},
};

use super::{authenticate::tell_of, openapi::OAuthError};

/// The version of the form, which has not changed since there is one.
const VERSION: u8 = 1;

/// A user, as applications are told of them.
#[derive(Serialize, ToSchema)]
pub(super) struct WhoSomebodyIs {
    /// The version of this form.
    version: u8,
    /// The realm of the name.
    realm: String,
    /// The name.
    username: String,
    /// Roles in applications, in the order in which they are declared.
    roles: Vec<String>,
    /// What else is known of them, as it was declared.
    #[schema(value_type = Object)]
    attributes: Map<String, Value>,
    /// A list of scope tokens; or lists by service, where `jwt.scopes_shape` says so.
    #[schema(schema_with = scopes_schema)]
    scopes: Value,
}

/// Both shapes that there are.
fn scopes_schema() -> Schema {
    let list = || Schema::Array(Array::new(Object::with_type(Type::String)));
    let lists = Object::builder().additional_properties(Some(list())).build();
    Schema::OneOf(OneOf::builder().item(list()).item(lists).build())
}

/// Say who somebody is
///
/// Whoever proves who they are learns what applications are told of them: what a JWT of
/// `/authenticate` would say, which has the same credentials. `X-Auth-Realm` names their realm.
#[utoipa::path(
    get,
    path = "/whoami",
    operation_id = "whoAmI",
    tag = "people",
    responses(
        (status = 200, body = WhoSomebodyIs, description = "Who they are."),
        (status = 401, body = OAuthError, description = "They did not prove it.",
         headers(("WWW-Authenticate" = String, description = "What may be presented."))),
    ),
    security(("basic" = []), ("bearer" = [])),
)]
pub(super) async fn get(
    State(app): State<App>,
    extensions: Extensions,
    uri: Uri,
    headers: HeaderMap,
) -> Result<([(HeaderName, &'static str); 1], Json<WhoSomebodyIs>)> {
    if let Some(query) = uri.query() {
        Parameters::refuse_secrets_in(query)?;
    }
    let credentials = Credentials::read(&headers)?;
    let person = credentials.prove(&app, (CallerAddress::of(&extensions), app.now())).await?;
    let told = person.told(&app).await?;
    tell_of(&person);
    let who = WhoSomebodyIs::of(&told, app.config().scopes_shape);
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(who)))
}

impl WhoSomebodyIs {
    fn of(user: &User, scopes: ScopesShape) -> Self {
        let attributes = user.attributes.iter();
        Self {
            version: VERSION,
            realm: user.realm.clone(),
            username: user.username.clone(),
            roles: user.roles.iter().map(str::to_owned).collect(),
            attributes: attributes.map(|(name, value)| (name.to_owned(), value.clone())).collect(),
            scopes: scopes.of(&user.scope),
        }
    }
}

//! Using typed tokens.

use std::net::IpAddr;

use axum::{Json, extract::State};
use metrics::counter;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{
    ToSchema,
    openapi::schema::{KnownFormat, Object, OneOf, Schema, SchemaFormat, Type},
};

use crate::{
    app::App,
    client_auth::{Bearer, JsonRequest},
    error::{Code, Error, Problem, Result},
    model::{
        api_scope::ApiAct,
        attempt::{Attempt, Circumstances, Outcome},
        json_object::{BadJson, JsonObject},
        series::Counted,
        space_delimited::SpaceDelimited,
        token_type::TypeName,
    },
    tokens::typed::{LONGEST_IDENTITY, LONGEST_PURPOSE, LONGEST_USE_KEY, Used},
};

use super::{is_kept, personal, take_type};

/// A token to be used.
#[derive(ToSchema)]
pub(in crate::endpoints) struct TokenUse {
    /// The name of the type it is taken for, in either case.
    #[schema(value_type = String, pattern = "^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
    r#type: TypeName,
    /// The token, as it was presented. What is no token is `invalid`, whatever it is.
    token: String,
    /// What it is to be used for, in either case. Without NUL.
    #[schema(max_length = 200, pattern = "^[^\\x00]*$")]
    purpose: Option<String>,
    /// Who is to use it, byte for byte. Without NUL.
    #[schema(max_length = 400, pattern = "^[^\\x00]*$")]
    identity: Option<String>,
    /// The address that it is used from, as the caller knows it; the caller's own, if absent.
    #[schema(schema_with = address_schema, required = false)]
    address: Option<IpAddr>,
    /// A name for this one use, chosen by the caller: a request with the same one is the same use,
    /// and spends nothing. Without NUL.
    #[schema(min_length = 1, max_length = 128, pattern = "^[^\\x00]*$")]
    use_key: Option<String>,
    /// Whether only to look: what would come of it is told, and nothing is spent.
    #[schema(value_type = Option<bool>, default = false)]
    peek: bool,
}

/// An address of either kind, or none.
fn address_schema() -> Schema {
    let known = |format| {
        Object::builder().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format)))
    };
    OneOf::builder()
        .item(known(KnownFormat::Ipv4))
        .item(known(KnownFormat::Ipv6))
        .item(Object::builder().schema_type(Type::Null))
        .description(Some(
            "The address that it is used from, as the caller knows it; the caller's own, if absent.",
        ))
        .build()
        .into()
}

/// What came of it. The caller learns the outcome, and not why.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::endpoints) struct TokenUsed {
    /// Whether it worked.
    #[schema(value_type = OutcomeWord)]
    outcome: &'static str,
    /// How often it may be used from now on: absent if it did not work, or that is not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    uses_left: Option<i64>,
    /// For how many more seconds it works: absent if it did not work, or has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<i64>,
    /// In how many seconds it may work again: there if the outcome is `throttled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<i64>,
    /// What its maker wanted told: absent if it did not work, or nothing was.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Map::is_empty")]
    attributes: Map<String, Value>,
}

/// What can come of it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema")]
#[schema(rename_all = "snake_case")]
pub(in crate::endpoints) enum OutcomeWord {
    /// It worked, and a use was spent.
    Allowed,
    /// Not so, not here or not yet.
    NotAllowed,
    /// Never, or never again.
    Invalid,
    /// Too often; later.
    Throttled,
}

/// Use a token
///
/// Judges the token by all of its rules and spends a use, or refuses and spends nothing. The answer
/// comes when the use is durable.
#[utoipa::path(
    post,
    path = "/tokens/use",
    operation_id = "useToken",
    tag = "typed tokens",
    request_body = TokenUse,
    responses(
        (status = 200, body = TokenUsed, description = "What came of it."),
        (status = 400, body = Problem, content_type = "application/problem+json",
         description = "The request cannot be read."),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "The key was given to another use before."),
    ),
    security(("client_credentials" = ["tokens.use:TYPE"]), ("bearer" = [])),
)]
pub(in crate::endpoints) async fn post(
    State(app): State<App>,
    bearer: Bearer,
    JsonRequest(object): JsonRequest,
) -> Result<Json<TokenUsed>> {
    let asked = TokenUse::read(object)?;
    bearer.demand(ApiAct::Use, asked.r#type.as_str())?;
    if personal::is_personal(&asked.r#type) {
        // They say who people are, to this server alone: to a client each is as good as none.
        return Ok(Json(TokenUsed::of(Used::unknown())));
    }
    let attempt = attempt(&app, &bearer, &asked).await?;
    let (use_key, peek) = (asked.use_key.as_deref(), asked.peek);
    let used = app.tokens.use_token(&asked.token, &attempt, use_key, peek).await?;
    let used = used.map_err(|misused| {
        Error::new(Code::UseKeyMisused, Error::sentence(&misused.to_string()))
    })?;
    tell_of(&app, &bearer, &asked, &used);
    Ok(Json(TokenUsed::of(used)))
}

/// What is known of the attempt.
async fn attempt(app: &App, bearer: &Bearer, asked: &TokenUse) -> Result<Attempt> {
    let client_id = bearer.client().client_id.clone();
    let servers = app.store.resource_servers().await?;
    let audience: SpaceDelimited = servers
        .iter()
        .filter(|server| server.may_introspect(&client_id))
        .map(|server| server.audience.clone())
        .collect();
    let sent = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let presented = Some(Circumstances {
        type_name: Some(asked.r#type.to_string()),
        purpose: sent(&asked.purpose),
        identity: sent(&asked.identity),
        client_id,
        audience,
        // An IPv4 address is one however it is written.
        address: Some(asked.address.unwrap_or(bearer.from.0).to_canonical()),
    });
    Ok(Attempt { at: bearer.at, presented })
}

impl TokenUse {
    fn read(mut object: JsonObject) -> Result<Self, BadJson> {
        let purpose = "text of at most 200 characters without NUL";
        let identity = "text of at most 400 characters without NUL";
        let key = "text of 1 to 128 characters without NUL";
        let is_key = |text: &str| !text.is_empty() && is_kept(text, LONGEST_USE_KEY);
        let asked = Self {
            r#type: take_type(&mut object)?,
            token: object.text(("token", "text"), |_| true)?.ok_or(BadJson::Missing("token"))?,
            purpose: object.text(("purpose", purpose), |text| is_kept(text, LONGEST_PURPOSE))?,
            identity: object
                .text(("identity", identity), |text| is_kept(text, LONGEST_IDENTITY))?,
            address: take_address(&mut object)?,
            use_key: object.text(("use_key", key), is_key)?,
            peek: take_peek(&mut object)?,
        };
        object.finish("type, token, purpose, identity, address, use_key, peek")?;
        Ok(asked)
    }
}

fn take_address(object: &mut JsonObject) -> Result<Option<IpAddr>, BadJson> {
    let what = "an IPv4 or IPv6 address";
    let sent = object.text(("address", what), |text| text.parse::<IpAddr>().is_ok())?;
    Ok(sent.and_then(|text| text.parse().ok()))
}

fn take_peek(object: &mut JsonObject) -> Result<bool, BadJson> {
    match object.take("peek") {
        None => Ok(false),
        Some(Value::Bool(peek)) => Ok(peek),
        Some(_) => Err(BadJson::Wrong("peek", "true or false")),
    }
}

impl TokenUsed {
    fn of(used: Used) -> Self {
        Self {
            outcome: used.outcome.as_str(),
            uses_left: used.uses_left,
            expires_in: used.expires_in,
            retry_after: used.retry_after,
            attributes: used.attributes,
        }
    }
}

/// Counts and logs what came of a use, once. Why stands in the log alone.
fn tell_of(app: &App, bearer: &Bearer, asked: &TokenUse, used: &Used) {
    let (client_id, name) = (&bearer.client().client_id, &asked.r#type);
    let shown = used.entry_key.map_or_else(|| "a token".to_owned(), |key| key.to_string());
    let outcome = used.outcome.as_str();
    let peek = if asked.peek { "true" } else { "false" };
    counter!("tessera_typed_token_uses_total", "outcome" => outcome, "peek" => peek).increment(1);
    if !asked.peek {
        app.tally.note(Counted::Used);
    }
    if used.outcome != Outcome::Allowed {
        let reason = used.refusal.map_or(super::super::UNKNOWN, |refusal| refusal.as_str());
        tracing::info!(
            event = "typed_token.refused",
            token.entry = used.entry_key.map(tracing::field::display),
            token.type = %name,
            client.id = %client_id,
            reason,
            peek = asked.peek,
            "told {client_id} that {shown}, as a {name}, is {outcome}: {reason}"
        );
        return;
    }
    tracing::debug!(
        event = "typed_token.used",
        token.entry = used.entry_key.map(tracing::field::display),
        token.type = %name,
        client.id = %client_id,
        peek = asked.peek,
        replayed = used.is_replay,
        "told {client_id} that {shown}, as a {name}, is {outcome}"
    );
}

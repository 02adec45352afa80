//! Making typed tokens.

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode};
use metrics::counter;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{
    ToSchema,
    openapi::schema::{Object, SchemaType, Type},
};

use crate::{
    app::App,
    client_auth::{ApiCaller, JsonRequest},
    error::{Code, Error, Problem, Result},
    model::{
        api_scope::ApiAct,
        json_object::{BadJson, JsonObject},
        timestamp::Timestamp,
        token_type::TypeName,
    },
    tokens::typed::{
        CreateRefusal, CreatedToken, LONGEST_IDENTITY, LONGEST_LIFE, LONGEST_PURPOSE,
        MOST_ATTRIBUTES, MOST_PURPOSES, Maker, NewTypedToken, are_kept,
    },
};

use super::{find_type, is_kept, personal, take_type};

/// A typed token to be made.
#[derive(ToSchema)]
pub(in crate::endpoints) struct NewToken {
    /// The name of its type, in either case; `personal` where a person makes it.
    #[schema(value_type = String, pattern = "^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
    pub(super) r#type: TypeName,
    /// What it is good for, in either case; none for anything. Blank ones count for nothing.
    #[schema(value_type = Option<Vec<PurposeText>>, max_items = 32)]
    purposes: Vec<String>,
    /// For whom it is good, byte for byte; absent or empty for anybody. Without NUL.
    #[schema(max_length = 400, pattern = "^[^\\x00]*$")]
    identity: Option<String>,
    /// What whoever uses it is told. At most 8 KiB, written without white space. Integers in it must
    /// fit 64 bits.
    #[schema(schema_with = attributes_schema, required = false)]
    attributes: Map<String, Value>,
    /// How many seconds it is to live, if less than its type says.
    #[schema(minimum = 1, maximum = 3_153_600_000_u64)]
    expires_in: Option<u64>,
}

/// [`MOST_ATTRIBUTES`], which no attribute of the derive can say.
fn attributes_schema() -> Object {
    let types = SchemaType::from_iter([Type::Object, Type::Null]);
    Object::builder()
        .schema_type(types)
        .max_properties(Some(MOST_ATTRIBUTES))
        .description(Some(
            "What whoever uses it is told. At most 8 KiB, without white space. Integers in it must \
             fit 64 bits.",
        ))
        .build()
}

/// A purpose. Without NUL.
#[derive(ToSchema)]
#[schema(max_length = 200, pattern = "^[^\\x00]*$")]
pub(in crate::endpoints) struct PurposeText(#[expect(dead_code, reason = "a schema")] String);

/// A typed token that was made.
#[derive(Serialize, ToSchema)]
pub(in crate::endpoints) struct NewTokenMade {
    /// The token, this once: it cannot be had again.
    token: String,
    /// The name of its entry: no secret.
    #[schema(pattern = "^tok_[0-7][0-9A-HJKMNP-TV-Z]{12}$")]
    id: String,
    /// The name of its type, as it is configured.
    r#type: String,
    /// When it ends, in UTC: absent if never.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// How many seconds it lives: absent if it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<i64>,
    /// How often it may be used: absent if that is not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    uses_left: Option<i64>,
}

/// Make a token
///
/// Makes a token of a configured type; for a person, one of the type `personal`. The rules of the
/// type are copied into it: a later change of the type does not change the token.
#[utoipa::path(
    post,
    path = "/tokens",
    operation_id = "createToken",
    tag = "typed tokens",
    request_body = NewToken,
    responses(
        (status = 201, body = NewTokenMade, description = "It is made, and durable."),
        (status = 400, body = Problem, content_type = "application/problem+json",
         description = "The request cannot be read, or the type does not allow it."),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "As many tokens of the type are active as may be."),
        (status = 429, body = Problem, content_type = "application/problem+json",
         description = "The last one was made a moment ago.",
         headers(("Retry-After" = u64, description = "In how many seconds the next may be made."))),
    ),
    security(("client_credentials" = ["tokens.create:TYPE"]), ("bearer" = []), ("basic" = [])),
)]
pub(in crate::endpoints) async fn post(
    State(app): State<App>,
    caller: ApiCaller,
    JsonRequest(object): JsonRequest,
) -> Result<(StatusCode, Json<NewTokenMade>)> {
    let asked = NewToken::read(object)?;
    let bearer = match caller {
        ApiCaller::Client(bearer) => bearer,
        ApiCaller::Person(person) => return personal::create(&app, &person, asked).await,
    };
    bearer.demand(ApiAct::Create, asked.r#type.as_str())?;
    let (types, place) = find_type(&app, &asked.r#type).await?;
    let token_type = &types[place];
    let expires_in = asked.life();
    let new = NewTypedToken {
        maker: Maker::Client(bearer.client()),
        token_type,
        purposes: asked.purposes,
        identity: asked.identity,
        attributes: asked.attributes,
        expires_in,
        not_after: None,
        at: bearer.at,
    };
    match app.tokens.create(&new).await? {
        Ok(created) => {
            tell_of(&new, &created);
            let made = NewTokenMade::of(&created, &token_type.name, bearer.at);
            Ok((StatusCode::CREATED, Json(made)))
        }
        Err(refusal) => Err(refuse(&new, &refusal)),
    }
}

impl NewToken {
    /// How long it is to live, where that is said.
    pub(super) fn life(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    /// Whether it is to be for something or somebody, or to tell something.
    pub(super) fn says_more(&self) -> bool {
        let has_identity = self.identity.as_ref().is_some_and(|identity| !identity.is_empty());
        !self.purposes.is_empty() || has_identity || !self.attributes.is_empty()
    }

    fn read(mut object: JsonObject) -> Result<Self, BadJson> {
        let what = "text of at most 400 characters without NUL";
        let asked = Self {
            r#type: take_type(&mut object)?,
            purposes: take_purposes(&mut object)?,
            identity: object.text(("identity", what), |text| is_kept(text, LONGEST_IDENTITY))?,
            attributes: take_attributes(&mut object)?,
            expires_in: take_life(&mut object)?,
        };
        object.finish("type, purposes, identity, attributes, expires_in")?;
        Ok(asked)
    }
}

fn take_purposes(object: &mut JsonObject) -> Result<Vec<String>, BadJson> {
    let what = "an array of at most 32 texts, each of at most 200 characters without NUL";
    let wrong = || BadJson::Wrong("purposes", what);
    let Some(sent) = object.take("purposes") else { return Ok(Vec::new()) };
    let Value::Array(sent) = sent else { return Err(wrong()) };
    if sent.len() > MOST_PURPOSES {
        return Err(wrong());
    }
    let purpose = |sent| match sent {
        Value::String(text) if is_kept(&text, LONGEST_PURPOSE) => Ok(text),
        _ => Err(wrong()),
    };
    sent.into_iter().map(purpose).collect()
}

fn take_attributes(object: &mut JsonObject) -> Result<Map<String, Value>, BadJson> {
    let what = "an object of at most 64 members and 8 KiB";
    match object.take("attributes") {
        None => Ok(Map::new()),
        Some(Value::Object(members)) if are_kept(&members) => Ok(members),
        Some(_) => Err(BadJson::Wrong("attributes", what)),
    }
}

fn take_life(object: &mut JsonObject) -> Result<Option<u64>, BadJson> {
    let what = "a whole number of seconds from 1 to 3153600000";
    let Some(sent) = object.take("expires_in") else { return Ok(None) };
    let seconds = whole(&sent).filter(|seconds| (1..=LONGEST_LIFE.as_secs()).contains(seconds));
    seconds.map(Some).ok_or(BadJson::Wrong("expires_in", what))
}

/// A number without a fraction, however it is written: `1.0` is whole to JSON Schema, too.
fn whole(sent: &Value) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
    let exact = |number: f64| {
        let is_whole = number.fract() == 0.0 && (0.0..=9e15).contains(&number);
        is_whole.then_some(number as u64)
    };
    sent.as_u64().or_else(|| sent.as_f64().and_then(exact))
}

impl NewTokenMade {
    pub(super) fn of(created: &CreatedToken, type_name: &TypeName, at: Timestamp) -> Self {
        Self {
            token: created.token.expose().to_owned(),
            id: created.entry_key.to_string(),
            r#type: type_name.to_string(),
            expires_at: created.expires_at.map(Timestamp::rfc3339),
            expires_in: created.expires_at.map(|end| end.seconds() - at.seconds()),
            uses_left: created.uses_left,
        }
    }
}

/// Counts and logs a token that was made, once.
fn tell_of(new: &NewTypedToken<'_>, created: &CreatedToken) {
    let client_id = new.maker.client_id();
    let (key, name) = (created.entry_key, &new.token_type.name);
    counter!("tessera_typed_tokens_created_total").increment(1);
    tracing::debug!(
        event = "typed_token.created",
        token.entry = %key,
        token.type = %name,
        client.id = %client_id,
        "made {key}, a {name}, for {client_id}"
    );
}

/// What the caller learns of a refusal, which is logged.
fn refuse(new: &NewTypedToken<'_>, refusal: &CreateRefusal) -> Error {
    let (client_id, name) = (new.maker.client_id(), &new.token_type.name);
    tracing::info!(
        event = "typed_token.not_created",
        token.type = %name,
        client.id = %client_id,
        reason = %refusal,
        "made no {name} for {client_id}: {refusal}"
    );
    Error::refused(code_of(refusal), refusal)
}

/// The code for a refusal.
pub(super) fn code_of(refusal: &CreateRefusal) -> Code {
    match refusal {
        CreateRefusal::TypeNotConfigured => Code::UnknownType,
        CreateRefusal::ClientNotAllowed => Code::AccessDenied,
        CreateRefusal::TooManyActive => Code::TooManyActive,
        CreateRefusal::TooSoon { .. } => Code::TooSoon,
        _ => Code::InvalidRequest,
    }
}

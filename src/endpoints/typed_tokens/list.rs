//! Listing typed tokens.

use axum::{Json, extract::State, http::Uri};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    client_auth::ApiCaller,
    error::{Code, Error, Problem, Result},
    model::{
        api_scope::ApiAct, entry_key::EntryKey, parameters::Parameters, standing::StandingEntry,
        timestamp::Timestamp, token_type::TypeName,
    },
};

use super::{
    delete::{ID, parse_id},
    personal,
};

/// How many tokens a page has, where nobody says so.
const PAGE: i64 = 50;

/// The most tokens of a page.
const LONGEST_PAGE: i64 = 200;

/// Which tokens to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::endpoints) struct TokensToList {
    /// Only those of this type, in either case.
    #[param(value_type = Option<String>, pattern = "^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
    pub(super) r#type: Option<TypeName>,
    /// Where the page before ended: its `next`.
    #[param(value_type = Option<String>, pattern = "^tok_[0-7][0-9A-HJKMNP-TV-Z]{12}$")]
    pub(super) after: Option<EntryKey>,
    /// At most so many.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: i64,
}

/// A page of tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::endpoints) struct TokenPage {
    /// Those that the caller made, of the types that it may list.
    tokens: Vec<ListedToken>,
    /// Where to go on: absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What is told of a token. Its string is not known any more.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::endpoints) struct ListedToken {
    /// The name of its entry: no secret.
    id: String,
    /// The name of its type.
    r#type: String,
    /// Where it stands, in one word such as `active`, `expired` or `revoked`.
    #[schema(value_type = String)]
    status: &'static str,
    /// What it is good for: absent for anything. In lower case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Option<Vec<String>>)]
    purposes: Vec<String>,
    /// For whom it is good: absent for anybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it begins to work: absent if from the start.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
    /// When it ends: absent if never.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// When it was last used: absent if it was not.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    /// How often it was used.
    uses: i64,
    /// How often it may be: absent if that is not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    uses_left: Option<i64>,
}

/// List tokens
///
/// Lists the tokens that the caller made, those that end first at the head of the list; without
/// their strings, which nobody knows but who was given them.
#[utoipa::path(
    get,
    path = "/tokens",
    operation_id = "listTokens",
    tag = "typed tokens",
    params(TokensToList),
    responses(
        (status = 200, body = TokenPage, description = "A page of them."),
        (status = 400, body = Problem, content_type = "application/problem+json",
         description = "A parameter cannot be read."),
    ),
    security(("client_credentials" = ["tokens.list:TYPE"]), ("bearer" = []), ("basic" = [])),
)]
pub(in crate::endpoints) async fn get(
    State(app): State<App>,
    caller: ApiCaller,
    uri: Uri,
) -> Result<Json<TokenPage>> {
    let query = uri.query().unwrap_or_default();
    Parameters::refuse_empty_in(query)?;
    let asked = TokensToList::read(&Parameters::parse(query.as_bytes())?)?;
    let bearer = match caller {
        ApiCaller::Client(bearer) => bearer,
        ApiCaller::Person(person) => return personal::list(&app, &person, &asked).await,
    };
    let types = match &asked.r#type {
        Some(name) => {
            bearer.demand(ApiAct::List, name.as_str())?;
            vec![name.fold()]
        }
        None => bearer.types_for(ApiAct::List)?,
    };
    let client_id = &bearer.client().client_id;
    let mut found = Vec::new();
    let mut store = app.store.read().await?;
    for type_fold in types {
        let from = (asked.after, asked.limit + 1);
        found.extend(store.list_typed_tokens(client_id, &type_fold, from).await?);
    }
    Ok(Json(TokenPage::of(found, asked.limit, bearer.at)))
}

impl TokensToList {
    fn read(parameters: &Parameters) -> Result<Self> {
        let wrong = |text: String| move || Error::new(Code::InvalidRequest, text);
        let name = parameters.get("type").map(TypeName::parse).transpose();
        let name = name.map_err(|_| Error::new(Code::InvalidRequest, "type is no type's name."))?;
        let after = match parameters.get("after") {
            None => None,
            Some(text) => Some(parse_id(text).ok_or_else(wrong(format!("after must be {ID}.")))?),
        };
        let limit = match parameters.get("limit") {
            None => PAGE,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=LONGEST_PAGE).contains(limit))
                .ok_or_else(wrong(format!("limit must be from 1 to {LONGEST_PAGE}.")))?,
        };
        Ok(Self { r#type: name, after, limit })
    }
}

impl TokenPage {
    /// The first of what was found, in order, and where to go on.
    pub(super) fn of(mut found: Vec<StandingEntry>, limit: i64, at: Timestamp) -> Self {
        found.sort_by_key(|found| found.entry.entry_key);
        found.dedup_by_key(|found| found.entry.entry_key);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| has_more);
        let next = last.map(|found| found.entry.entry_key.to_string());
        Self { tokens: found.iter().map(|found| ListedToken::of(found, at)).collect(), next }
    }
}

impl ListedToken {
    fn of(found: &StandingEntry, at: Timestamp) -> Self {
        let entry = &found.entry;
        let shown = found.standing.type_shown.as_ref().unwrap_or(&entry.type_name);
        Self {
            id: entry.entry_key.to_string(),
            r#type: shown.clone(),
            status: found.status_word(at).as_str(),
            purposes: entry.purposes.iter().map(str::to_owned).collect(),
            identity: entry.identity.clone(),
            created_at: entry.created_at.rfc3339(),
            not_before: entry.not_before.map(Timestamp::rfc3339),
            expires_at: entry.expires_at.map(Timestamp::rfc3339),
            last_used_at: entry.last_used_at.map(Timestamp::rfc3339),
            uses: entry.uses,
            uses_left: entry.max_uses.map(|most| (most - entry.uses).max(0)),
        }
    }
}

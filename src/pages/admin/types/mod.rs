//! Token types: which there are, and where each comes from.

mod body;
pub(in crate::pages) mod delete;
mod draft;
mod drawn;
pub(in crate::pages) mod edit;
mod names;
mod page;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use crate::{
    acts::types,
    app::App,
    error::Result,
    model::{
        parameters::Parameters,
        rules::Rule,
        token_type::{TokenType, TypeName, TypeSource},
    },
    pages::{
        dates::Moment,
        gate::encoded,
        html::{self, Forms},
        layout::Layout,
    },
};

use super::{
    frame::{Frame, Section},
    guard::{AdminPosted, AdminVisit},
    tokens::times::Times,
};

#[derive(Template)]
#[template(path = "admin/types/list.html")]
struct TypesPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    groups: Vec<Group>,
    is_deleted: bool,
}

/// The types of one source.
struct Group {
    /// The key of its heading.
    key: &'static str,
    types: Vec<Shown>,
}

struct Shown {
    name: String,
    description: String,
    /// The key of what one of the protocol is for.
    about: Option<&'static str>,
    rules: Vec<&'static str>,
    version: i64,
    changed: Option<Moment>,
    is_removed: bool,
}

/// The sources, in the order in which they are shown.
const SOURCES: [TypeSource; 3] = [TypeSource::Store, TypeSource::File, TypeSource::BuiltIn];

/// The key of what a source is called.
pub(super) fn source_key(source: TypeSource) -> &'static str {
    match source {
        TypeSource::Store => "admin-types-store",
        TypeSource::File => "admin-types-file",
        TypeSource::BuiltIn => "admin-types-built-in",
    }
}

/// Where the page of a type is.
pub(super) fn path_of(name: &TypeName) -> String {
    format!("/admin/types/{}", encoded(name.as_str()))
}

/// Shows the page, or the form of a new type.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let asked = Parameters::parse(query.unwrap_or_default().as_bytes())?;
    if asked.get("new").is_some() {
        return edit::begin(&app, &admin, asked.get("as") == Some("text"));
    }
    let times = Times { words: admin.layout(&app).words, now: admin.at() };
    let all = types::list(&app).await?;
    let of = |source: TypeSource| {
        let its = all.iter().filter(move |known| known.source == source);
        let types = its.map(|known| Shown::of(known, times)).collect();
        Group { key: source_key(source), types }
    };
    let page = TypesPage {
        layout: admin.layout(&app),
        frame: Frame::new(&admin, Section::Types, Section::Types.path()),
        is_deleted: asked.get("done") == Some("removed"),
        groups: SOURCES.into_iter().map(of).filter(|group| !group.types.is_empty()).collect(),
    };
    html::answer_with(&page, Forms::Here)
}

/// Makes a type.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    posted: AdminPosted,
) -> Result<Response> {
    edit::save(&app, &posted, None).await
}

/// What the types of the protocol are for, as keys.
const ABOUT: [(&str, &str); 10] = [
    ("access", "admin-types-access"),
    ("refresh", "admin-types-refresh"),
    ("code", "admin-types-code"),
    ("device_code", "admin-types-device-code"),
    ("user_code", "admin-types-user-code"),
    ("id", "admin-types-id"),
    ("registration", "admin-types-registration"),
    ("personal", "admin-types-personal"),
    ("invitation", "admin-types-invitation"),
    ("password_reset", "admin-types-password-reset"),
];

/// The key of what a type is for that nobody described.
fn about(known: &TokenType) -> Option<&'static str> {
    if !known.definition.description.is_empty() {
        return None;
    }
    let name = known.name.to_string();
    ABOUT.iter().find(|(its, _)| *its == name).map(|(_, key)| *key)
}

impl Shown {
    fn of(known: &TokenType, times: Times) -> Self {
        Self {
            name: known.name.to_string(),
            description: known.definition.description.clone(),
            about: about(known),
            rules: known.definition.rules.iter().map(Rule::name).collect(),
            version: known.version,
            // What belongs to the protocol was never changed.
            changed: (known.updated_at.0 > 0).then(|| times.moment(known.updated_at)),
            is_removed: known.removed_at.is_some(),
        }
    }
}

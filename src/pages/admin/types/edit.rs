//! One token type: looked at and, where it is the store's, changed.

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};

use crate::{
    acts::types::{self, NotWritten, Seen},
    app::App,
    error::Result,
    model::{
        parameters::Parameters,
        timestamp::Timestamp,
        token_type::{DeclaredType, TokenType, toml_text},
    },
    pages::{
        admin::guard::{AdminPosted, AdminVisit},
        html,
    },
};

use super::{
    body::Body,
    page::{Came, show, step},
    path_of,
};

/// What a button of the form wants beside saving.
const WANTED: &str = "do";

/// Shows the page.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let asked = Parameters::parse(query.unwrap_or_default().as_bytes())?;
    let known = types::find(&app, &name).await?;
    let TokenType { name, definition, .. } = known.clone();
    let body = Body::of(&DeclaredType { name, definition }, asked.get("as") == Some("text"));
    let came = Came { is_saved: asked.get("done") == Some("saved"), ..Came::default() };
    show(&app, &admin, (Some(&known), body), came)
}

/// Changes a type, or says what a change would come to.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    Path(name): Path<String>,
    posted: AdminPosted,
) -> Result<Response> {
    let known = types::find(&app, &name).await?;
    save(&app, &posted, Some(known)).await
}

/// Shows the form of a new type.
pub(super) fn begin(app: &App, admin: &AdminVisit, as_text: bool) -> Result<Response> {
    show(app, admin, (None, Body::new(as_text)), Came::default())
}

/// Writes what a form says, unless one of its buttons only wants to see another form.
pub(super) async fn save(
    app: &App,
    posted: &AdminPosted,
    known: Option<TokenType>,
) -> Result<Response> {
    let admin = &posted.admin;
    let body = Body::typed(posted);
    if !posted.is_genuine(&step(known.as_ref())) || body.is_foreign() {
        return show(app, admin, (known.as_ref(), body), Came::trouble("form-stale"));
    }
    if let Some(wanted) = posted.fields.get(WANTED) {
        let (body, came) = turned(body, wanted, posted.field("add"));
        return show(app, admin, (known.as_ref(), body), came);
    }
    if known.as_ref().is_some_and(|known| !types::is_of_the_store(known)) {
        return show(app, admin, (known.as_ref(), body), Came::trouble("admin-types-not-here"));
    }
    let Some(declared) = body.read().declared else {
        return show(app, admin, (known.as_ref(), body), Came::checked());
    };
    if let Some(trouble) = posted.prove(app).await? {
        return show(app, admin, (known.as_ref(), body), Came::trouble(trouble));
    }
    let seen = known.as_ref().map(|known| (known.name.as_str(), seen(posted)));
    match types::write(app, &admin.operator(), (&toml_text(&declared), seen)).await {
        Ok(written) => {
            Ok(html::see_other(&app.issuer, &format!("{}?done=saved", path_of(&written.name))))
        }
        Err(NotWritten::Faulty(wrong)) => {
            let came = Came { wrong, ..Came::checked() };
            show(app, admin, (known.as_ref(), body), came)
        }
        Err(NotWritten::Changed(now, changes)) => {
            let came = Came { changes, ..Came::trouble("admin-types-changed") };
            show(app, admin, (Some(&now), body), came)
        }
        Err(NotWritten::Failed(error)) => Err(error.into()),
    }
}

/// What a button makes of what was typed: a rule more or less, the other view, or nothing, where
/// it only wants to know what is wrong.
fn turned(body: Body, wanted: &str, rule: &str) -> (Body, Came) {
    match (body, wanted.split_once('.').unwrap_or((wanted, ""))) {
        (Body::Fields(mut draft), ("add", _)) => {
            let added = draft.add(rule);
            (Body::Fields(draft), Came { added, ..Came::default() })
        }
        (Body::Fields(mut draft), ("remove", at)) => {
            draft.remove(at.parse().unwrap_or(usize::MAX));
            (Body::Fields(draft), Came::default())
        }
        (body, ("text", _)) => (body.into_text(), Came::default()),
        (body, ("fields", _)) => match body.into_fields() {
            // What cannot be drawn says why.
            body @ Body::Text(_) => (body, Came::checked()),
            body @ Body::Fields(_) => (body, Came::default()),
        },
        (body, _) => (body, Came::checked()),
    }
}

/// Which state of the type the form was made from.
pub(super) fn seen(posted: &AdminPosted) -> Seen {
    let number = |name: &str| posted.field(name).parse().unwrap_or_default();
    (number("version"), Timestamp(number("updated_at")))
}

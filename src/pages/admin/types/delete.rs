//! Taking a token type away.

use axum::{
    extract::{Path, State},
    response::Response,
};

use crate::{
    acts::{self, types},
    app::App,
    error::Result,
    model::token_type::{TokenType, stays},
    pages::{
        admin::{
            confirm::{self, Confirm, TYPED},
            frame::Section,
            guard::{AdminPosted, AdminVisit},
        },
        html,
    },
};

use super::{edit::seen, path_of};

const STEP: &str = "admin|types|delete";

/// Asks whether to.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    Path(name): Path<String>,
    admin: AdminVisit,
) -> Result<Response> {
    let known = types::find_there(&app, &name).await?;
    ask(&app, &admin, &known, None).await
}

/// Does it.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    Path(name): Path<String>,
    posted: AdminPosted,
) -> Result<Response> {
    let admin = &posted.admin;
    let known = types::find_there(&app, &name).await?;
    if !posted.is_genuine(&step(&known)) {
        return ask(&app, admin, &known, Some("form-stale")).await;
    }
    if !types::is_of_the_store(&known) {
        return ask(&app, admin, &known, Some("admin-types-not-here")).await;
    }
    if posted.field(TYPED).trim() != known.name.as_str() {
        return ask(&app, admin, &known, Some("confirm-mistyped")).await;
    }
    if let Some(trouble) = posted.prove(&app).await? {
        return ask(&app, admin, &known, Some(trouble)).await;
    }
    match types::remove(&app, &admin.operator(), (known.name.as_str(), seen(&posted))).await {
        Ok(_) => Ok(html::see_other(&app.issuer, "/admin/types?done=removed")),
        Err(acts::Error::Conflict(_)) => {
            let now = types::find_there(&app, &name).await?;
            ask(&app, admin, &now, Some("admin-types-changed-look")).await
        }
        Err(error) => Err(error.into()),
    }
}

fn step(known: &TokenType) -> String {
    format!("{STEP}|{}", known.name.fold())
}

async fn ask(
    app: &App,
    admin: &AdminVisit,
    known: &TokenType,
    trouble: Option<&'static str>,
) -> Result<Response> {
    let words = admin.layout(app).words;
    let name = known.name.as_str();
    let path = path_of(&known.name);
    let effect = if stays(name) { "admin-types-reset-text" } else { "admin-types-delete-text" };
    let active = types::active(app, &known.name).await?;
    let active = active.map_or_else(
        || words.text("admin-types-active-unknown").into_owned(),
        |count| words.count("admin-types-active", count),
    );
    let confirm = Confirm {
        section: Section::Types,
        title: words.with("admin-types-delete-title", [("name", name)]),
        text: words.text(effect).into_owned(),
        facts: vec![(words.text("admin-types-its-tokens").into_owned(), active)],
        action: format!("{path}/delete"),
        step: step(known),
        hidden: vec![
            ("version", known.version.to_string()),
            ("updated_at", known.updated_at.0.to_string()),
        ],
        reason: None,
        must_type: Some(name.to_owned()),
        button: words.text("admin-types-delete").into_owned(),
        is_final: true,
        back: path,
        command: format!("tessera type remove {name}"),
        trouble,
    };
    confirm::show(app, admin, &confirm)
}

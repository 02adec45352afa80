//! Letting the next key sign.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use crate::{
    acts::keys::{self, Rotation},
    app::App,
    error::{Code, Error, Result},
    model::{parameters::Parameters, signature_algorithm::SignatureAlgorithm},
    pages::{
        admin::{
            confirm::{self, Confirm},
            frame::Section,
            guard::{AdminPosted, AdminVisit},
        },
        dates, html,
    },
};

const STEP: &str = "admin|keys|rotate";

/// Asks whether to.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let asked = Parameters::parse(query.unwrap_or_default().as_bytes())?;
    let rotation = planned(&app, asked.get("algorithm").unwrap_or_default()).await?;
    ask(&app, &admin, &rotation, None).await
}

/// Does it.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    posted: AdminPosted,
) -> Result<Response> {
    let admin = &posted.admin;
    let rotation = planned(&app, posted.field("algorithm")).await?;
    if !posted.is_genuine(STEP) {
        return ask(&app, admin, &rotation, Some("form-stale")).await;
    }
    if let Some(trouble) = posted.prove(&app).await? {
        return ask(&app, admin, &rotation, Some(trouble)).await;
    }
    keys::rotate(&app, &admin.operator(), &rotation, false).await?;
    Ok(html::see_other(&app.issuer, "/admin/keys?done=rotated"))
}

async fn planned(app: &App, algorithm: &str) -> Result<Rotation> {
    let unknown = || Error::new(Code::NotFound, "There is no key of this algorithm.");
    let algorithm: SignatureAlgorithm = algorithm.parse().map_err(|_| unknown())?;
    keys::plan(app, Some(algorithm)).await?.pop().ok_or_else(unknown)
}

async fn ask(
    app: &App,
    admin: &AdminVisit,
    rotation: &Rotation,
    trouble: Option<&'static str>,
) -> Result<Response> {
    let words = admin.layout(app).words;
    let algorithm = rotation.algorithm.as_str();
    let ahead = app.config().keys.rotation.ahead();
    let signs_from = match &rotation.staged {
        Some(staged) => staged.signs_from(),
        None => admin.at().plus(ahead),
    };
    let mut facts = Vec::new();
    if let Some(active) = &rotation.active {
        facts.push((words.text("admin-keys-now").into_owned(), active.kid.clone()));
        let known = super::facts_of(app, &active.kid).await?;
        let go_on = |facts| super::counted(&facts, "admin-keys-live-go-on", words, admin.at());
        let live = known.and_then(go_on);
        facts.extend(live.map(|live| (words.text("admin-keys-jwts").into_owned(), live)));
    }
    if let Some(staged) = &rotation.staged {
        facts.push((words.text("admin-keys-then").into_owned(), staged.kid.clone()));
    }
    let from = dates::to_the_minute(words, signs_from);
    facts.push((words.text("admin-keys-from").into_owned(), from));
    let confirm = Confirm {
        section: Section::Keys,
        title: words.with("admin-keys-rotate-title", [("algorithm", algorithm)]),
        text: words.text("admin-keys-rotate-text").into_owned(),
        facts,
        action: "/admin/keys/rotate".to_owned(),
        step: STEP.to_owned(),
        hidden: vec![("algorithm", algorithm.to_owned())],
        reason: None,
        must_type: None,
        button: words.text("admin-keys-rotate").into_owned(),
        is_final: false,
        back: Section::Keys.path().to_owned(),
        command: format!("tessera key rotate {algorithm}"),
        trouble,
    };
    confirm::show(app, admin, &confirm)
}

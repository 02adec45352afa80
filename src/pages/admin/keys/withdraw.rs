//! Withdrawing a key that leaked.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use crate::{
    acts::keys,
    app::App,
    error::Result,
    model::{parameters::Parameters, signing_key::SigningKeyState},
    pages::{
        admin::{
            confirm::{self, Confirm, TYPED},
            frame::Section,
            guard::{AdminPosted, AdminVisit},
        },
        html,
    },
};

const STEP: &str = "admin|keys|withdraw";

/// Asks whether to.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let asked = Parameters::parse(query.unwrap_or_default().as_bytes())?;
    ask(&app, &admin, (asked.get("kid").unwrap_or_default(), ""), None).await
}

/// Does it.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    posted: AdminPosted,
) -> Result<Response> {
    let admin = &posted.admin;
    let (kid, reason) = (posted.field("kid"), &*confirm::reason(&posted.fields));
    if !posted.is_genuine(STEP) {
        return ask(&app, admin, (kid, reason), Some("form-stale")).await;
    }
    if posted.field(TYPED).trim() != kid {
        return ask(&app, admin, (kid, reason), Some("confirm-mistyped")).await;
    }
    if let Some(trouble) = posted.prove(&app).await? {
        return ask(&app, admin, (kid, reason), Some(trouble)).await;
    }
    let reason = (!reason.is_empty()).then_some(reason);
    keys::withdraw(&app, &admin.operator(), kid, reason).await?;
    Ok(html::see_other(&app.issuer, "/admin/keys?done=withdrawn"))
}

async fn ask(
    app: &App,
    admin: &AdminVisit,
    (kid, reason): (&str, &str),
    trouble: Option<&'static str>,
) -> Result<Response> {
    let (key, staged) = keys::find(app, kid).await?;
    let words = admin.layout(app).words;
    let fact =
        |name: &str, text: &str| (words.text(name).into_owned(), words.text(text).into_owned());
    let mut facts = Vec::new();
    if key.state != SigningKeyState::Staged {
        let known = super::facts_of(app, kid).await?;
        let stop = |facts| super::counted(&facts, "admin-keys-live-stop", words, admin.at());
        let unknown = || words.text("admin-keys-jwts-text").into_owned();
        let stopping = known.and_then(stop).unwrap_or_else(unknown);
        facts.push((words.text("admin-keys-jwts").into_owned(), stopping));
        facts.push(fact("admin-keys-services", "admin-keys-services-text"));
    }
    if key.state == SigningKeyState::Active {
        let next = match &staged {
            Some(staged) => words.with("admin-keys-next-known", [("kid", &staged.kid)]),
            None => words.text("admin-keys-next-new").into_owned(),
        };
        facts.push((words.text("admin-keys-then").into_owned(), next));
    }
    let confirm = Confirm {
        section: Section::Keys,
        title: words.with("admin-keys-withdraw-title", [("kid", kid)]),
        text: words.text("admin-keys-withdraw-text").into_owned(),
        facts,
        action: "/admin/keys/withdraw".to_owned(),
        step: STEP.to_owned(),
        hidden: vec![("kid", kid.to_owned())],
        reason: Some(reason.to_owned()),
        must_type: Some(kid.to_owned()),
        button: words.text("admin-keys-withdraw-button").into_owned(),
        is_final: true,
        back: Section::Keys.path().to_owned(),
        command: format!("tessera key withdraw {kid} --reason \"…\""),
        trouble,
    };
    confirm::show(app, admin, &confirm)
}

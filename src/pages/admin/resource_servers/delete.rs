//! Deleting a resource server.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use crate::{
    acts::resource_servers,
    app::App,
    error::Result,
    model::{command_line::word, parameters::Parameters},
    pages::{
        admin::{
            confirm::{self, Confirm},
            frame::Section,
            guard::{AdminPosted, AdminVisit},
        },
        html,
    },
};

use super::path_of;

const STEP: &str = "admin|server|delete";

/// Asks whether to.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let asked = Parameters::parse(query.unwrap_or_default().as_bytes())?;
    ask(&app, &admin, asked.get("audience").unwrap_or_default(), None).await
}

/// Does it.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    posted: AdminPosted,
) -> Result<Response> {
    let (admin, audience) = (&posted.admin, posted.field("audience"));
    if !posted.is_genuine(STEP) {
        return ask(&app, admin, audience, Some("form-stale")).await;
    }
    if let Some(trouble) = posted.prove(&app).await? {
        return ask(&app, admin, audience, Some(trouble)).await;
    }
    resource_servers::delete(&app, &admin.operator(), audience).await?;
    Ok(html::see_other(&app.issuer, "/admin/resource-servers?done=deleted"))
}

async fn ask(
    app: &App,
    admin: &AdminVisit,
    audience: &str,
    trouble: Option<&'static str>,
) -> Result<Response> {
    let server = resource_servers::find(app, audience).await?;
    let words = admin.layout(app).words;
    let confirm = Confirm {
        section: Section::ResourceServers,
        title: words.with("admin-servers-delete-title", [("name", &server.name)]),
        text: words.text("admin-servers-delete-effect").into_owned(),
        facts: vec![
            (words.text("admin-servers-audience").into_owned(), audience.to_owned()),
            (words.text("admin-servers-askers").into_owned(), server.introspectors.to_string()),
        ],
        action: "/admin/resource-servers/delete".to_owned(),
        step: STEP.to_owned(),
        hidden: vec![("audience", audience.to_owned())],
        reason: None,
        must_type: None,
        button: words.text("admin-servers-delete").into_owned(),
        is_final: true,
        back: path_of(audience),
        command: format!("tessera resource-server delete {}", word(audience)),
        trouble,
    };
    confirm::show(app, admin, &confirm)
}

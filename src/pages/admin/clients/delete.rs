//! Deleting a client.

use axum::{
    extract::{Path, State},
    response::Response,
};

use crate::{
    acts::clients::{self, COUNT_LIMIT},
    app::App,
    error::Result,
    model::{client::ClientStatus, client_id::ClientId},
    pages::{
        admin::{
            confirm::{self, Confirm, TYPED},
            frame::Section,
            guard::{AdminPosted, AdminVisit},
        },
        html,
    },
};

use super::{named, path_of};

/// Asks whether to.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    admin: AdminVisit,
) -> Result<Response> {
    ask(&app, &admin, &named(&id)?, None).await
}

/// Does it.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: AdminPosted,
) -> Result<Response> {
    let (client_id, admin) = (named(&id)?, &posted.admin);
    if !posted.is_genuine(&step(&client_id)) {
        return ask(&app, admin, &client_id, Some("form-stale")).await;
    }
    if posted.field(TYPED).trim() != client_id.as_str() {
        return ask(&app, admin, &client_id, Some("confirm-mistyped")).await;
    }
    if let Some(trouble) = posted.prove(&app).await? {
        return ask(&app, admin, &client_id, Some(trouble)).await;
    }
    clients::set_status(&app, &admin.operator(), &client_id, ClientStatus::Deleted).await?;
    Ok(html::see_other(&app.issuer, Section::Clients.path()))
}

fn step(client_id: &ClientId) -> String {
    format!("admin|client|{client_id}|delete")
}

async fn ask(
    app: &App,
    admin: &AdminVisit,
    client_id: &ClientId,
    trouble: Option<&'static str>,
) -> Result<Response> {
    let (client, secrets) = clients::show(app, client_id).await?;
    let words = admin.layout(app).words;
    let tokens = match clients::live_tokens(app, client_id).await {
        None => words.text("admin-clients-uncounted").into_owned(),
        Some(count) if count > COUNT_LIMIT => words.count("admin-clients-more-tokens", COUNT_LIMIT),
        Some(count) => words.count("admin-clients-live-tokens", count),
    };
    let secrets = i64::try_from(secrets.len()).unwrap_or(i64::MAX);
    let confirm = Confirm {
        section: Section::Clients,
        title: words.with("admin-clients-delete-title", [("name", &client.name)]),
        text: words.text("admin-clients-delete-effect").into_owned(),
        facts: vec![
            (words.text("admin-clients-its-tokens").into_owned(), tokens),
            (
                words.text("admin-clients-secrets").into_owned(),
                words.count("admin-clients-secrets-count", secrets),
            ),
        ],
        action: format!("{}/delete", path_of(client_id)),
        step: step(client_id),
        hidden: Vec::new(),
        reason: None,
        must_type: Some(client_id.as_str().to_owned()),
        button: words.text("admin-clients-delete").into_owned(),
        is_final: true,
        back: path_of(client_id),
        command: format!("tessera client delete {client_id}"),
        trouble,
    };
    confirm::show(app, admin, &confirm)
}

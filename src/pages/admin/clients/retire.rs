//! Ending a secret of a client.

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};

use crate::{
    acts::{clients, secrets},
    app::App,
    error::{Code, Error, Result},
    model::{client_id::ClientId, client_secret::ClientSecret, parameters::Parameters},
    pages::{
        admin::{
            confirm::{self, Confirm},
            frame::Section,
            guard::{AdminPosted, AdminVisit},
        },
        dates::Moment,
        html,
    },
};

use super::{named, path_of, secrets::is_in_use};

/// Asks whether to.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let asked = Parameters::parse(query.unwrap_or_default().as_bytes())?;
    ask(&app, &admin, (&named(&id)?, asked.get("hint").unwrap_or_default()), None).await
}

/// Does it.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: AdminPosted,
) -> Result<Response> {
    let (client_id, admin, hint) = (named(&id)?, &posted.admin, posted.field("hint"));
    if !posted.is_genuine(&step(&client_id)) {
        return ask(&app, admin, (&client_id, hint), Some("form-stale")).await;
    }
    if let Some(trouble) = posted.prove(&app).await? {
        return ask(&app, admin, (&client_id, hint), Some(trouble)).await;
    }
    secrets::retire(&app, &admin.operator(), &client_id, hint).await?;
    let to = format!("{}/credentials?done=retired", path_of(&client_id));
    Ok(html::see_other(&app.issuer, &to))
}

fn step(client_id: &ClientId) -> String {
    format!("admin|client|{client_id}|retire")
}

async fn ask(
    app: &App,
    admin: &AdminVisit,
    (client_id, hint): (&ClientId, &str),
    trouble: Option<&'static str>,
) -> Result<Response> {
    let (client, all) = clients::show(app, client_id).await?;
    let (words, now) = (admin.layout(app).words, admin.at());
    let is_meant = |secret: &&ClientSecret| secret.hint == hint && secret.is_live(now);
    let unknown = || Error::new(Code::NotFound, "The client has no live secret of this ending.");
    let secret = all.iter().find(is_meant).ok_or_else(unknown)?;
    let used = match secret.last_used_at {
        None => words.text("admin-clients-used-never").into_owned(),
        Some(at) => {
            let Moment { text, distance, .. } = Moment::new(words, at, now);
            let from = secret.last_used_from.clone().unwrap_or_default();
            words.with(
                "admin-clients-used-from",
                [("at", &text), ("distance", &distance), ("from", &from)],
            )
        }
    };
    let text = if is_in_use(secret, now) {
        "admin-clients-retire-used"
    } else {
        "admin-clients-retire-text"
    };
    let confirm = Confirm {
        section: Section::Clients,
        title: words.with("admin-clients-retire-title", [("hint", hint), ("name", &client.name)]),
        text: words.text(text).into_owned(),
        facts: vec![(words.text("admin-clients-used").into_owned(), used)],
        action: format!("{}/credentials/retire", path_of(client_id)),
        step: step(client_id),
        hidden: vec![("hint", hint.to_owned())],
        reason: None,
        must_type: None,
        button: words.text("admin-clients-retire").into_owned(),
        is_final: true,
        back: format!("{}/credentials", path_of(client_id)),
        command: format!("tessera client retire-secret {client_id} {hint}"),
        trouble,
    };
    confirm::show(app, admin, &confirm)
}

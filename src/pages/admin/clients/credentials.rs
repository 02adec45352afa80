//! What a client proves itself with: its secrets and their use, another one beside them, its keys.

use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};

use crate::{
    acts::{self, clients, secrets},
    app::App,
    error::{Code, Error, Result},
    model::{
        client::{Client, ClientAuthentication},
        client_id::ClientId,
        client_secret::ClientSecret,
        duration,
        secret::Secret,
    },
    pages::{
        admin::{
            both,
            form::{Field, Kind, News, mark},
            frame::{Frame, Section},
            guard::{AdminPosted, AdminVisit},
        },
        html::{self, Forms},
        layout::Layout,
        tile::Tile,
    },
};

use super::{
    kind_of, named,
    one::{Saved, save},
    parts::Part,
    path_of,
    secrets::SecretRow,
    status_of,
};

#[derive(Template)]
#[template(path = "admin/clients/credentials.html")]
struct CredentialsPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    csrf: String,
    client: &'a Client,
    path: String,
    tile: Tile,
    kind: &'static str,
    secrets: Vec<SecretRow>,
    /// A secret that was made just now.
    made: Option<&'a str>,
    overlap: Field,
    keys: Vec<Field>,
    news: News,
}

/// What is shown beside what stands.
#[derive(Default)]
struct Beside {
    made: Option<Secret>,
    overlap: Option<Field>,
    keys: Option<Vec<Field>>,
    news: News,
}

const OVERLAP: Field = Field {
    name: "overlap",
    label: "admin-clients-overlap",
    hint: Some("admin-clients-overlap-hint"),
    kind: Kind::Choice(&[
        ("7d", "admin-clients-overlap-week"),
        ("1d", "admin-clients-overlap-day"),
        ("30d", "admin-clients-overlap-month"),
        ("0s", "admin-clients-overlap-none"),
    ]),
    value: String::new(),
    wrong: None,
};

fn step(client_id: &ClientId) -> String {
    super::one::step(client_id)
}

/// Shows the page.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let done = match query.as_deref() {
        Some("done=retired") => Some("admin-clients-done-retired"),
        Some("done=saved") => Some("admin-saved"),
        _ => None,
    };
    let beside = Beside { news: News::done(done), ..Beside::default() };
    show(&app, &admin, &named(&id)?, beside).await
}

/// Makes another secret, or saves the keys.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: AdminPosted,
) -> Result<Response> {
    let (client_id, admin) = (named(&id)?, &posted.admin);
    let client = clients::find(&app, &client_id).await?;
    let is_keys = posted.field("part") == Part::Keys.name();
    let typed = || Beside {
        overlap: (!is_keys).then(|| OVERLAP.typed(&posted)),
        keys: is_keys.then(|| {
            let all = Part::Keys.settings(&client).into_iter();
            all.map(|setting| setting.blank().typed(&posted)).collect()
        }),
        ..Beside::default()
    };
    let trouble = |key| Beside { news: News::trouble(key), ..typed() };
    if !posted.is_genuine(&step(&client_id)) {
        return show(&app, admin, &client_id, trouble("form-stale")).await;
    }
    if let Some(key) = posted.prove(&app).await? {
        return show(&app, admin, &client_id, trouble(key)).await;
    }
    match (posted.field("part"), is_keys) {
        (_, true) => save_keys(&app, &posted, &client).await,
        ("rotate", _) => rotate(&app, &posted, &client_id).await,
        _ => Err(Error::new(Code::InvalidRequest, "No part of the page is named.")),
    }
}

async fn rotate(app: &App, posted: &AdminPosted, client_id: &ClientId) -> Result<Response> {
    let admin = &posted.admin;
    let text = posted.field("overlap");
    let Ok(overlap) = duration::parse(text) else {
        let wrong = format!("{text}: {}", duration::ADVICE);
        let field = Field { wrong: Some(wrong), ..OVERLAP.typed(posted) };
        let beside = Beside {
            overlap: Some(field),
            news: News::trouble("admin-not-saved"),
            ..Beside::default()
        };
        return show(app, admin, client_id, beside).await;
    };
    let seen = posted.fields.get("newest");
    let rotated = secrets::rotate_seen(app, &admin.operator(), client_id, (overlap, seen)).await;
    let beside = match rotated {
        Ok(rotated) => Beside { made: rotated.secret, ..Beside::default() },
        Err(acts::Error::Conflict(_)) => Beside {
            overlap: Some(OVERLAP.typed(posted)),
            news: News::trouble("admin-clients-rotated"),
            ..Beside::default()
        },
        Err(error) => return Err(error.into()),
    };
    show(app, admin, client_id, beside).await
}

async fn save_keys(app: &App, posted: &AdminPosted, client: &Client) -> Result<Response> {
    let (admin, client_id) = (&posted.admin, &client.client_id);
    match save(app, posted, (client, Part::Keys)).await? {
        Saved::Done => {
            let to = format!("{}/credentials?done=saved", path_of(client_id));
            Ok(html::see_other(&app.issuer, &to))
        }
        Saved::Both(both) => both::show(app, admin, &both),
        Saved::Wrong(mut fields, wrong) => {
            let wrong = mark(&mut fields, wrong.into_iter().map(|text| ("jwks", text)).collect());
            let news = News { wrong, ..News::trouble("admin-not-saved") };
            let beside = Beside { keys: Some(fields), news, ..Beside::default() };
            show(app, admin, client_id, beside).await
        }
    }
}

async fn show(
    app: &App,
    admin: &AdminVisit,
    client_id: &ClientId,
    beside: Beside,
) -> Result<Response> {
    let (client, all): (Client, Vec<ClientSecret>) = clients::show(app, client_id).await?;
    let layout = admin.layout(app);
    let path = path_of(client_id);
    let page = CredentialsPage {
        frame: Frame::new(admin, Section::Clients, format!("{path}/credentials")),
        csrf: admin.csrf(&step(client_id)),
        tile: Tile::new(&client.name, client_id.as_str()),
        kind: kind_of(&client),
        secrets: SecretRow::all(&all, (layout.words, admin.at())),
        made: beside.made.as_ref().map(Secret::expose),
        overlap: beside.overlap.unwrap_or(OVERLAP),
        keys: beside.keys.unwrap_or_else(|| Part::Keys.fields(&client)),
        client: &client,
        layout,
        path,
        news: beside.news,
    };
    html::answer_with(&page, Forms::Here)
}

impl CredentialsPage<'_> {
    /// The shape and the key of its status.
    fn status(&self) -> (&'static str, &'static str) {
        status_of(self.client.status)
    }

    fn has_secrets(&self) -> bool {
        let method = self.client.authentication;
        matches!(method, ClientAuthentication::SecretBasic | ClientAuthentication::SecretPost)
    }

    fn has_keys(&self) -> bool {
        self.client.authentication == ClientAuthentication::PrivateKeyJwt
    }

    /// Whether an older secret than the newest is in use.
    fn is_old_in_use(&self) -> bool {
        self.secrets.iter().any(|secret| secret.is_old_in_use)
    }
}

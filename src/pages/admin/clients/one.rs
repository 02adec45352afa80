//! The page of one client: its settings, each part saved by itself, and whether it may do anything.

use std::time::Duration;

use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};

use crate::{
    acts::{
        clients::{self, ClientChanges},
        edits::Edited,
    },
    app::App,
    error::{Code, Error, Result},
    model::{
        client::{Client, ClientStatus},
        client_id::ClientId,
        duration,
    },
    pages::{
        admin::{
            both::{self, Both},
            form::{Field, News, mark},
            frame::{Frame, Section},
            guard::{AdminPosted, AdminVisit},
        },
        dates::Moment,
        html::{self, Forms},
        layout::Layout,
        tile::Tile,
    },
    words::Words,
};

use super::{kind_of, named, parts::Part, path_of, settings, status_of};

#[derive(Template)]
#[template(path = "admin/clients/one.html")]
struct ClientPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    csrf: String,
    client: &'a Client,
    path: String,
    tile: Tile,
    kind: &'static str,
    added: Moment,
    changed: Moment,
    parts: Vec<(Part, Vec<Field>)>,
    /// How long its tokens live: keys, and lengths with where they come from.
    lives: Vec<(&'static str, String)>,
    news: News,
}

/// What the forms about a client are bound to.
pub(super) fn step(client_id: &ClientId) -> String {
    format!("admin|client|{client_id}")
}

/// Shows the page.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let client = clients::find(&app, &named(&id)?).await?;
    let done = match query.as_deref() {
        Some("done=saved") => Some("admin-saved"),
        Some("done=disabled") => Some("admin-clients-done-disabled"),
        Some("done=enabled") => Some("admin-clients-done-enabled"),
        _ => None,
    };
    show(&app, &admin, &client, (None, News::done(done)))
}

/// Saves a part, or lets the client do nothing, or something again.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: AdminPosted,
) -> Result<Response> {
    let (client_id, admin) = (named(&id)?, &posted.admin);
    let client = clients::find(&app, &client_id).await?;
    let part = Part::named(posted.field("part")).filter(|part| *part != Part::Keys);
    if !posted.is_genuine(&step(&client_id)) {
        let typed = part.map(|part| (part, typed(part, &client, &posted)));
        return show(&app, admin, &client, (typed, News::trouble("form-stale")));
    }
    let done = match (posted.field("part"), part) {
        (_, Some(part)) => {
            return match save(&app, &posted, (&client, part)).await? {
                Saved::Done => Ok(leave(&app, &client_id, "saved")),
                Saved::Both(both) => both::show(&app, admin, &both),
                Saved::Wrong(fields, wrong) => {
                    let news = News { wrong, ..News::trouble("admin-not-saved") };
                    show(&app, admin, &client, (Some((part, fields)), news))
                }
            };
        }
        ("disable", _) => (ClientStatus::Disabled, "disabled"),
        ("enable", _) => (ClientStatus::Active, "enabled"),
        _ => return Err(Error::new(Code::InvalidRequest, "No part of the page is named.")),
    };
    clients::set_status(&app, &admin.operator(), &client_id, done.0).await?;
    Ok(leave(&app, &client_id, done.1))
}

/// How long the tokens of a client live, whoever says so.
fn lives(app: &App, client: &Client, words: Words) -> Vec<(&'static str, String)> {
    let tokens = &app.config().tokens;
    let lives = |own: Option<i64>, length: Duration| {
        let key = own.map_or("admin-clients-lives-server", |_| "admin-clients-lives-own");
        words.with(key, [("length", &duration::format(length))])
    };
    let access = client.access_lifetime(tokens.access_lifetime);
    let mut lengths = vec![("admin-clients-access-lives", lives(client.access_lifetime, access))];
    if client.grant_types.contains("refresh_token") {
        let refresh = client.refresh_lifetime(tokens.refresh_lifetime);
        lengths.push(("admin-clients-refresh-lives", lives(client.refresh_lifetime, refresh)));
    }
    lengths
}

fn leave(app: &App, client_id: &ClientId, done: &str) -> Response {
    html::see_other(&app.issuer, &format!("{}?done={done}", path_of(client_id)))
}

/// What came of saving a part.
pub(super) enum Saved {
    Done,
    /// Somebody else changed the client meanwhile.
    Both(Box<Both>),
    /// The fields, and what is wrong beside them.
    Wrong(Vec<Field>, Vec<String>),
}

/// Saves a part of a client.
pub(super) async fn save(
    app: &App,
    posted: &AdminPosted,
    (client, part): (&Client, Part),
) -> Result<Saved> {
    let mut fields = typed(part, client, posted);
    let all = part.settings(client);
    let Some(changes) = settings::read(&all, &mut fields, ClientChanges::default()) else {
        return Ok(Saved::Wrong(fields, Vec::new()));
    };
    // A version that is none is one of before.
    let seen = posted.field("version").parse().unwrap_or_default();
    let operator = posted.admin.operator();
    match clients::change(app, &operator, (&client.client_id, seen), changes).await? {
        Edited::Done(_) => Ok(Saved::Done),
        Edited::Wrong(faults) => {
            let others = mark(&mut fields, faults);
            Ok(Saved::Wrong(fields, others))
        }
        Edited::Meanwhile(now) => {
            let stands = part.settings(&now).into_iter().map(|setting| (setting.read)(&now));
            let both = Both {
                section: Section::Clients,
                name: now.name.clone(),
                action: page_of(part, &now),
                step: step(&now.client_id),
                part: part.name(),
                hidden: Vec::new(),
                is_dangerous: part == Part::Keys,
                version: now.version,
                fields: fields.into_iter().zip(stands).collect(),
            };
            Ok(if both.is_alike() { Saved::Done } else { Saved::Both(Box::new(both)) })
        }
    }
}

/// Where a part is saved.
fn page_of(part: Part, client: &Client) -> String {
    let path = path_of(&client.client_id);
    if part == Part::Keys { format!("{path}/credentials") } else { path }
}

/// What somebody typed into a part.
fn typed(part: Part, client: &Client, posted: &AdminPosted) -> Vec<Field> {
    let all = part.settings(client).into_iter();
    all.map(|setting| both::chosen(posted, setting.blank(), (setting.read)(client))).collect()
}

fn show(
    app: &App,
    admin: &AdminVisit,
    client: &Client,
    (typed, news): (Option<(Part, Vec<Field>)>, News),
) -> Result<Response> {
    let layout = admin.layout(app);
    let (words, now) = (layout.words, admin.at());
    let path = path_of(&client.client_id);
    let parts = Part::OF_SETTINGS.into_iter().map(|part| match &typed {
        Some((of, fields)) if *of == part => (part, fields.clone()),
        _ => (part, part.fields(client)),
    });
    let page = ClientPage {
        layout,
        frame: Frame::new(admin, Section::Clients, &*path),
        csrf: admin.csrf(&step(&client.client_id)),
        client,
        path,
        tile: Tile::new(&client.name, client.client_id.as_str()),
        kind: kind_of(client),
        added: Moment::past(words, client.created_at, now),
        changed: Moment::past(words, client.updated_at, now),
        lives: lives(app, client, words),
        parts: parts.filter(|(_, fields)| !fields.is_empty()).collect(),
        news,
    };
    html::answer_with(&page, Forms::Here)
}

impl ClientPage<'_> {
    /// The shape and the key of its status.
    fn status(&self) -> (&'static str, &'static str) {
        status_of(self.client.status)
    }

    fn is_active(&self) -> bool {
        self.client.status == ClientStatus::Active
    }
}

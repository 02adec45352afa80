//! Clients: a list that is searched, and a page for each.

pub(in crate::pages) mod credentials;
pub(in crate::pages) mod delete;
mod more_settings;
pub(in crate::pages) mod new;
pub(in crate::pages) mod one;
mod parts;
pub(in crate::pages) mod retire;
pub(super) mod secrets;
mod settings;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use crate::{
    acts::client_list::{self, ClientQuery, ListedClient},
    app::App,
    error::{Code, Error, Result},
    model::{
        client::{Client, ClientStatus},
        client_id::ClientId,
        parameters::Parameters,
        timestamp::Timestamp,
    },
    pages::{
        dates::Moment,
        gate::encoded,
        html::{self, Forms},
        layout::Layout,
        tile::Tile,
        words::Words,
    },
};

use super::{
    frame::{Frame, Section},
    guard::AdminVisit,
};

use secrets::SecretsInShort;

#[derive(Template)]
#[template(path = "admin/clients/list.html")]
struct ClientsPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    /// What was looked for.
    query: String,
    /// Whether only those with an unused secret are shown.
    unused: bool,
    clients: Vec<Row>,
    /// Where to look on.
    next: Option<String>,
    /// Where the list begins, if this is not there.
    first: Option<String>,
}

/// A client in the list.
struct Row {
    id: String,
    path: String,
    name: String,
    tile: Tile,
    kind: &'static str,
    /// What it may use, in words.
    grants: String,
    status: ClientStatus,
    used: Option<Moment>,
    secrets: SecretsInShort,
}

/// Shows the list.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let asked = Parameters::parse(query.unwrap_or_default().as_bytes())?;
    let text = |name: &str| asked.get(name).unwrap_or_default().trim().to_owned();
    let unused = !text("unused").is_empty();
    let unused_for = unused.then_some(secrets::UNUSED);
    let query = ClientQuery { begins: text("q"), unused_for, after: text("after") };
    let page = client_list::page(&app, &query).await?;
    let address = |after: &str| {
        let (path, begins) = (Section::Clients.path(), encoded(&query.begins));
        let unused = if unused { "&unused=1" } else { "" };
        format!("{path}?q={begins}{unused}{after}")
    };
    let layout = admin.layout(&app);
    let row = |listed: &ListedClient| Row::of(listed, (layout.words, admin.at()));
    let page = ClientsPage {
        clients: page.clients.iter().map(row).collect(),
        frame: Frame::new(&admin, Section::Clients, Section::Clients.path()),
        layout,
        next: page.next.map(|next| address(&format!("&after={}", encoded(&next)))),
        first: (!query.after.is_empty()).then(|| address("")),
        query: query.begins,
        unused,
    };
    html::answer_with(&page, Forms::Here)
}

impl Row {
    fn of(listed: &ListedClient, (words, now): (Words, Timestamp)) -> Self {
        let client = &listed.registered.client;
        let secret_use = listed.registered.secrets.iter().filter_map(|it| it.last_used_at).max();
        let used = listed.last_used_at.max(secret_use);
        Self {
            id: client.client_id.as_str().to_owned(),
            path: path_of(&client.client_id),
            name: client.name.clone(),
            tile: Tile::new(&client.name, client.client_id.as_str()),
            kind: kind_of(client),
            grants: client
                .grant_types
                .iter()
                .map(|it| grant(it, words))
                .collect::<Vec<_>>()
                .join(", "),
            status: client.status,
            used: used.map(|at| Moment::past(words, at, now)),
            secrets: SecretsInShort::of(&listed.registered.secrets, (words, now)),
        }
    }

    /// The shape and the key of its status.
    fn status(&self) -> (&'static str, &'static str) {
        status_of(self.status)
    }
}

/// What a grant is called where there is little room; by its name on the wire if we have no word.
fn grant(grant_type: &str, words: Words) -> String {
    match grant_type {
        "authorization_code" => words.text("admin-clients-grants-code").into_owned(),
        "refresh_token" => words.text("admin-clients-grants-refresh").into_owned(),
        "client_credentials" => words.text("admin-clients-grants-machine").into_owned(),
        other => other.to_owned(),
    }
}

/// The shape and the key of a client's status.
fn status_of(status: ClientStatus) -> (&'static str, &'static str) {
    match status {
        ClientStatus::Active => ("ok", "status-active"),
        ClientStatus::Disabled | ClientStatus::Deleted => ("off", "admin-clients-disabled"),
    }
}

/// The key of what sort of application a client is.
fn kind_of(client: &Client) -> &'static str {
    kinds().find(|(word, _)| *word == client.kind.as_str()).map_or("", |(_, key)| key)
}

/// The sorts of applications, and the keys of what they are called.
fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    new::KINDS.iter().copied()
}

/// Where the page of a client is. That of one with the name of another page is written otherwise.
pub(super) fn path_of(client_id: &ClientId) -> String {
    match client_id.as_str() {
        "new" => "/admin/clients/%6Eew".to_owned(),
        other => format!("/admin/clients/{other}"),
    }
}

/// The client that an address names.
fn named(id: &str) -> Result<ClientId> {
    ClientId::parse(id).map_err(|_| Error::new(Code::NotFound, "There is no client of this name."))
}

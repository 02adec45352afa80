//! What uses somebody's account: the apps that they allowed to, and the tokens that they make for
//! themselves.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use crate::{
    acts::{
        account::{self, ConnectedApp},
        browser_sessions::LiveSession,
    },
    app::App,
    error::{Code, Error, Result},
    model::{
        client_id::ClientId,
        entry_key::{EntryKey, EntryKeyRange},
        scope::DescribedScope,
    },
    pages::{
        dates::{self, Moment},
        html::{self, Forms},
        layout::Layout,
        scopes::ScopeInWords,
        tile::Tile,
        visit::{Posted, Visit},
        words::Words,
    },
};

use super::{
    Account, Room, said_of, sign_in_first,
    tokens::{Asked, Made, TokenForm, TokenRow},
};

#[derive(Template)]
#[template(path = "account/apps.html")]
struct AppsPage<'a> {
    layout: Layout<'a>,
    account: Account,
    csrf: String,
    apps: Vec<AppRow>,
    tokens: Vec<TokenRow>,
    has_more_tokens: bool,
    form: TokenForm,
    /// A token that was just made, this once.
    made: Option<Made>,
    /// What was done, as a key.
    done: Option<&'static str>,
    /// Whether what came was no form of this page.
    is_stale: bool,
}

/// A connected app on the page.
struct AppRow {
    id: String,
    name: String,
    tile: Tile,
    /// The host of its own page, where that is known.
    host: Option<String>,
    scope: Vec<ScopeInWords>,
    /// The day on which it was allowed; nothing where nobody was asked.
    allowed: Option<String>,
    connections: Option<(String, Moment)>,
}

/// What is on the page beside what is in the store.
#[derive(Default)]
struct News {
    done: Option<&'static str>,
    is_stale: bool,
    /// What was typed and could not be done.
    typed: Option<Asked>,
    /// Why not, as a key, and in which field that stands.
    trouble: Option<(&'static str, &'static str)>,
    made: Option<Made>,
}

impl News {
    fn done(key: &'static str) -> Self {
        Self { done: Some(key), ..Self::default() }
    }
}

/// Shows the page.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    visit: Visit,
) -> Result<Response> {
    let Some(live) = visit.session.clone() else { return Ok(sign_in_first(&app, Room::Apps)) };
    let news = match query.as_deref() {
        Some("done=app") => News::done("apps-removed"),
        Some("done=token") => News::done("tokens-removed"),
        _ => News::default(),
    };
    show(&app, (&visit, &live), news).await
}

/// Removes an app or a token, or makes a token, which the answer shows this once.
pub(in crate::pages) async fn post(State(app): State<App>, posted: Posted) -> Result<Response> {
    let Posted { visit, fields, .. } = &posted;
    let Some(live) = visit.session.clone() else { return Ok(sign_in_first(&app, Room::Apps)) };
    let (user, now) = (&*live.user, (&visit.from, visit.at));
    if !posted.is_genuine(Room::Apps.step()) {
        let typed = fields.get("name").map(|_| Asked::read(fields));
        let news = News { is_stale: true, typed, ..News::default() };
        return show(&app, (visit, &live), news).await;
    }
    if let Some(id) = fields.get("app") {
        let client_id = ClientId::parse(id).map_err(|_| unknown())?;
        account::remove_app(&app, user, &client_id, now).await?;
        return Ok(html::see_other(&app.issuer, "/account/apps?done=app"));
    }
    if let Some(key) = fields.get("token") {
        let key = exact(key).ok_or_else(unknown)?;
        account::remove_token(&app, user, key, now).await?;
        return Ok(html::see_other(&app.issuer, "/account/apps?done=token"));
    }
    let asked = Asked::read(fields);
    let news = match asked.make(&app, user, now).await? {
        Ok(created) => {
            let made = Made::new(&created, &asked, (visit.face.words, visit.at));
            News { made: Some(made), ..News::default() }
        }
        Err(trouble) => News { typed: Some(asked), trouble: Some(trouble), ..News::default() },
    };
    show(&app, (visit, &live), news).await
}

/// The entry of this name, whole.
fn exact(name: &str) -> Option<EntryKey> {
    let range: EntryKeyRange = name.parse().ok()?;
    (range.first == range.last).then_some(range.first)
}

fn unknown() -> Error {
    Error::new(Code::NotFound, "You have nothing of that kind.")
}

async fn show(app: &App, (visit, live): (&Visit, &LiveSession), news: News) -> Result<Response> {
    let (layout, user) = (visit.layout(&app.issuer), &*live.user);
    let words = layout.words;
    let (apps, described) = account::connected_apps(app, user, visit.at).await?;
    let own = account::own_tokens(app, user, visit.at).await?;
    let row = |it| AppRow::of(it, &described, (words, visit));
    let token = |own| TokenRow::of(own, (words, visit.at));
    let page = AppsPage {
        account: Account::new(app, (visit, user), Room::Apps),
        csrf: visit.csrf(Room::Apps.step()),
        apps: apps.iter().map(row).collect(),
        tokens: own.tokens.into_iter().map(token).collect(),
        has_more_tokens: own.has_more,
        form: TokenForm::new((news.typed, news.trouble), user, &described, words),
        made: news.made,
        done: news.done,
        is_stale: news.is_stale,
        layout,
    };
    html::answer_with(&page, Forms::Here)
}

impl AppRow {
    fn of(
        app: &ConnectedApp,
        described: &[DescribedScope],
        (words, visit): (Words, &Visit),
    ) -> Self {
        let id = app.client_id.as_str().to_owned();
        let name = app.client.as_ref().map_or_else(|| id.clone(), |client| client.name.clone());
        let uri = app.client.as_ref().and_then(|client| client.sign_in.client_uri.as_deref());
        let host = uri
            .and_then(|uri| uri.split_once("://"))
            .map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned());
        let (count, last_at) = app.connections;
        Self {
            tile: Tile::new(&name, &id),
            scope: app
                .scope
                .iter()
                .map(|it| ScopeInWords::of(it, said_of(it, described), words))
                .collect(),
            allowed: app.allowed_at.map(|at| dates::day(words, at)),
            connections: last_at.map(|last_at| {
                let text = words.count("apps-connections", count);
                (text, Moment::past(words, last_at, visit.at))
            }),
            id,
            name,
            host,
        }
    }
}

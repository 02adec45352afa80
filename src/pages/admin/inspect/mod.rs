//! Looking at a token itself, or at whatever else somebody pastes: nothing of it is kept, and
//! nothing of a token ever stands in an address.

mod pasted;
mod told;

use askama::Template;
use axum::{extract::State, response::Response};
use serde_json::json;

use crate::{
    acts::{
        self,
        tokens::{self, Said},
        users,
    },
    app::App,
    error::Result,
    model::{
        client_id::ClientId,
        query::{self, Condition, TokenQuery},
        secret::Secret,
        token_string::Recognised,
    },
    pages::{
        html::{self, Forms},
        layout::Layout,
    },
    tokens::Presented,
};

use self::{
    pasted::{entry_named, opened, pretty, shape, token_in},
    told::told,
};
use super::{
    clients,
    frame::{Frame, Section},
    guard::{AdminPosted, AdminVisit},
    tokens::{
        filter,
        shown::Row,
        times::Times,
        verdict::{Line, Ruling},
    },
};

/// What the forms are bound to: that of the page, and that of the head of every page.
pub(super) const STEP: &str = "admin|inspect";

/// The longest text that is looked at, in bytes.
const LONGEST: usize = 64 * 1024;

/// What we draw at random has 43 characters, without what stands before it.
const SHORTEST_SECRET: usize = 43;

#[derive(Template)]
#[template(path = "admin/inspect.html")]
struct InspectPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    csrf: String,
    /// As it was pasted.
    typed: String,
    client: String,
    purpose: String,
    identity: String,
    finding: Option<Finding>,
    /// What went wrong, as a key.
    trouble: Option<&'static str>,
}

/// What was found out.
struct Finding {
    ruling: Ruling,
    row: Option<Row>,
    /// What a caller is told.
    told: String,
    /// The header and the claims of a JWT.
    jwt: Option<(String, String)>,
}

/// What somebody typed.
struct Typed<'a> {
    text: &'a str,
    client: &'a str,
    purpose: &'a str,
    identity: &'a str,
}

/// Shows the page.
pub(in crate::pages) async fn get(State(app): State<App>, admin: AdminVisit) -> Result<Response> {
    let nothing = Typed { text: "", client: "", purpose: "", identity: "" };
    show(&app, &admin, &nothing, (None, None))
}

/// Looks at what was pasted.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    posted: AdminPosted,
) -> Result<Response> {
    let admin = &posted.admin;
    let field = |name: &str| posted.field(name).trim();
    let text = if field("q").is_empty() { field("token") } else { field("q") };
    let typed = Typed {
        text,
        client: field("client"),
        purpose: field("purpose"),
        identity: field("identity"),
    };
    if !posted.is_genuine(STEP) {
        return show(&app, admin, &typed, (None, Some("form-stale")));
    }
    if text.is_empty() || text.len() > LONGEST {
        return show(&app, admin, &typed, (None, Some("admin-inspect-nothing")));
    }
    if let Some(range) = entry_named(text) {
        return Ok(html::see_other(&app.issuer, &format!("/admin/tokens/{}", range.first)));
    }
    let token = Secret::new(token_in(text));
    let presented = tokens::inspect(&app, &token).await?;
    let Some(presented) = presented else {
        if let Some(place) = named(&app, text).await? {
            return Ok(html::see_other(&app.issuer, &place));
        }
        if is_filter(text) {
            return Ok(html::see_other(&app.issuer, &filter::address(text)));
        }
        return unknown(&app, admin, &typed, &token);
    };
    let client = match typed.client {
        "" => None,
        name => match ClientId::parse(name) {
            Ok(client) if is_known(&app, &client).await? => Some(client),
            Ok(_) => return show(&app, admin, &typed, (None, Some("admin-inspect-no-client"))),
            Err(_) => return show(&app, admin, &typed, (None, Some("admin-inspect-client"))),
        },
    };
    let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let (purpose, identity) = (said(typed.purpose), said(typed.identity));
    let said = Said { purpose, identity, client, ..Said::default() };
    let finding = look(&app, admin, (&presented, &token), said).await?;
    show(&app, admin, &typed, (Some(finding), None))
}

/// Whether a text is a query, each part with its key and none as long as a secret: what may stand in
/// an address, since no part of it can be a token, or the secret of a client, that was pasted.
fn is_filter(text: &str) -> bool {
    let is_short = |part: &str| part.chars().count() < SHORTEST_SECRET;
    let query = TokenQuery::parse(text).ok().filter(|query| !query.is_empty());
    query.is_some_and(|query| {
        query.terms.iter().all(|term| !matches!(term.condition, Condition::Text(_)))
            && text.split([':', ',', '"', ' ']).all(is_short)
    })
}

/// The verdict on a token that was found.
async fn look(
    app: &App,
    admin: &AdminVisit,
    (presented, token): (&Presented, &Secret),
    said: Said,
) -> Result<Finding> {
    let times = Times { words: admin.layout(app).words, now: admin.at() };
    let found = &presented.found;
    let client = said.client.clone();
    let given = said.given(found, app, times.now).await?;
    let checks = given.explain(found);
    let raised = tokens::raised(app, found, &checks).await?;
    let mut ruling = Ruling::on(found, &given, &raised, times);
    let recognised = app.tokens.policy().reference.recognise(token.expose());
    ruling.lines.insert(0, shape(recognised.as_ref(), token.expose(), times));
    let told = told(app, presented, (&ruling, client.as_ref()), times).await?;
    let jwt = recognised.filter(|shape| matches!(shape, Recognised::Jwt));
    let jwt = jwt.and_then(|_| opened(token.expose()));
    Ok(Finding { ruling, row: Some(Row::of(found, times)), told, jwt })
}

/// What is said of a text that is no token, no entry and no name.
fn unknown(app: &App, admin: &AdminVisit, typed: &Typed<'_>, token: &Secret) -> Result<Response> {
    let times = Times { words: admin.layout(app).words, now: admin.at() };
    let recognised = app.tokens.policy().reference.recognise(token.expose());
    let kept = times.length(app.config().tokens.keep_ended);
    let key = match recognised {
        Some(Recognised::Jwt) => "admin-inspect-no-jwt",
        _ => "admin-inspect-no-entry",
    };
    let missing = times.words.with(key, [("kept", &kept)]);
    let title = times.words.text("admin-check-entry").into_owned();
    let lines =
        vec![shape(recognised.as_ref(), token.expose(), times), Line::plain(false, title, missing)];
    let jwt = recognised.filter(|shape| matches!(shape, Recognised::Jwt));
    let finding = Finding {
        ruling: Ruling::unknown(lines, times),
        row: None,
        told: pretty(&json!({"active": false})),
        jwt: jwt.and_then(|_| opened(token.expose())),
    };
    show(app, admin, typed, (Some(finding), None))
}

fn show(
    app: &App,
    admin: &AdminVisit,
    typed: &Typed<'_>,
    (finding, trouble): (Option<Finding>, Option<&'static str>),
) -> Result<Response> {
    let page = InspectPage {
        layout: admin.layout(app),
        frame: Frame::new(admin, Section::Inspect, Section::Inspect.path()),
        csrf: admin.csrf(STEP),
        typed: typed.text.to_owned(),
        client: typed.client.to_owned(),
        purpose: typed.purpose.to_owned(),
        identity: typed.identity.to_owned(),
        finding,
        trouble,
    };
    html::answer_with(&page, Forms::Here)
}

async fn is_known(app: &App, client_id: &ClientId) -> Result<bool> {
    match acts::clients::find(app, client_id).await {
        Ok(_) => Ok(true),
        Err(acts::Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Where the page of a client or user is that has just this name.
async fn named(app: &App, text: &str) -> Result<Option<String>> {
    if let Ok(client_id) = ClientId::parse(text)
        && is_known(app, &client_id).await?
    {
        return Ok(Some(clients::path_of(&client_id)));
    }
    let Ok(query::UserName::Named { realm, name }) = query::UserName::parse(text) else {
        return Ok(None);
    };
    match users::find(app, &users::UserName { realm, name }).await {
        Ok(user) => Ok(Some(format!("/admin/users/{}", user.user_id))),
        Err(acts::Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

//! The question what a client may do. It names the client, the account and where people go next.

use askama::{Template, filters::Safe};
use axum::{
    extract::{Extension, RawQuery, State},
    response::Response,
};

use crate::{
    acts::authorize::{self, Answered, Next, Question, Stop, Wanted},
    app::{App, RequestId},
    error::Result,
    model::{parameters::Parameters, secret::Secret},
};

use crate::pages::{
    dates,
    face::Face,
    html::{self, Forms},
    layout::Layout,
    person::PersonInWords,
    scopes::ScopeInWords,
    tile::Tile,
    visit::{Posted, Visit},
};

use super::{asker, lead, read_name, refused::Refused};

/// What a field is called that allows a scope token.
const ALLOW: &str = "allow:";

/// The field with the scope tokens that the page shows and nobody may leave out.
const ALWAYS: &str = "always";

#[derive(Template)]
#[template(path = "authorize/consent.html")]
struct ConsentPage<'a> {
    layout: Layout<'a>,
    question: &'a Question,
    person: PersonInWords,
    /// Which request it is about, as a query.
    query: String,
    csrf: String,
    /// What was ticked in an old form; nothing for all.
    ticked: Option<&'a [String]>,
}

/// A scope token as the page has it.
struct Line<'a> {
    wanted: &'a Wanted,
    icon: &'static str,
    /// What it allows, in the words of the operator or ours.
    words: String,
    /// What its box is called.
    field: String,
    is_ticked: bool,
}

/// Shows the question.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    RawQuery(query): RawQuery,
    visit: Visit,
) -> Result<Response> {
    let refused = Refused { app: &app, id: &id, visit: &visit };
    let name = match read_name(query.as_deref()) {
        Ok(name) => name,
        Err(stop) => return refused.page(stop),
    };
    show(&name, &refused, None).await
}

/// Does what was answered. An old form, or one that is not ours, decides nothing: a fresh one takes
/// its place.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    RawQuery(query): RawQuery,
    posted: Posted,
) -> Result<Response> {
    let refused = Refused { app: &app, id: &id, visit: &posted.visit };
    let name = match read_name(query.as_deref()) {
        Ok(name) => name,
        Err(stop) => return refused.page(stop),
    };
    let ticked = ticked(&posted.fields);
    let answered = match posted.fields.get("decision") {
        Some("allow") => Answered::Allow(said(&posted.fields, &ticked)),
        Some("deny") => Answered::Deny,
        _ => return show(&name, &refused, Some(&ticked)).await,
    };
    if !posted.is_genuine(&step(&name)) {
        let ticked = matches!(answered, Answered::Allow(_)).then_some(ticked.as_slice());
        return show(&name, &refused, ticked).await;
    }
    let asker = asker(&posted.visit);
    lead(authorize::answer_question(&app, &name, asker, answered).await, &refused)
}

/// What forms of this page are bound to.
fn step(name: &Secret) -> String {
    format!("consent|{}", name.expose())
}

fn ticked(fields: &Parameters) -> Vec<String> {
    fields.names().filter_map(|name| name.strip_prefix(ALLOW)).map(str::to_owned).collect()
}

/// All that the page said is allowed by its answer.
fn said(fields: &Parameters, ticked: &[String]) -> Vec<String> {
    let always = fields.get(ALWAYS).unwrap_or_default().split(' ');
    always.map(str::to_owned).chain(ticked.iter().cloned()).collect()
}

async fn show(name: &Secret, refused: &Refused<'_>, ticked: Option<&[String]>) -> Result<Response> {
    let Refused { app, visit, .. } = *refused;
    let question = match authorize::ask(app, name, asker(visit)).await {
        Ok(Ok(question)) => question,
        Ok(Err(next)) => return lead(Ok(next), refused),
        Err(stop) => return lead(Err(stop), refused),
    };
    // Nobody is asked who is not signed in.
    let Some(person) = &visit.session else {
        return lead(Ok::<Next, Stop>(Next::SignIn(name.clone())), refused);
    };
    let words = visit.face.words.asked_for(question.ui_locales.as_deref().unwrap_or_default());
    let page = ConsentPage {
        layout: Layout::of(&app.issuer, Face { words, ..visit.face }),
        question: &question,
        person: PersonInWords::of(&person.user),
        query: format!("?request={}", name.expose()),
        csrf: visit.csrf(&step(name)),
        ticked,
    };
    let response = html::answer_with(&page, Forms::AndBack)?;
    Ok(visit.introduce(response, &app.issuer))
}

impl ConsentPage<'_> {
    /// The text of a key that names the client.
    fn of_client(&self, key: &str) -> String {
        self.layout.words.with(key, [("client", self.question.client.name.as_str())])
    }

    /// Where people go next.
    fn next(&self) -> Safe<String> {
        let client = self.question.client.name.as_str();
        let address = self.question.redirect.as_str();
        self.layout.words.html("consent-next", [("client", client), ("address", address)])
    }

    /// The client as a picture.
    fn client_tile(&self) -> Tile {
        let client = &self.question.client;
        Tile::new(&client.name, client.client_id.as_str())
    }

    /// Whom people deal with, where its address says so, and since when it is known here.
    fn host(&self) -> Safe<String> {
        let place = self.question.redirect.origin_or_scheme();
        let host = place.split_once("://").map_or(place.as_str(), |(_, host)| host);
        let words = self.layout.words;
        let day = dates::day(words, self.question.client.created_at);
        words.html("consent-host", [("host", host), ("day", day.as_str())])
    }

    /// The scope tokens that nobody may leave out.
    fn always(&self) -> String {
        let wanted = self.question.wanted.iter().filter(|wanted| !wanted.is_optional);
        wanted.map(|wanted| wanted.scope.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The scope tokens, a line each.
    fn lines(&self) -> Vec<Line<'_>> {
        self.question.wanted.iter().map(|wanted| self.line(wanted)).collect()
    }

    fn line<'w>(&self, wanted: &'w Wanted) -> Line<'w> {
        let description = wanted.description.as_deref();
        let in_words = ScopeInWords::of(&wanted.scope, description, self.layout.words);
        Line {
            wanted,
            icon: in_words.icon,
            words: in_words.text,
            field: format!("{ALLOW}{}", wanted.scope),
            is_ticked: self.ticked.is_none_or(|ticked| ticked.contains(&wanted.scope)),
        }
    }

    /// What the client says of itself elsewhere: the key of the words, and the address.
    fn links(&self) -> Vec<(&'static str, &str)> {
        let settings = &self.question.client.sign_in;
        let links = [
            ("consent-client-page", &settings.client_uri),
            ("consent-policy", &settings.policy_uri),
            ("consent-terms", &settings.tos_uri),
        ];
        links.into_iter().filter_map(|(key, uri)| Some((key, uri.as_deref()?))).collect()
    }
}

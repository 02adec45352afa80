//! Signing out for a client (RP-Initiated Logout 1.0). Nobody is signed out by an address alone:
//! the person says so in a form of ours.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use url::form_urlencoded;

use crate::{
    acts::{
        logout::{self, Departure, LOGOUT_PARAMETERS},
        sign_in,
    },
    app::App,
    error::{Error, Result},
    model::parameters::Parameters,
};

use super::{
    cookies::Cookie,
    face::Face,
    html::{self, Forms},
    layout::Layout,
    person::PersonInWords,
    visit::{CSRF, Posted, Visit},
};

/// What forms of this page are bound to, beside browser and session.
const STEP: &str = "logout|";

#[derive(Template)]
#[template(path = "logout/confirm.html")]
struct ConfirmPage<'a> {
    layout: Layout<'a>,
    person: PersonInWords,
    departure: &'a Departure,
    /// What was asked for, once more: it is judged anew when the form comes.
    asked: Vec<(&'static str, &'a str)>,
    csrf: String,
}

#[derive(Template)]
#[template(path = "logout/signed_out.html")]
struct SignedOutPage<'a> {
    layout: Layout<'a>,
}

/// Asks whoever is signed in whether to sign out.
pub(super) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    visit: Visit,
) -> Result<Response> {
    let query = query.unwrap_or_default();
    Parameters::refuse_secrets_in(&query)?;
    let parameters = Parameters::parse(query.as_bytes())?;
    ask(&app, &visit, &parameters).await
}

/// Signs out, if the form is ours. What a client's page posts is asked about first; it comes without
/// cookies, and so is asked again by GET.
pub(super) async fn post(State(app): State<App>, posted: Posted) -> Result<Response> {
    let Posted { visit, fields, .. } = &posted;
    if fields.get(CSRF).is_none() {
        return Ok(html::see_other(&app.issuer, &address_of(fields)));
    }
    if visit.session.is_some() && !posted.is_genuine(STEP) {
        return ask(&app, visit, fields).await;
    }
    let departure = logout::judge(&app, fields).await?;
    let mut response = depart(&app, &departure)?;
    if let Some(live) = &visit.session {
        sign_in::sign_out(&app, (&live.user, live.session.session_id), (&visit.from, visit.at))
            .await?;
        response.headers_mut().append(header::SET_COOKIE, Cookie::Session.clear(&app.issuer));
    }
    Ok(response)
}

/// Says that nobody is signed in any more.
pub(super) async fn signed_out(State(app): State<App>, visit: Visit) -> Result<Response> {
    html::answer(&SignedOutPage { layout: visit.layout(&app.issuer) })
}

async fn ask(app: &App, visit: &Visit, parameters: &Parameters) -> Result<Response> {
    let departure = logout::judge(app, parameters).await?;
    // Where nobody is signed in, there is nothing to ask.
    let Some(person) = &visit.session else { return depart(app, &departure) };
    let words = visit.face.words.asked_for(parameters.get("ui_locales").unwrap_or_default());
    let page = ConfirmPage {
        layout: Layout::of(&app.issuer, Face { words, ..visit.face }),
        person: PersonInWords::of(&person.user),
        departure: &departure,
        asked: asked(parameters),
        csrf: visit.csrf(STEP),
    };
    let response = html::answer_with(&page, Forms::AndBack)?;
    Ok(visit.introduce(response, &app.issuer))
}

/// Sends the browser where it goes afterwards: to the client with its state and nothing else, or to
/// our own page.
fn depart(app: &App, departure: &Departure) -> Result<Response> {
    let Some(redirect) = &departure.redirect else {
        return Ok(html::see_other(&app.issuer, "/signed-out"));
    };
    let mut members = form_urlencoded::Serializer::new(String::new());
    members.extend_pairs(departure.state.iter().map(|state| ("state", state)));
    let mut response = html::put(String::new(), Response::default(), Forms::None);
    *response.status_mut() = StatusCode::SEE_OTHER;
    let address = redirect.with_query(&members.finish());
    let address = HeaderValue::try_from(address).map_err(Error::internal)?;
    response.headers_mut().insert(header::LOCATION, address);
    Ok(response)
}

/// What counts of a request.
fn asked(parameters: &Parameters) -> Vec<(&'static str, &str)> {
    let pair = |name: &&'static str| Some((*name, parameters.get(name)?));
    LOGOUT_PARAMETERS.iter().filter_map(pair).collect()
}

/// The address that asks for the same.
fn address_of(parameters: &Parameters) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(asked(parameters));
    format!("/logout?{}", query.finish())
}

impl ConfirmPage<'_> {
    /// Who asks, if that is known.
    fn lede(&self) -> String {
        match &self.departure.client {
            Some(client) => {
                let client = [("client", client.name.as_str())];
                self.layout.words.with("logout-for", client)
            }
            None => self.layout.words.text("logout-text").into_owned(),
        }
    }
}

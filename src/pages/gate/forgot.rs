//! Asking for a link to a new password.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    acts::links,
    app::App,
    error::{Code, Error, Result},
    model::user::DEFAULT_REALM,
    pages::{
        html::{self, Forms},
        layout::Layout,
        visit::{Posted, Visit},
    },
};

use super::later;

/// What the form is bound to.
const STEP: &str = "forgot";

#[derive(Template)]
#[template(path = "gate/forgot.html")]
struct ForgotPage<'a> {
    layout: Layout<'a>,
    csrf: String,
    name: &'a str,
    /// Whether it was asked for.
    is_sent: bool,
    /// What went wrong, as a key of the catalogue.
    trouble: Option<&'static str>,
}

/// Shows the form, where mail can be sent.
pub(in crate::pages) async fn get(State(app): State<App>, visit: Visit) -> Result<Response> {
    sends_mail(&app)?;
    show(&app, &visit, "", (false, None))
}

/// Sends a link, or does not: the answer is the same.
pub(in crate::pages) async fn post(State(app): State<App>, posted: Posted) -> Result<Response> {
    sends_mail(&app)?;
    let Posted { visit, fields, .. } = &posted;
    let name = fields.get("username").unwrap_or_default();
    if !posted.is_genuine(STEP) {
        return show(&app, visit, name, (false, Some("form-stale")));
    }
    if let Err(wait) = links::count_asking(&app, (visit.from.address, visit.at)).await {
        let response = show(&app, visit, name, (false, Some("login-throttled")))?;
        return Ok(later(response, StatusCode::TOO_MANY_REQUESTS, wait));
    }
    links::forgot(&app, DEFAULT_REALM, name, (&visit.from, visit.at));
    show(&app, visit, name, (true, None))
}

fn sends_mail(app: &App) -> Result<()> {
    match app.config().mail {
        Some(_) => Ok(()),
        None => Err(Error::new(Code::NotFound, "This server sends no mail.")),
    }
}

fn show(
    app: &App,
    visit: &Visit,
    name: &str,
    (is_sent, trouble): (bool, Option<&'static str>),
) -> Result<Response> {
    let page = ForgotPage {
        layout: Layout::of(&app.issuer, visit.face),
        csrf: visit.csrf(STEP),
        name,
        is_sent,
        trouble,
    };
    Ok(visit.introduce(html::answer_with(&page, Forms::Here)?, &app.issuer))
}

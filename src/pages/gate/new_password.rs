//! Choosing a password by a link.
//!
//! The link stands in the address, since letters have no other way to carry it. So the page tells
//! nobody where it is, nothing is spent by looking at it, and what it posts goes elsewhere: to an
//! address without the link.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};

use crate::{
    acts::{
        self,
        links::{self, Chosen},
    },
    app::App,
    error::{Error, Result},
    model::{parameters::Parameters, secret::Secret},
    pages::{
        html::{self, Forms},
        layout::Layout,
        visit::{Posted, Visit},
    },
    tokens::typed::Link,
};

/// What the form is bound to.
const STEP: &str = "password";

#[derive(Template)]
#[template(path = "gate/new_password.html")]
struct NewPasswordPage<'a> {
    layout: Layout<'a>,
    csrf: String,
    /// What stands in the form: the link itself.
    token: &'a str,
    /// Whose password it is.
    username: String,
    is_invitation: bool,
    /// What went wrong, as a key of the catalogue.
    trouble: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "gate/dead_link.html")]
struct DeadLinkPage<'a> {
    layout: Layout<'a>,
    /// Whether another one can be asked for.
    sends_mail: bool,
}

/// Shows the form, if the link is good.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    visit: Visit,
) -> Result<Response> {
    let query = Parameters::parse(query.unwrap_or_default().as_bytes())?;
    let token = Secret::new(query.get("token").unwrap_or_default().to_owned());
    show(&app, &visit, &token, None).await
}

/// Sets the password, once.
pub(in crate::pages) async fn post(State(app): State<App>, posted: Posted) -> Result<Response> {
    let Posted { visit, fields, .. } = &posted;
    let token = Secret::new(fields.get("token").unwrap_or_default().to_owned());
    if !posted.is_genuine(STEP) {
        return show(&app, visit, &token, Some("form-stale")).await;
    }
    let password = Secret::new(fields.get("password").unwrap_or_default().to_owned());
    match links::choose(&app, (&token, &password), (&visit.from, visit.at)).await {
        Ok(Chosen::Set) => Ok(html::see_other(&app.issuer, "/login?notice=password-set")),
        Ok(Chosen::NoLink) => dead(&app, visit),
        Err(acts::Error::Invalid(_)) => show(&app, visit, &token, Some("password-unfit")).await,
        Err(error) => Err(Error::from(error)),
    }
}

async fn show(
    app: &App,
    visit: &Visit,
    token: &Secret,
    trouble: Option<&'static str>,
) -> Result<Response> {
    if app.store.is_disabled() {
        return dead(app, visit);
    }
    let found = links::find(app, token, (visit.from.address, visit.at)).await?;
    let Some((link, user)) = found else { return dead(app, visit) };
    let page = NewPasswordPage {
        layout: Layout::of(&app.issuer, visit.face),
        csrf: visit.csrf(STEP),
        token: token.expose(),
        username: user.username,
        is_invitation: link.link == Link::Invitation,
        trouble,
    };
    Ok(visit.introduce(html::answer_with(&page, Forms::Unnamed)?, &app.issuer))
}

fn dead(app: &App, visit: &Visit) -> Result<Response> {
    let layout = Layout::of(&app.issuer, visit.face);
    let sends_mail = app.config().mail.is_some();
    let mut response = html::answer(&DeadLinkPage { layout, sends_mail })?;
    *response.status_mut() = StatusCode::GONE;
    Ok(visit.introduce(response, &app.issuer))
}

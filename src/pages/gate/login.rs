//! Signing in, by name and password.

use std::{sync::Arc, time::Duration};

use askama::{Template, filters::Safe};
use axum::{
    extract::{RawQuery, State},
    http::{StatusCode, header},
    response::Response,
};

use crate::{
    acts::sign_in::{self, NotProven, SignInAs, Typed, Waiting},
    app::App,
    error::Result,
    model::{
        parameters::Parameters,
        secret::Secret,
        user::{DEFAULT_REALM, User},
    },
    pages::{
        cookies,
        html::{self, Forms},
        layout::Layout,
        tile::Tile,
        visit::{Posted, Visit},
    },
};

use super::{destination::Destination, later};

#[derive(Template)]
#[template(path = "gate/login.html")]
struct LoginPage<'a> {
    layout: Layout<'a>,
    /// Where the form leads.
    action: String,
    csrf: String,
    /// What stands in the field for the name.
    name: &'a str,
    /// Whether it was kept ticked.
    is_remembered: bool,
    /// Who waits for it.
    waiting: Option<&'a Waiting>,
    /// What went wrong, as a key of the catalogue.
    trouble: Option<&'static str>,
    /// What there is to know, as a key of the catalogue.
    notice: Option<&'static str>,
    /// Whether a new password can be asked for.
    sends_mail: bool,
}

impl LoginPage<'_> {
    fn lede(&self) -> Option<Safe<String>> {
        let waiting = self.waiting?;
        Some(self.layout.words.html("login-to", [("client", waiting.client.as_str())]))
    }

    fn tile(&self) -> Option<Tile> {
        self.waiting.map(|waiting| Tile::new(&waiting.client, waiting.client_id.as_str()))
    }
}

/// What the form showed or held before.
#[derive(Default)]
struct Shown<'a> {
    name: &'a str,
    is_remembered: bool,
    trouble: Option<&'static str>,
    notice: Option<&'static str>,
}

/// Shows the form. Whoever is signed in already and is awaited nowhere goes on at once.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    visit: Visit,
) -> Result<Response> {
    let destination = Destination::read(&app, query.as_deref(), &visit).await?;
    if let (Destination::Page(path), Some(_)) = (&destination, &visit.session) {
        return Ok(html::see_other(&app.issuer, path));
    }
    let signed_in = visit.session.as_ref().map(|live| live.user.username.as_str());
    let hint = destination.waiting().and_then(|waiting| waiting.login_hint.as_deref());
    let name = hint.or(signed_in).unwrap_or_default();
    let notice = is_password_set(query.as_deref()).then_some("login-password-set");
    let shown = Shown { name, notice, ..Shown::default() };
    show(&app, &visit, &destination, &shown)
}

/// Whether somebody has just set a password. The address is of our making; whoever writes such a
/// one only has a kind word shown.
fn is_password_set(query: Option<&str>) -> bool {
    query.is_some_and(|query| query.split('&').any(|pair| pair == "notice=password-set"))
}

/// Signs somebody in.
///
/// A wrong password is answered with 200 and the form, as browsers expect of a form that stays:
/// on 401 some ask for credentials of their own, and password managers take note of the status.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    posted: Posted,
) -> Result<Response> {
    let Posted { visit, fields, .. } = &posted;
    let destination = Destination::read(&app, query.as_deref(), visit).await?;
    let shown = Shown {
        name: fields.get("username").unwrap_or_default(),
        is_remembered: fields.get("remember").is_some(),
        ..Shown::default()
    };
    if !posted.is_genuine(&destination.step()) {
        let shown = Shown { trouble: Some("login-stale"), ..shown };
        return show(&app, visit, &destination, &shown);
    }
    let (trouble, wait) = match prove(&app, visit, fields).await {
        Ok(user) => match begin(&app, visit, &destination, (&user, shown.is_remembered)).await? {
            Some(response) => return Ok(response),
            None => ("login-wrong", None),
        },
        Err(NotProven::Refused) => ("login-wrong", None),
        Err(NotProven::Throttled(wait)) => {
            ("login-throttled", Some((StatusCode::TOO_MANY_REQUESTS, wait)))
        }
        Err(NotProven::Busy) => {
            ("login-busy", Some((StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(1))))
        }
        Err(NotProven::Failed(error)) => return Err(error.into()),
    };
    let response = show(&app, visit, &destination, &Shown { trouble: Some(trouble), ..shown })?;
    Ok(match wait {
        Some((status, wait)) => later(response, status, wait),
        None => response,
    })
}

async fn prove(app: &App, visit: &Visit, fields: &Parameters) -> Result<Arc<User>, NotProven> {
    let password = Secret::new(fields.get("password").unwrap_or_default().to_owned());
    let name = fields.get("username").unwrap_or_default();
    let typed = Typed { realm: DEFAULT_REALM, name, password: &password };
    sign_in::prove(app, typed, (visit.from.address, visit.at)).await
}

/// Begins the session, and sends the person on. `None` if that cannot be any more.
async fn begin(
    app: &App,
    visit: &Visit,
    destination: &Destination,
    (user, is_remembered): (&User, bool),
) -> Result<Option<Response>> {
    let who = SignInAs {
        user,
        is_remembered,
        before: visit.session.as_ref().map(|live| &live.session),
        request: destination.request_of(visit),
    };
    let Some((secret, session)) = sign_in::begin(app, who, (&visit.from, visit.at)).await? else {
        return Ok(None);
    };
    let mut response = html::see_other(&app.issuer, &destination.path());
    response
        .headers_mut()
        .append(header::SET_COOKIE, cookies::of_session(&secret, &session, visit.at, &app.issuer));
    Ok(Some(visit.introduce(response, &app.issuer)))
}

fn show(
    app: &App,
    visit: &Visit,
    destination: &Destination,
    shown: &Shown<'_>,
) -> Result<Response> {
    let mut layout = Layout::of(&app.issuer, visit.face);
    let waiting = destination.waiting();
    if let Some(locales) = waiting.and_then(|waiting| waiting.ui_locales.as_deref()) {
        layout.words = layout.words.asked_for(locales);
    }
    let page = LoginPage {
        action: layout.address(&format!("/login{}", destination.query())),
        csrf: visit.csrf(&destination.step()),
        name: shown.name,
        is_remembered: shown.is_remembered,
        waiting,
        trouble: shown.trouble,
        notice: shown
            .notice
            .or_else(|| matches!(destination, Destination::Lost).then_some("login-lost")),
        sends_mail: app.config().mail.is_some(),
        layout,
    };
    Ok(visit.introduce(html::answer_with(&page, Forms::AndBack)?, &app.issuer))
}

//! How somebody signs in, and where they did lately.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};

use crate::{
    acts::{
        account::{self, NewPassword, NotChanged},
        browser_sessions::LiveSession,
    },
    app::App,
    error::Result,
    model::secret::Secret,
    pages::{
        cookies,
        dates::{self, Moment},
        html::{self, Forms},
        layout::Layout,
        visit::{Posted, Visit},
    },
};

use super::{Account, Room, browser::Browser, sign_in_first};

#[derive(Template)]
#[template(path = "account/security.html")]
struct SecurityPage<'a> {
    layout: Layout<'a>,
    account: Account,
    csrf: String,
    username: &'a str,
    has_password: bool,
    /// What is said of the password: since when it is theirs.
    password: String,
    is_changed: bool,
    trouble: Option<Trouble>,
    sign_ins: Vec<SignIn>,
}

/// What is wrong with what was typed, as a key, and in which field it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Trouble {
    key: &'static str,
    field: &'static str,
}

/// A time at which somebody gave their password.
struct SignIn {
    browser: Browser,
    address: Option<String>,
    at: Moment,
}

/// Shows the page.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    visit: Visit,
) -> Result<Response> {
    let Some(live) = visit.session.clone() else { return Ok(sign_in_first(&app, Room::Security)) };
    let is_changed = query.as_deref() == Some("done=password");
    show(&app, (&visit, &live), None, is_changed).await
}

/// Changes the password.
pub(in crate::pages) async fn post(State(app): State<App>, posted: Posted) -> Result<Response> {
    let Posted { visit, fields, .. } = &posted;
    let Some(live) = visit.session.clone() else { return Ok(sign_in_first(&app, Room::Security)) };
    if !posted.is_genuine(Room::Security.step()) {
        let trouble = Trouble { key: "form-stale", field: "" };
        return show(&app, (visit, &live), Some(trouble), false).await;
    }
    let field = |name| Secret::new(fields.get(name).unwrap_or_default().to_owned());
    let (current, new) = (field("current"), field("new"));
    let typed = NewPassword { current: &current, new: &new };
    match account::change_password(&app, &live, typed, (&visit.from, visit.at)).await {
        Ok((secret, session)) => {
            let mut response = html::see_other(&app.issuer, "/account/security?done=password");
            let cookie = cookies::of_session(&secret, &session, visit.at, &app.issuer);
            response.headers_mut().append(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Err(NotChanged::Failed(error)) => Err(error.into()),
        Err(reason) => {
            let trouble = Trouble::of(&reason);
            let mut response = show(&app, (visit, &live), Some(trouble), false).await?;
            if let NotChanged::Throttled(wait) = reason {
                *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
                let seconds = HeaderValue::from(wait.as_secs().max(1));
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            Ok(response)
        }
    }
}

async fn show(
    app: &App,
    (visit, live): (&Visit, &LiveSession),
    trouble: Option<Trouble>,
    is_changed: bool,
) -> Result<Response> {
    let user = &*live.user;
    let (layout, account) =
        (visit.layout(&app.issuer), Account::new(app, (visit, user), Room::Security));
    let words = layout.words;
    let password = match (user.password.is_some(), user.password_changed_at) {
        (false, _) => words.text("password-none").into_owned(),
        (true, None) => words.text("password-undated").into_owned(),
        (true, Some(changed_at)) => {
            words.with("password-changed-at", [("day", &dates::day(words, changed_at))])
        }
    };
    let sign_ins = account::sign_ins(app, user).await?.into_iter().map(|session| SignIn {
        browser: Browser::of(session.user_agent.as_deref(), words),
        address: session.address,
        at: Moment::past(words, session.authenticated_at, visit.at),
    });
    let page = SecurityPage {
        csrf: visit.csrf(Room::Security.step()),
        username: &user.username,
        has_password: user.password.is_some(),
        password,
        is_changed,
        trouble,
        sign_ins: sign_ins.collect(),
        account,
        layout,
    };
    html::answer_with(&page, Forms::Here)
}

impl SecurityPage<'_> {
    /// The key of what is wrong with this field.
    fn wrong(&self, field: &str) -> Option<&'static str> {
        self.trouble.filter(|trouble| trouble.field == field).map(|trouble| trouble.key)
    }
}

impl Trouble {
    fn of(reason: &NotChanged) -> Self {
        let (key, field) = match reason {
            NotChanged::Wrong => ("password-wrong", "current"),
            NotChanged::Unfit => ("password-unfit", "new"),
            NotChanged::Same => ("password-same", "new"),
            NotChanged::Throttled(_) => ("password-throttled", "current"),
            NotChanged::Busy => ("password-busy", ""),
            NotChanged::Overtaken | NotChanged::Failed(_) => ("password-overtaken", ""),
        };
        Self { key, field }
    }
}

//! The browsers in which somebody is signed in.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use crate::{
    acts::{account, browser_sessions::LiveSession},
    app::App,
    error::{Code, Error, Result},
    model::browser_session::BrowserSession,
    pages::{
        dates::Moment,
        html::{self, Forms},
        layout::Layout,
        visit::{Posted, Visit},
        words::Words,
    },
};

use super::{
    Account, Room,
    browser::{self, Browser, LISTED},
    sign_in_first,
};

#[derive(Template)]
#[template(path = "account/sessions.html")]
struct SessionsPage<'a> {
    layout: Layout<'a>,
    account: Account,
    csrf: String,
    sessions: Vec<Shown>,
    has_others: bool,
    /// That there are more, and how many.
    more: Option<String>,
    /// What was done, as a key.
    done: Option<&'static str>,
    /// Whether what came was no form of this page.
    is_stale: bool,
}

/// A session on the page.
struct Shown {
    id: String,
    browser: Browser,
    address: Option<String>,
    is_this: bool,
    signed_in: Moment,
    seen: Moment,
}

/// Shows the page.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    visit: Visit,
) -> Result<Response> {
    let Some(live) = visit.session.clone() else { return Ok(sign_in_first(&app, Room::Sessions)) };
    let done = match query.as_deref() {
        Some("done=one") => Some("sessions-ended"),
        Some("done=others") => Some("sessions-others-ended"),
        _ => None,
    };
    show(&app, (&visit, &live), done, false).await
}

/// Ends one session, or all others.
pub(in crate::pages) async fn post(State(app): State<App>, posted: Posted) -> Result<Response> {
    let Posted { visit, fields, .. } = &posted;
    let Some(live) = visit.session.clone() else { return Ok(sign_in_first(&app, Room::Sessions)) };
    if !posted.is_genuine(Room::Sessions.step()) {
        return show(&app, (visit, &live), None, true).await;
    }
    let done = match fields.get("session") {
        Some("others") => {
            account::end_other_sessions(&app, &live, (&visit.from, visit.at)).await?;
            "/account/sessions?done=others"
        }
        Some(id) => {
            let unknown = || Error::new(Code::NotFound, "You have no such session.");
            let session_id = id.parse().map_err(|_| unknown())?;
            account::end_session(&app, &live.user, session_id, (&visit.from, visit.at)).await?;
            "/account/sessions?done=one"
        }
        None => return Err(Error::new(Code::InvalidRequest, "No session is named.")),
    };
    Ok(html::see_other(&app.issuer, done))
}

async fn show(
    app: &App,
    (visit, live): (&Visit, &LiveSession),
    done: Option<&'static str>,
    is_stale: bool,
) -> Result<Response> {
    let layout = visit.layout(&app.issuer);
    let account = Account::new(app, (visit, &live.user), Room::Sessions);
    let words = layout.words;
    let mut found = account::live_sessions(app, &live.user, visit.at).await?;
    // Of very many not all are looked at.
    if found.iter().all(|session| session.session_id != live.session.session_id) {
        found.push(live.session.clone());
    }
    let sessions = found.into_iter().map(|session| {
        let is_this = session.session_id == live.session.session_id;
        Shown::of(session, is_this, (words, visit))
    });
    let mut sessions: Vec<_> = sessions.collect();
    // The rest stays in its order.
    sessions.sort_by_key(|shown| !shown.is_this);
    let has_others = sessions.iter().any(|shown| !shown.is_this);
    let more = browser::unlisted(sessions.len(), words);
    sessions.truncate(LISTED);
    let csrf = visit.csrf(Room::Sessions.step());
    let page = SessionsPage { layout, account, csrf, sessions, has_others, more, done, is_stale };
    html::answer_with(&page, Forms::Here)
}

impl Shown {
    fn of(session: BrowserSession, is_this: bool, (words, visit): (Words, &Visit)) -> Self {
        Self {
            id: session.session_id.to_string(),
            browser: Browser::of(session.user_agent.as_deref(), words),
            address: session.address,
            is_this,
            signed_in: Moment::past(words, session.authenticated_at, visit.at),
            seen: Moment::past(words, session.seen_at, visit.at),
        }
    }
}

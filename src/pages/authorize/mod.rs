//! The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2): where people come to from
//! a client, and leave for it again.

pub(super) mod consent;

mod answer;
mod refused;

use axum::{
    extract::{Extension, RawQuery, State},
    response::Response,
};

use crate::{
    acts::authorize::{self, Asker, Next, Stop},
    app::{App, RequestId},
    client_auth::FormRequest,
    error::{Code, Result},
    model::{parameters::Parameters, secret::Secret},
};

use super::{html, visit::Visit};

use refused::Refused;

/// What the address has of a request that was posted, until the browser is known.
const POSTED: &str = "posted";

/// Takes an authorization request that stands in the address.
pub(super) async fn get(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    RawQuery(query): RawQuery,
    visit: Visit,
) -> Result<Response> {
    let refused = Refused { app: &app, id: &id, visit: &visit };
    let query = query.unwrap_or_default();
    let parameters =
        Parameters::refuse_secrets_in(&query).and_then(|()| Parameters::parse(query.as_bytes()));
    match parameters {
        Ok(parameters) => {
            let next = authorize::begin(&app, &parameters, asker(&visit)).await;
            lead(next, &refused)
        }
        Err(fault) => refused.page_of_fault(&fault.to_string()),
    }
}

/// Takes one that was posted, by a page of another site: so there is no cookie with it, and none may
/// be set, since the browser has its own.
pub(super) async fn post(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    visit: Visit,
    RawQuery(query): RawQuery,
    form: Result<FormRequest>,
) -> Result<Response> {
    let refused = Refused { app: &app, id: &id, visit: &visit };
    if let Err(fault) = Parameters::refuse_secrets_in(&query.unwrap_or_default()) {
        return refused.page_of_fault(&fault.to_string());
    }
    let parameters = match form {
        Ok(FormRequest(parameters)) => parameters,
        Err(error) if error.code == Code::InvalidRequest => {
            return refused.page_of_fault(&error.description);
        }
        Err(error) => return Err(error),
    };
    match authorize::begin_posted(&app, &parameters, (visit.from.address, visit.at)).await {
        Ok(Next::Return(reply)) => answer::response(&app, &reply, visit.face),
        Ok(next) => Ok(html::see_other(&app.issuer, &format!("{}&{POSTED}=1", path_of(&next)))),
        Err(stop) => refused.page(stop),
    }
}

/// Goes on with a request after a step was done, whichever that was. A browser that was never here
/// before its request was posted is told its cookie first, and comes back with it.
pub(super) async fn resume(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    RawQuery(query): RawQuery,
    visit: Visit,
) -> Result<Response> {
    let refused = Refused { app: &app, id: &id, visit: &visit };
    match read_name(query.as_deref()) {
        Ok(name) if visit.known_browser().is_none() && was_posted(query.as_deref()) => {
            lead(Ok(Next::Continue(name)), &refused)
        }
        Ok(name) => lead(authorize::resume(&app, &name, asker(&visit)).await, &refused),
        Err(stop) => refused.page(stop),
    }
}

/// Who asks, as far as the browser said.
fn asker(visit: &Visit) -> Asker<'_> {
    Asker {
        browser: visit.known_browser(),
        session: visit.session.as_ref(),
        from: &visit.from,
        at: visit.at,
    }
}

/// Which request the address of a page is about.
fn read_name(query: Option<&str>) -> Result<Secret, Stop> {
    let query = Parameters::parse(query.unwrap_or_default().as_bytes());
    let name = query.ok().and_then(|query| query.get("request").map(str::to_owned));
    name.map(Secret::new).ok_or_else(|| authorize::Unanswerable::Over.into())
}

/// Whether the browser comes straight from a post, which no cookie could be set with.
fn was_posted(query: Option<&str>) -> bool {
    let query = Parameters::parse(query.unwrap_or_default().as_bytes());
    query.is_ok_and(|query| query.get(POSTED).is_some())
}

/// Leads the browser to what comes next.
fn lead(next: Result<Next, Stop>, refused: &Refused<'_>) -> Result<Response> {
    let Refused { app, visit, .. } = *refused;
    let response = match next {
        Ok(Next::Return(reply)) => answer::response(app, &reply, visit.face)?,
        Ok(next) => html::see_other(&app.issuer, &path_of(&next)),
        Err(stop) => return refused.page(stop),
    };
    Ok(visit.introduce(response, &app.issuer))
}

/// The path of what comes next. The name of a request holds nothing that would have to be encoded.
fn path_of(next: &Next) -> String {
    match next {
        Next::SignIn(name) => format!("/login?request={}", name.expose()),
        Next::Consent(name) => format!("/consent?request={}", name.expose()),
        Next::Continue(name) => format!("/authorize/continue?request={}", name.expose()),
        Next::Return(_) => "/".to_owned(),
    }
}

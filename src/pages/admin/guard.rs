//! Who gets as far as an operator's page: whoever is signed in and has a role looks, and whoever
//! has the page's role changes. Nobody else reaches a handler.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    extract::{FromRequest, FromRequestParts, Request, State},
    http::{HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    acts::{
        Operator,
        browser_sessions::{self, LiveSession},
    },
    app::App,
    client_auth::FormRequest,
    error::{Code, Error, Result},
    model::{
        parameters::Parameters,
        timestamp::Timestamp,
        user::{OperatorRole, User},
    },
    pages::{
        gate::encoded,
        html,
        layout::Layout,
        visit::{Visit, is_from_here, is_proof},
    },
};

/// An operator who looks at a page. Only [`admit`] makes one.
#[derive(Clone)]
pub(in crate::pages) struct AdminVisit(Arc<Admitted>);

struct Admitted {
    visit: Visit,
    live: LiveSession,
    /// What it takes to change something here; `None` where nothing can be changed.
    role: Option<OperatorRole>,
    /// What tells the browser of its session, once that has a new secret.
    cookie: Mutex<Option<HeaderValue>>,
}

/// A form that an operator posted, who has the role for it.
pub(in crate::pages) struct AdminPosted {
    /// Who.
    pub(super) admin: AdminVisit,
    /// What stood in it.
    pub(super) fields: Parameters,
    is_from_here: bool,
}

/// Lets operators in, and in the way of whoever wants to change something without `role`, if
/// there is one.
pub(in crate::pages) async fn admit(
    State((app, role)): State<(App, Option<OperatorRole>)>,
    request: Request,
    next: Next,
) -> Response {
    match judge(&app, role, request).await {
        Ok(Admission::Granted(admin, request)) => {
            let response = next.run(request).await;
            admin.bring(admin.visit().introduce(response, &app.issuer))
        }
        Ok(Admission::SignInFirst(response)) => response,
        Err(error) => error.into_response(),
    }
}

enum Admission {
    Granted(AdminVisit, Request),
    SignInFirst(Response),
}

async fn judge(app: &App, role: Option<OperatorRole>, request: Request) -> Result<Admission> {
    let (mut parts, body) = request.into_parts();
    let visit = Visit::from_request_parts(&mut parts, app).await?;
    let Some(live) = visit.session.clone() else {
        return Ok(Admission::SignInFirst(sign_in_first(app, &parts)));
    };
    let admin = AdminVisit(Arc::new(Admitted { visit, live, role, cookie: Mutex::default() }));
    if admin.roles().next().is_none() {
        return Err(Error::new(Code::AccessDenied, "This account is no operator's."));
    }
    if !parts.method.is_safe() && !admin.can_change() {
        let problem = format!("Changing this takes the role {}.", admin.role());
        return Err(Error::new(Code::AccessDenied, problem));
    }
    if parts.uri.path_and_query().is_some_and(|whole| whole.as_str().contains("%00")) {
        return Err(null());
    }
    parts.extensions.insert(admin.clone());
    Ok(Admission::Granted(admin, Request::from_parts(parts, body)))
}

/// No name and no text holds one, and the store takes none.
fn null() -> Error {
    Error::new(Code::InvalidRequest, "A null character stands in it.")
}

/// Sends somebody to sign in and back to where they wanted to look. What a form held is lost: it
/// was another session's.
fn sign_in_first(app: &App, parts: &Parts) -> Response {
    let path = match parts.uri.path_and_query() {
        Some(whole) if parts.method == Method::GET => whole.as_str(),
        // Nobody can look at what is only posted to.
        _ => "/admin",
    };
    let path = path.strip_prefix(app.issuer.path()).unwrap_or(path);
    let answer = html::see_other(&app.issuer, &format!("/login?to={}", encoded(path)));
    // A script that asks for a part of a page would put the form to sign in into it.
    let asks_for_part = parts.headers.contains_key("hx-request");
    if asks_for_part { html::led_by_script(answer) } else { answer }
}

impl AdminVisit {
    /// The browser.
    pub(super) fn visit(&self) -> &Visit {
        &self.0.visit
    }

    /// When. All that is decided about the request goes by this moment.
    pub(super) fn at(&self) -> Timestamp {
        self.0.visit.at
    }

    /// Has the browser told that its session has a new secret, by whatever answers the request.
    pub(super) fn renew(&self, cookie: HeaderValue) {
        *self.cookie() = Some(cookie);
    }

    /// Whether the session has a new secret since the request came.
    pub(super) fn is_renewed(&self) -> bool {
        self.cookie().is_some()
    }

    fn bring(&self, mut response: Response) -> Response {
        if let Some(cookie) = self.cookie().take() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    fn cookie(&self) -> MutexGuard<'_, Option<HeaderValue>> {
        self.0.cookie.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session.
    pub(super) fn live(&self) -> &LiveSession {
        &self.0.live
    }

    /// Who.
    pub(super) fn user(&self) -> &User {
        &self.0.live.user
    }

    /// The same for deeds and the audit log.
    pub(super) fn operator(&self) -> Operator {
        self.0.visit.from.person(self.user())
    }

    /// Whether somebody who went on looking is still let in, as they are now.
    pub(super) async fn is_still_let_in(&self, app: &App) -> Result<bool> {
        let hash = &self.live().session.session_hash;
        let live = browser_sessions::look(app, hash, app.now()).await?;
        Ok(live.is_some_and(|live| roles_of(&live.user).next().is_some()))
    }

    /// What it takes to change something on this page; the least there is, where nothing can be
    /// changed.
    pub(super) fn role(&self) -> OperatorRole {
        self.0.role.unwrap_or(OperatorRole::Auditor)
    }

    /// Whether this operator may change something on this page.
    pub(super) fn can_change(&self) -> bool {
        self.0.role.is_none_or(|role| self.may(role))
    }

    /// Whether this operator has `role`, or all.
    pub(super) fn may(&self, role: OperatorRole) -> bool {
        self.roles().any(|held| held == role || held == OperatorRole::Admin)
    }

    fn roles(&self) -> impl Iterator<Item = OperatorRole> {
        roles_of(self.user())
    }

    /// What the page has around it.
    pub(super) fn layout<'a>(&self, app: &'a App) -> Layout<'a> {
        self.0.visit.layout(&app.issuer)
    }

    /// What a form of this step holds, so that nobody else can make it.
    pub(super) fn csrf(&self, step: &str) -> String {
        self.0.visit.csrf(step)
    }
}

fn roles_of(user: &User) -> impl Iterator<Item = OperatorRole> {
    user.operator_roles.iter().filter_map(|role| role.parse().ok())
}

impl AdminPosted {
    /// Whether it is the form of `step` that this browser was shown in this session.
    pub(super) fn is_genuine(&self, step: &str) -> bool {
        self.is_from_here && is_proof(&self.fields, &self.admin.csrf(step))
    }

    /// A field, empty where it is missing.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.get(name).unwrap_or_default()
    }
}

impl FromRequestParts<App> for AdminVisit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        parts
            .extensions
            .get()
            .cloned()
            .ok_or_else(|| Error::new(Code::AccessDenied, "This page is an operator's."))
    }
}

impl FromRequest<App> for AdminPosted {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let admin = AdminVisit::from_request_parts(&mut parts, app).await?;
        let is_from_here =
            is_from_here(&parts.headers, &app.issuer, app.config().admin.url.as_ref());
        let request = Request::from_parts(parts, body);
        let FormRequest(fields) = FormRequest::from_request(request, app).await?;
        if fields.hold_null() {
            return Err(null());
        }
        Ok(Self { admin, fields, is_from_here })
    }
}

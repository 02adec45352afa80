//! Who looks at a page: the browser, and the person if one is signed in. And whether a form that
//! comes back is one of ours.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
    response::Response,
};

use crate::{
    acts::browser_sessions::{self, LiveSession, SeenFrom},
    app::{App, RequestId},
    client_auth::{CallerAddress, FormRequest},
    error::{Error, Result},
    model::{
        issuer::Issuer,
        parameters::Parameters,
        secret::{Secret, same},
        timestamp::Timestamp,
    },
};

use super::{
    cookies::{Cookie, LONGEST},
    face::Face,
    layout::Layout,
};

/// A browser that asks for a page.
pub(super) struct Visit {
    /// When. All that is decided about the request goes by this moment.
    pub(super) at: Timestamp,
    /// What the browser is known by. Forms are bound to it.
    pub(super) browser: Secret,
    /// Whether the browser has still to be told.
    is_new: bool,
    /// Who is signed in.
    pub(super) session: Option<LiveSession>,
    /// From where.
    pub(super) from: SeenFrom,
    /// How it is shown pages.
    pub(super) face: Face,
}

/// A form that a browser posted.
pub(super) struct Posted {
    /// Whose browser.
    pub(super) visit: Visit,
    /// What stood in it.
    pub(super) fields: Parameters,
    /// Whether it came from a page of ours, as far as the browser says.
    is_from_here: bool,
}

/// The field of every form that shows that it is ours.
pub(super) const CSRF: &str = "csrf";

impl Visit {
    /// What the page that this visit asks for has around it.
    pub(super) fn layout<'a>(&self, issuer: &'a Issuer) -> Layout<'a> {
        Layout::of(issuer, self.face)
    }

    /// What a form of this step holds, in the field [`CSRF`], and nobody else can make: bound to
    /// the browser, the session and the step.
    pub(super) fn csrf(&self, step: &str) -> String {
        let session = self.session.as_ref().map(|live| live.session.session_id.to_string());
        self.browser.proof_of(&format!("csrf|{}|{step}", session.unwrap_or_default()))
    }

    /// What the browser says that it is known by; nothing where it was told only now.
    pub(super) fn known_browser(&self) -> Option<&Secret> {
        (!self.is_new).then_some(&self.browser)
    }

    /// Lets `response` tell the browser what it is known by, if it does not know yet.
    pub(super) fn introduce(&self, mut response: Response, issuer: &Issuer) -> Response {
        if self.is_new {
            let cookie = Cookie::Browser.set(&self.browser, Some(LONGEST), issuer);
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

impl Posted {
    /// Whether it is the form of `step` that this browser was shown in this session.
    pub(super) fn is_genuine(&self, step: &str) -> bool {
        self.is_from_here && is_proof(&self.fields, &self.visit.csrf(step))
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let at = app.now();
        let known = Cookie::Browser.read(&parts.headers, &app.issuer);
        let is_new = known.is_none();
        let browser = known.unwrap_or_else(|| Secret::generate(&app.random));
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let address = CallerAddress::of(&parts.extensions).0;
        let request_id = parts.extensions.get::<RequestId>().map(ToString::to_string);
        let user_agent = agent.map(browser_sessions::cut);
        let from = SeenFrom { address, user_agent, request_id };
        let session = match Cookie::Session.read(&parts.headers, &app.issuer) {
            Some(secret) => browser_sessions::find(app, &secret, &from, at).await?,
            None => None,
        };
        let face = Face::of(&parts.headers, &app.issuer);
        Ok(Self { at, browser, is_new, session, from, face })
    }
}

impl FromRequest<App> for Posted {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, app).await?;
        let is_from_here =
            is_from_here(&parts.headers, &app.issuer, app.config().admin.url.as_ref());
        let request = Request::from_parts(parts, body);
        let FormRequest(fields) = FormRequest::from_request(request, app).await?;
        Ok(Self { visit, fields, is_from_here })
    }
}

/// Whether the form holds this proof.
pub(super) fn is_proof(fields: &Parameters, proof: &str) -> bool {
    same(fields.get(CSRF).unwrap_or_default().as_bytes(), proof.as_bytes())
}

/// Whether what the browser says of where a form comes from is us. One that says nothing, or `null`
/// for its origin, leaves it to the form's own proof.
pub(super) fn is_from_here(headers: &HeaderMap, issuer: &Issuer, console: Option<&Issuer>) -> bool {
    let one = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let origin = one("origin").filter(|origin| *origin != "null");
    let site = one("sec-fetch-site");
    let mut ours = [Some(issuer), console].into_iter().flatten();
    origin.is_none_or(|origin| ours.any(|one| one.origin() == origin))
        && site.is_none_or(|site| matches!(site, "same-origin" | "none"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    #[test]
    fn a_form_from_another_origin_is_none_of_ours() {
        let issuer = Issuer::parse("https://id.example/tenant").unwrap();
        let console = Issuer::parse("https://console.example:8443").unwrap();
        let judge = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
            is_from_here(&headers.collect(), &issuer, Some(&console))
        };

        assert!(judge(&[]));
        assert!(judge(&[("origin", "null")]));
        assert!(judge(&[("origin", "https://id.example"), ("sec-fetch-site", "same-origin")]));
        assert!(judge(&[("origin", "https://console.example:8443")]));
        assert!(!judge(&[("origin", "https://console.example")]));
        assert!(!judge(&[("origin", "https://id.example.evil")]));
        assert!(!judge(&[("origin", "http://id.example")]));
        assert!(!judge(&[("origin", "null"), ("sec-fetch-site", "cross-site")]));
        assert!(!judge(&[("sec-fetch-site", "same-site")]));
    }
}

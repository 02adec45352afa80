//! Errors as people see them: what happened, what is safe, a way back, a reference.

use askama::{Template, filters::Safe};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    app::{App, RequestId},
    error::{Code, Error},
    model::timestamp::Timestamp,
};

use super::{
    dates,
    face::Face,
    html::{self, Forms},
    layout::Layout,
    words::Words,
};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    layout: Layout<'a>,
    error: &'a Error,
    request: &'a FailedRequest,
    now: Timestamp,
}

/// What an error page needs to know about the request that failed.
struct FailedRequest {
    id: Option<RequestId>,
    is_safe: bool,
    face: Face,
}

/// Gives an error that a page returned the face of a page.
pub(super) async fn render(State(app): State<App>, request: Request, next: Next) -> Response {
    let failed = FailedRequest::of(&request, &app);
    let response = next.run(request).await;
    show_error(&app, &failed, response)
}

/// Answers for every address at which there is nothing: with a page to whoever asks for HTML, with
/// JSON to everyone else.
pub async fn not_found(State(app): State<App>, request: Request) -> Response {
    let response = Error::new(Code::NotFound, "There is nothing at this address.").into_response();
    if takes_html(request.headers()) {
        show_error(&app, &FailedRequest::of(&request, &app), response)
    } else {
        response
    }
}

/// Puts a page in place of the error in `response`, if there is one.
fn show_error(app: &App, request: &FailedRequest, mut response: Response) -> Response {
    let Some(error) = response.extensions_mut().remove::<Error>() else { return response };
    let layout = Layout::of(&app.issuer, request.face);
    let page = ErrorPage { layout, error: &error, request, now: app.now() };
    match page.render() {
        Ok(text) => html::put(text, response, Forms::None),
        Err(failure) => Error::internal(failure).into_response(),
    }
}

/// Whether `Accept` names HTML. Browsers do so; programs say `*/*` or nothing at all.
fn takes_html(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .any(|media_type| media_type.trim().eq_ignore_ascii_case("text/html"))
}

impl FailedRequest {
    fn of(request: &Request, app: &App) -> Self {
        Self {
            id: request.extensions().get().cloned(),
            is_safe: request.method().is_safe(),
            face: Face::of(request.headers(), &app.issuer),
        }
    }
}

impl ErrorPage<'_> {
    /// Whether asking the same again is harmless, and may go better.
    fn may_repeat(&self) -> bool {
        let may_pass = matches!(
            self.error.code,
            Code::RequestTimeout | Code::ServerError | Code::TemporarilyUnavailable
        );
        may_pass && self.request.is_safe
    }

    /// The keys of what happened, and of what that means for whoever reads it.
    fn keys(&self) -> (&'static str, &'static str) {
        match self.error.code {
            Code::AccessDenied => ("error-forbidden", "error-forbidden-text"),
            Code::NotFound => ("error-not-found", "error-not-found-text"),
            Code::MethodNotAllowed => ("error-method", "error-method-text"),
            Code::RequestTimeout => ("error-timeout", "error-timeout-text"),
            Code::BodyTooLarge | Code::UriTooLong => ("error-too-long", "error-too-long-text"),
            Code::ServerError => ("error-server", "error-server-text"),
            Code::TemporarilyUnavailable => ("error-unavailable", "error-unavailable-text"),
            _ => ("error-request", "error-request-text"),
        }
    }

    /// The request, for support, and when it was made.
    fn reference(&self) -> Option<Safe<String>> {
        self.request.id.as_ref().map(|id| reference(self.layout.words, id, self.now))
    }
}

/// What names a request, for support, and when it was made.
pub(super) fn reference(words: Words, id: &RequestId, at: Timestamp) -> Safe<String> {
    let (id, time, machine) = (id.to_string(), dates::exact(words, at), at.rfc3339());
    words.html("error-reference", [("id", &id), ("time", &time), ("machine", &machine)])
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::issuer::Issuer;

    fn page(error: &Error, is_safe: bool) -> String {
        let issuer = Issuer::parse("https://id.example").unwrap();
        let request =
            FailedRequest { id: Some(RequestId::new(Uuid::nil())), is_safe, face: Face::default() };
        let layout = Layout::new(&issuer);
        let now = Timestamp(1_773_325_928_999);
        ErrorPage { layout, error, request: &request, now }.render().unwrap()
    }

    #[test]
    fn a_page_tells_the_problem_the_time_and_the_reference() {
        let html = page(&Error::new(Code::NotFound, "There is nothing."), true);

        assert!(html.contains("<title>There’s nothing here · Tessera</title>"), "{html}");
        assert!(html.contains("<h1>There’s nothing here</h1>"), "{html}");
        assert!(html.contains("<code>not_found</code>: There is nothing."), "{html}");
        assert!(html.contains("<code>req_00000000000000000000000000000000</code>"), "{html}");
        let time = r#"<time datetime="2026-03-12T14:32:08Z">12 March 2026, 14:32:08 UTC</time>"#;
        assert!(html.contains(time), "{html}");
    }

    #[test]
    fn a_description_is_text() {
        let html = page(&Error::new(Code::InvalidRequest, "<script>alert(1)</script>"), true);

        assert!(!html.contains("<script>"), "{html}");
    }

    #[test]
    fn only_what_is_harmless_and_may_pass_can_be_tried_again() {
        let offers_retry = |error, is_safe| page(&error, is_safe).contains("Try again</a>");

        assert!(offers_retry(Error::busy(), true));
        assert!(!offers_retry(Error::busy(), false));
        assert!(!offers_retry(Error::new(Code::NotFound, "There is nothing."), true));
    }

    #[test]
    fn html_is_for_those_who_name_it() {
        let takes = |accept: &'static str| {
            takes_html(&HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]))
        };

        assert!(takes("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(takes("application/json;q=0.5, Text/HTML;q=0.4"));
        assert!(!takes("*/*"));
        assert!(!takes("application/json"));
        assert!(!takes_html(&HeaderMap::new()));
    }
}

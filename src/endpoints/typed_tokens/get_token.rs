//! `GET /token`, for who comes from Auth-O-Tron: makes a personal token. It is there only where the
//! settings want it, since a `GET` should change nothing.

use axum::{
    Json,
    extract::State,
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    client_auth::{CallerAddress, Credentials},
    endpoints::openapi::OAuthError,
    error::{Code, Error, Result},
    model::parameters::Parameters,
    tokens::typed::GOT_PERSONAL_LIFE,
};

use super::personal;

/// What browsers and proxies say of a request that nobody made yet.
const AHEAD_OF_TIME: [HeaderName; 3] = [
    HeaderName::from_static("sec-purpose"),
    HeaderName::from_static("purpose"),
    HeaderName::from_static("x-moz"),
];

/// What browsers say of where a request comes from.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A token that was made.
#[derive(Serialize, ToSchema)]
pub(in crate::endpoints) struct TokenGot {
    /// The token, this once: it cannot be had again.
    token: String,
}

/// Make a personal token
///
/// As `POST /tokens` does for a person: it lives as long as the type `personal` says, an hour where
/// that says nothing. Discouraged: a `GET` should change nothing.
#[utoipa::path(
    get,
    path = "/token",
    operation_id = "getToken",
    tag = "people",
    responses(
        (status = 200, body = TokenGot, description = "It is made, and durable."),
        (status = 401, body = OAuthError, description = "They did not prove who they are.",
         headers(("WWW-Authenticate" = String, description = "What may be presented."))),
        (status = 403, body = OAuthError, description = "Nobody asked for it, or another site."),
        (status = 409, body = OAuthError,
         description = "As many tokens of the type are active as may be."),
        (status = 429, body = OAuthError, description = "The last one was made a moment ago.",
         headers(("Retry-After" = u64, description = "In how many seconds the next may be made."))),
    ),
    security(("basic" = []), ("bearer" = [])),
)]
pub(in crate::endpoints) async fn get(
    State(app): State<App>,
    extensions: Extensions,
    uri: Uri,
    headers: HeaderMap,
) -> Result<([(HeaderName, &'static str); 1], Json<TokenGot>)> {
    if let Some(query) = uri.query() {
        Parameters::refuse_secrets_in(query)?;
    }
    if !is_asked_for(&headers) {
        let text = "A token is made for whoever asks for it, and for no other site.";
        return Err(Error::new(Code::AccessDenied, text));
    }
    let (from, at) = (CallerAddress::of(&extensions), app.now());
    let person = Credentials::read(&headers)?.prove_without_jwt(&app, (from, at)).await?;
    let (created, _) = personal::make(&app, &person, (None, GOT_PERSONAL_LIFE)).await?;
    let got = TokenGot { token: created.token.expose().to_owned() };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(got)))
}

/// Whoever asks what a `GET` would answer makes no token.
pub(in crate::endpoints) async fn head() -> Response {
    let text = "This endpoint takes another method.";
    let mut response = Error::new(Code::MethodNotAllowed, text).into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST,GET"));
    response
}

/// Whether somebody asked for it: no browser that fetches what may be wanted later, and no page of
/// another site, with what a browser knows by heart. Whoever is no browser says nothing of this, and
/// a page of this site names no origin where it only gets.
fn is_asked_for(headers: &HeaderMap) -> bool {
    let is_ahead = AHEAD_OF_TIME.iter().any(|name| headers.contains_key(name));
    let mut sites = headers.get_all(FETCH_SITE).iter();
    let is_elsewhere = headers.contains_key(header::ORIGIN);
    !is_ahead && !is_elsewhere && sites.all(|site| site == "same-origin" || site == "none")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_made_ahead_of_time_or_for_another_site() {
        let is_asked = |name: &'static str, value: &'static str| {
            let headers = [(HeaderName::from_static(name), HeaderValue::from_static(value))];
            is_asked_for(&headers.into_iter().collect())
        };

        assert!(is_asked_for(&HeaderMap::new()));
        assert!(is_asked("sec-fetch-site", "same-origin") && is_asked("sec-fetch-site", "none"));
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", ""),
            ("sec-purpose", "prefetch"),
            ("purpose", "prefetch"),
            ("x-moz", "prefetch"),
            ("origin", "https://app.example"),
            ("origin", "null"),
        ] {
            assert!(!is_asked(name, value), "{name}: {value}");
        }
    }
}

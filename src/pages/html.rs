//! Answers in HTML, with the headers of a page.

use askama::Template;
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

use crate::error::{Error, Result};

/// What a page may load and do: nothing inline, nothing from elsewhere, no frame around it. No page
/// has a form yet, so none may send one.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; \
    frame-ancestors 'none'";

/// What a page may use of the device: passkeys, and nothing else.
const PERMISSIONS_POLICY: &str = "publickey-credentials-create=(self), \
    publickey-credentials-get=(self), accelerometer=(), autoplay=(), camera=(), \
    display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), \
    screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";

/// The answer that shows `page`.
///
/// # Errors
///
/// `server_error` if the template fails.
pub(super) fn answer(page: &impl Template) -> Result<Response> {
    let text = page.render().map_err(Error::internal)?;
    Ok(put(text, Response::default()))
}

/// Gives `response` the page `text` for a body. Its status stays, and so do headers that say
/// nothing about the body, such as `Retry-After`.
pub(super) fn put(text: String, response: Response) -> Response {
    let mut response = response.map(|_| Body::from(text));
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

//! Answers in HTML, with the headers of a page.

use askama::Template;
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

use crate::{
    error::{Error, Result},
    model::issuer::Issuer,
};

/// What a page may load and do: nothing inline, nothing from elsewhere, no frame around it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Where the forms of a page may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forms {
    /// There are none.
    None,
    /// To us.
    Here,
    /// To us, from an address that nobody else may learn, not even as ours.
    Unnamed,
    /// To us and from there back to a client, or to a client at once: browsers hold `form-action`
    /// against every redirect that follows, also those of the client, so the page states none.
    AndBack,
}

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
    Ok(put(text, Response::default(), Forms::None))
}

/// The answer that shows `page`, which has forms.
///
/// # Errors
///
/// `server_error` if the template fails.
pub(super) fn answer_with(page: &impl Template, forms: Forms) -> Result<Response> {
    let text = page.render().map_err(Error::internal)?;
    Ok(put(text, Response::default(), forms))
}

/// The answer that sends a browser to one of our paths, by GET whatever it did before.
pub(super) fn see_other(issuer: &Issuer, path: &str) -> Response {
    let mut response = put(String::new(), Response::default(), Forms::None);
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(address) = HeaderValue::try_from(format!("{}{path}", issuer.path())) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    response
}

/// The answer that has a script take the browser where `response` sends it. A script that asks for a
/// part of a page would follow by itself, and put into that part whatever it finds there.
pub(super) fn led_by_script(mut response: Response) -> Response {
    if let Some(place) = response.headers_mut().remove(header::LOCATION) {
        response.headers_mut().insert(HeaderName::from_static("hx-redirect"), place);
        *response.status_mut() = StatusCode::OK;
    }
    response
}

/// Gives `response` the page `text` for a body. Its status stays, and so do headers that say
/// nothing about the body, such as `Retry-After`.
pub(super) fn put(text: String, response: Response, forms: Forms) -> Response {
    let mut response = response.map(|_| Body::from(text));
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, forms.referrer_policy()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::try_from(forms.content_security_policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

impl Forms {
    fn content_security_policy(self) -> String {
        match self {
            Self::None => format!("{CONTENT_SECURITY_POLICY}; form-action 'none'"),
            Self::Here | Self::Unnamed => format!("{CONTENT_SECURITY_POLICY}; form-action 'self'"),
            Self::AndBack => CONTENT_SECURITY_POLICY.to_owned(),
        }
    }

    /// With `no-referrer`, browsers would say that a form comes from nowhere.
    fn referrer_policy(self) -> &'static str {
        match self {
            Self::None | Self::Unnamed => "no-referrer",
            Self::Here | Self::AndBack => "same-origin",
        }
    }
}

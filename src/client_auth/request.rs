//! A request whose client is proven: what handlers get, so that none can forget to ask.

use std::{net::IpAddr, sync::Arc};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{Extensions, HeaderMap, header},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::{
    app::{App, RequestId},
    error::{Code, Error, Result},
    model::{
        audit::Origin, client_refusal::ClientRefusal, json_object::JsonObject,
        parameters::Parameters, registered_client::RegisteredClient, timestamp::Timestamp,
    },
};

use super::{Circumstances, authenticate, refused};

/// The largest body, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// The type of a form that is posted.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// The address that a request came from, as far as anybody trustworthy knows: the other end of the
/// connection, or whom a trusted proxy there was called by. What slows guessing down and what is
/// noted of a use goes by it.
#[derive(Debug, Clone, Copy)]
pub struct CallerAddress(pub IpAddr);

impl CallerAddress {
    /// The address of the request that has these extensions; 0.0.0.0 where nobody noted it.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self(IpAddr::from([0, 0, 0, 0])))
    }

    /// By which way the request of these extensions came, for the audit log.
    #[must_use]
    pub fn with_request(self, extensions: &Extensions) -> Origin {
        let request_id = extensions.get::<RequestId>().map(ToString::to_string);
        Origin { address: Some(self.0), request_id }
    }
}

/// A form that was posted by a client whose proof held.
#[derive(Debug)]
pub struct ClientRequest {
    /// Who sent it, and its secrets.
    pub registered: Arc<RegisteredClient>,
    /// What it asks, credentials included.
    pub parameters: Parameters,
    /// When. All that is decided about the request goes by this moment.
    pub at: Timestamp,
    /// From where.
    pub from: CallerAddress,
    /// The same for the audit log.
    pub origin: Origin,
}

impl FromRequest<App> for ClientRequest {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        if let Some(query) = request.uri().query() {
            Parameters::refuse_secrets_in(query)?;
        }
        let from = CallerAddress::of(request.extensions());
        let origin = from.with_request(request.extensions());
        let (head, body) = request.into_parts();
        let headers = head.headers;
        let body = read_form(app, &headers, body).await?;
        let parameters = Parameters::parse(&body)?;
        let at = app.now();
        let around = Circumstances { app, at, from };
        let registered = authenticate(&around, &headers, &parameters).await?;
        Ok(Self { registered, parameters, at, from, origin })
    }
}

/// A JSON object that was posted.
#[derive(Debug)]
pub struct JsonRequest(pub JsonObject);

impl FromRequest<App> for JsonRequest {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (head, body) = request.into_parts();
        if !has_type(&head.headers, "application/json") {
            let text = "The body must be application/json, in UTF-8.";
            return Err(Error::new(Code::UnsupportedMediaType, text));
        }
        let body = read_body(app, &head.headers, body).await?;
        Ok(Self(JsonObject::parse(&body)?))
    }
}

/// A form that somebody posted who proved nothing yet.
#[derive(Debug)]
pub struct FormRequest(pub Parameters);

impl FromRequest<App> for FormRequest {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (head, body) = request.into_parts();
        let body = read_form(app, &head.headers, body).await?;
        Ok(Self(Parameters::parse(&body)?))
    }
}

/// Reads the body of a form post.
async fn read_form(app: &App, headers: &HeaderMap, body: Body) -> Result<Bytes> {
    if !has_type(headers, FORM) {
        let text = "The body must be application/x-www-form-urlencoded, in UTF-8.";
        return Err(Error::new(Code::InvalidRequest, text));
    }
    read_body(app, headers, body).await
}

/// Reads a body within its limits of size and time.
pub(super) async fn read_body(app: &App, headers: &HeaderMap, body: Body) -> Result<Bytes> {
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    if encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        let text = "Compressed bodies are not taken.";
        return Err(Error::new(Code::UnsupportedMediaType, text));
    }
    let limited = Limited::new(body, BODY_LIMIT).collect();
    match tokio::time::timeout(app.config().server.request_timeout, limited).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(fault)) if fault.is::<LengthLimitError>() => {
            Err(Error::new(Code::BodyTooLarge, "The body is larger than 64 KiB."))
        }
        Ok(Err(_)) => Err(Error::new(Code::InvalidRequest, "The body broke off.")),
        Err(_) => Err(Error::new(Code::RequestTimeout, "The body did not arrive in time.")),
    }
}

/// Whether one header says that the body is of this type, in the only encoding that bodies are read
/// in.
pub(super) fn has_type(headers: &HeaderMap, wanted: &str) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let mut parts = value.to_str().unwrap_or_default().split(';').map(str::trim);
    let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
    let is_utf8 = |part: &str| match part.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    };
    is_named && parts.all(is_utf8)
}

/// A form that was posted by a client that can keep a secret, and proved it.
#[derive(Debug)]
pub struct ConfidentialRequest {
    /// Who sent it, and its secrets.
    pub registered: Arc<RegisteredClient>,
    /// What it asks, credentials included.
    pub parameters: Parameters,
    /// When.
    pub at: Timestamp,
    /// From where.
    pub from: CallerAddress,
}

impl FromRequest<App> for ConfidentialRequest {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let ClientRequest { registered, parameters, at, from, .. } =
            ClientRequest::from_request(request, app).await?;
        let client = &registered.client;
        if client.is_public() {
            let around = Circumstances { app, at, from };
            return Err(refused(&around, Some(&client.client_id), ClientRefusal::Public));
        }
        Ok(Self { registered, parameters, at, from })
    }
}

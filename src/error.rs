//! The one error of every request.
//!
//! A handler returns it by `?`. Protocol endpoints show it as JSON (RFC 6749 §5.2); the pages room
//! shows the same value as HTML. The cause is logged where it is rendered, and never sent.

use std::{borrow::Cow, sync::Arc};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{model::parameters::BadParameters, store, tokens};

type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// What went wrong, what to tell the caller, and what only we may know.
#[derive(Debug, Clone)]
pub struct Error {
    /// What went wrong.
    pub code: Code,
    /// What to tell the caller. A sentence, free of secrets.
    pub description: Cow<'static, str>,
    cause: Option<Cause>,
}

/// The result of handling a request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The registered error codes, and the statuses that HTTP has beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// RFC 6749 §5.2.
    InvalidRequest,
    /// RFC 6749 §5.2.
    InvalidClient,
    /// RFC 6749 §5.2.
    UnauthorizedClient,
    /// RFC 6749 §5.2.
    UnsupportedGrantType,
    /// RFC 6749 §5.2.
    InvalidScope,
    /// RFC 8707 §2.
    InvalidTarget,
    /// The request came unencrypted from somebody who may not.
    PlainHttp,
    /// There is nothing at this address.
    NotFound,
    /// The address takes another method.
    MethodNotAllowed,
    /// The request did not arrive in time.
    RequestTimeout,
    /// The body is too large.
    BodyTooLarge,
    /// The address is too long.
    UriTooLong,
    /// The body is of another type than the endpoint takes.
    UnsupportedMediaType,
    /// RFC 6749 §4.1.2.1.
    ServerError,
    /// RFC 6749 §4.1.2.1.
    TemporarilyUnavailable,
}

impl Error {
    /// An error that the caller brought about.
    pub fn new(code: Code, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, description: description.into(), cause: None }
    }

    /// A failure of ours.
    pub fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::new(Code::ServerError, "The server met an unexpected condition.").because(cause)
    }

    /// Something we need is gone, full or slow for the moment.
    pub fn unavailable(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::busy().because(cause)
    }

    /// There is more to do than can be done.
    #[must_use]
    pub fn busy() -> Self {
        Self::new(Code::TemporarilyUnavailable, "The server cannot answer right now; try again.")
    }

    /// The client did not prove who it is. One text for every reason (RFC 6749 §5.2).
    #[must_use]
    pub fn invalid_client() -> Self {
        Self::new(Code::InvalidClient, "Client authentication failed.")
    }

    /// Keeps the cause, for the log.
    #[must_use]
    pub fn because(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(cause));
        self
    }

    /// Logs a failure of ours, once, with everything that led to it.
    pub fn log(&self) {
        let Some(cause) = &self.cause else { return };
        let mut chain = cause.to_string();
        let mut source = cause.source();
        while let Some(deeper) = source {
            chain = format!("{chain}: {deeper}");
            source = deeper.source();
        }
        tracing::error!(
            event = "failed",
            error.code = self.code.as_str(),
            cause = chain,
            "{} Cause: {chain}",
            self.description
        );
    }
}

impl Code {
    /// The value of the `error` member.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Code::InvalidRequest
            | Code::PlainHttp
            | Code::MethodNotAllowed
            | Code::RequestTimeout
            | Code::BodyTooLarge
            | Code::UriTooLong
            | Code::UnsupportedMediaType => "invalid_request",
            Code::InvalidClient => "invalid_client",
            Code::UnauthorizedClient => "unauthorized_client",
            Code::UnsupportedGrantType => "unsupported_grant_type",
            Code::InvalidScope => "invalid_scope",
            Code::InvalidTarget => "invalid_target",
            Code::NotFound => "not_found",
            Code::ServerError => "server_error",
            Code::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }

    /// The status of the response.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Code::InvalidRequest
            | Code::UnauthorizedClient
            | Code::UnsupportedGrantType
            | Code::InvalidScope
            | Code::InvalidTarget => StatusCode::BAD_REQUEST,
            Code::InvalidClient => StatusCode::UNAUTHORIZED,
            Code::PlainHttp => StatusCode::FORBIDDEN,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Code::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Code::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::UriTooLong => StatusCode::URI_TOO_LONG,
            Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Code::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<store::Error> for Error {
    fn from(cause: store::Error) -> Self {
        match cause {
            store::Error::Unavailable(_) | store::Error::Busy => Error::unavailable(cause),
            _ => Error::internal(cause),
        }
    }
}

impl From<tokens::Error> for Error {
    fn from(cause: tokens::Error) -> Self {
        match cause {
            tokens::Error::Store(cause) => cause.into(),
            _ => Error::internal(cause),
        }
    }
}

impl From<BadParameters> for Error {
    fn from(fault: BadParameters) -> Self {
        Error::new(Code::InvalidRequest, fault.to_string())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.log();
        let body = Json(serde_json::json!({
            "error": self.code.as_str(),
            "error_description": self.description,
        }));
        let mut response = (self.code.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.code {
            // RFC 6749 §5.2 and RFC 9110 §15.5.2: a 401 names a way to authenticate.
            Code::InvalidClient => {
                let challenge =
                    HeaderValue::from_static(r#"Basic realm="clients", charset="UTF-8""#);
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            Code::TemporarilyUnavailable => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}

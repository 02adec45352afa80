//! What can go wrong, as callers tell it apart.

use axum::http::StatusCode;

/// The registered error codes, those of our own API, and the statuses that HTTP has beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// RFC 6749 §5.2.
    InvalidRequest,
    /// RFC 6749 §5.2.
    InvalidClient,
    /// RFC 6749 §5.2.
    UnauthorizedClient,
    /// RFC 6749 §5.2.
    InvalidGrant,
    /// RFC 6749 §5.2.
    UnsupportedGrantType,
    /// RFC 6749 §5.2.
    InvalidScope,
    /// RFC 8707 §2.
    InvalidTarget,
    /// The request came unencrypted from somebody who may not.
    PlainHttp,
    /// The request carries no access token where it needs one (RFC 6750 §3.1).
    TokenMissing,
    /// RFC 6750 §3.1.
    InvalidToken,
    /// RFC 6750 §3.1.
    InsufficientScope,
    /// The request carries no credentials of a person where it needs some.
    CredentialsMissing,
    /// A person's credentials are not good here.
    InvalidCredentials,
    /// The account of whoever proved who they are has ended.
    AccountExpired,
    /// The token type is not configured.
    UnknownType,
    /// The rules of the token type keep this client out.
    AccessDenied,
    /// The rules of the token type admit no more tokens at a time.
    TooManyActive,
    /// The rules of the token type ask for more time between two tokens.
    TooSoon,
    /// The key of a use was given to another use before.
    UseKeyMisused,
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
    /// RFC 7009 §2.2.1.
    UnsupportedTokenType,
    /// There is no store, which the request needs.
    StoreDisabled,
}

impl Code {
    /// The value of the `error` member; in a problem, of `code`.
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
            Code::InvalidGrant => "invalid_grant",
            Code::UnsupportedGrantType => "unsupported_grant_type",
            Code::InvalidScope => "invalid_scope",
            Code::InvalidTarget => "invalid_target",
            Code::TokenMissing => "token_missing",
            Code::InvalidToken => "invalid_token",
            Code::InsufficientScope => "insufficient_scope",
            Code::CredentialsMissing => "credentials_missing",
            Code::InvalidCredentials => "invalid_credentials",
            Code::AccountExpired => "account_expired",
            Code::UnknownType => "unknown_type",
            Code::AccessDenied => "access_denied",
            Code::TooManyActive => "too_many_active",
            Code::TooSoon => "too_soon",
            Code::UseKeyMisused => "use_key_misused",
            Code::NotFound => "not_found",
            Code::ServerError => "server_error",
            Code::TemporarilyUnavailable => "temporarily_unavailable",
            Code::UnsupportedTokenType => "unsupported_token_type",
            Code::StoreDisabled => "store_disabled",
        }
    }

    /// The status of the response.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Code::InvalidRequest
            | Code::UnauthorizedClient
            | Code::InvalidGrant
            | Code::UnsupportedGrantType
            | Code::InvalidScope
            | Code::InvalidTarget
            | Code::UnsupportedTokenType
            | Code::UnknownType => StatusCode::BAD_REQUEST,
            Code::InvalidClient
            | Code::TokenMissing
            | Code::InvalidToken
            | Code::CredentialsMissing
            | Code::InvalidCredentials
            | Code::AccountExpired => StatusCode::UNAUTHORIZED,
            Code::PlainHttp | Code::InsufficientScope | Code::AccessDenied => StatusCode::FORBIDDEN,
            Code::TooManyActive => StatusCode::CONFLICT,
            Code::TooSoon => StatusCode::TOO_MANY_REQUESTS,
            Code::UseKeyMisused => StatusCode::UNPROCESSABLE_ENTITY,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Code::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Code::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::UriTooLong => StatusCode::URI_TOO_LONG,
            Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Code::TemporarilyUnavailable | Code::StoreDisabled => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

//! What a client is told instead of a code.

use std::borrow::Cow;

/// What authorization requests are counted as that brought a code, beside the errors of the others.
pub const ALLOWED: &str = "allowed";

/// What those are counted as that could not be answered to anybody.
pub const NOT_ANSWERED: &str = "not_answered";

words! {
    /// Why a client gets no code, by the registered names.
    pub enum AuthorizationError: "authorization error" {
        /// RFC 6749 §4.1.2.1.
        InvalidRequest = "invalid_request",
        /// RFC 6749 §4.1.2.1.
        UnauthorizedClient = "unauthorized_client",
        /// RFC 6749 §4.1.2.1: the person said no.
        AccessDenied = "access_denied",
        /// RFC 6749 §4.1.2.1.
        UnsupportedResponseType = "unsupported_response_type",
        /// RFC 6749 §4.1.2.1.
        InvalidScope = "invalid_scope",
        /// RFC 8707 §2.
        InvalidTarget = "invalid_target",
        /// OpenID Connect Core §3.1.2.6.
        LoginRequired = "login_required",
        /// OpenID Connect Core §3.1.2.6.
        ConsentRequired = "consent_required",
        /// OpenID Connect Core §3.1.2.6.
        RequestNotSupported = "request_not_supported",
        /// OpenID Connect Core §3.1.2.6.
        RequestUriNotSupported = "request_uri_not_supported",
        /// OpenID Connect Core §3.1.2.6.
        RegistrationNotSupported = "registration_not_supported",
        /// OpenID Connect Core Error Code `unmet_authentication_requirements` §2.
        UnmetAuthenticationRequirements = "unmet_authentication_requirements",
    }
}

/// Why a client gets no code, and what its developer may do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationRefusal {
    /// By its registered name.
    pub error: AuthorizationError,
    /// A sentence.
    description: Cow<'static, str>,
}

impl AuthorizationRefusal {
    /// A refusal. Of its description, what the grammar has no room for is left out: quotes,
    /// backslashes, control characters, and all that is not ASCII (RFC 6749 §4.1.2.1).
    #[must_use]
    pub fn new(error: AuthorizationError, description: impl Into<Cow<'static, str>>) -> Self {
        let mut description = description.into();
        let allowed = |c: char| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~');
        if !description.chars().all(allowed) {
            description = description.chars().filter(|c| allowed(*c)).collect::<String>().into();
        }
        Self { error, description }
    }

    /// The sentence.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_holds_what_the_grammar_allows() {
        let of = |text: &'static str| {
            AuthorizationRefusal::new(AuthorizationError::InvalidRequest, text).description
        };

        assert_eq!(of("It is missing; see RFC 7636."), "It is missing; see RFC 7636.");
        assert_eq!(of("a\"b\\c\r\nd\té"), "abcd");
    }
}

//! The one error of every request.
//!
//! A handler returns it by `?`. Protocol endpoints show it as JSON (RFC 6749 §5.2), our own API as a
//! problem (RFC 9457); the pages room shows the same value as HTML. The cause is logged where it is
//! rendered, and never sent.

mod code;
mod problem;

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::{
    hashing,
    model::{json_object::BadJson, parameters::BadParameters},
    store,
    tokens::{self, typed::CreateRefusal},
};

pub use code::Code;
pub use problem::{Problem, show_as_problem};

type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// What went wrong, what to tell the caller, and what only we may know.
#[derive(Debug, Clone)]
pub struct Error {
    /// What went wrong.
    pub code: Code,
    /// What to tell the caller. A sentence, free of secrets.
    pub description: Cow<'static, str>,
    /// In how many seconds the same may go better, where that is known.
    pub retry_after: Option<u64>,
    /// The scope token that was needed.
    pub scope: Option<String>,
    /// The realm whose people may come in.
    pub realm: Option<Box<str>>,
    cause: Option<Cause>,
    /// Why a proof is not good, in a word: for the log only, since callers are told all alike.
    pub verdict: Option<&'static str>,
}

/// The result of handling a request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error that the caller brought about.
    pub fn new(code: Code, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            description: description.into(),
            retry_after: None,
            scope: None,
            realm: None,
            cause: None,
            verdict: None,
        }
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

    /// Proof was not judged: too much waits, or somebody guessed too often, who hears for how long.
    #[must_use]
    pub fn not_judged(why: hashing::Error) -> Self {
        match why {
            hashing::Error::Throttled(wait) => Self::busy().after(wait),
            hashing::Error::Busy => Self::busy(),
            hashing::Error::Unhashable => Self::internal(why),
        }
    }

    /// The server has no store, which the request needs.
    #[must_use]
    pub fn store_disabled() -> Self {
        Self::new(Code::StoreDisabled, "Token store is disabled.")
    }

    /// The client did not prove who it is. One text for every reason (RFC 6749 §5.2).
    #[must_use]
    pub fn invalid_client() -> Self {
        Self::new(Code::InvalidClient, "Client authentication failed.")
    }

    /// Makes a description of an error's text: a sentence.
    #[must_use]
    pub fn sentence(text: &str) -> String {
        let mut letters = text.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).chain(['.']).collect()
    }

    /// A token that its type does not allow, with the code that the endpoint has for it.
    #[must_use]
    pub fn refused(code: Code, refusal: &CreateRefusal) -> Self {
        let error = Self::new(code, Self::sentence(&refusal.to_string()));
        match refusal {
            CreateRefusal::TooSoon { retry_after } => error.after(*retry_after),
            _ => error,
        }
    }

    /// Says after how long the same may go better, rounded up to a second.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
        self
    }

    /// Says which scope token was needed.
    #[must_use]
    pub fn needing(mut self, scope_token: String) -> Self {
        self.scope = Some(scope_token);
        self
    }

    /// Says in a word, for the log, why a proof is not good.
    #[must_use]
    pub fn judged(mut self, verdict: &'static str) -> Self {
        self.verdict = Some(verdict);
        self
    }

    /// Says whose people may come in. A realm holds nothing that would end a quoted text.
    #[must_use]
    pub fn in_realm(mut self, realm: &str) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// Keeps the cause, for the log.
    #[must_use]
    pub fn because(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(cause));
        self
    }

    /// The way to authenticate that a 401 must name (RFC 6749 §5.2, RFC 6750 §3, RFC 9110 §15.5.2),
    /// or the scope that a 403 was about.
    fn challenge(&self) -> Vec<HeaderValue> {
        if let Some(realm) = &self.realm {
            // Basic first: a proxy that passes on one of them passes on what browsers ask for.
            let basic = format!(r#"Basic realm="{realm}", charset="UTF-8""#);
            let bearer = format!(r#"Bearer realm="{realm}""#);
            let both = [basic, bearer].into_iter();
            return both.filter_map(|text| HeaderValue::from_str(&text).ok()).collect();
        }
        self.challenge_of_code().into_iter().collect()
    }

    fn challenge_of_code(&self) -> Option<HeaderValue> {
        let (code, scope) = (self.code.as_str(), self.scope.as_deref());
        match self.code {
            Code::InvalidClient => {
                Some(HeaderValue::from_static(r#"Basic realm="clients", charset="UTF-8""#))
            }
            // RFC 6750 §3.1: whoever sent nothing learns no more than the scheme.
            Code::TokenMissing => Some(HeaderValue::from_static(r#"Bearer realm="tokens""#)),
            Code::InvalidToken | Code::InsufficientScope => {
                let scope = scope.map(|scope| format!(r#", scope="{scope}""#)).unwrap_or_default();
                let text = format!(r#"Bearer realm="tokens", error="{code}"{scope}"#);
                HeaderValue::from_str(&text).ok()
            }
            _ => None,
        }
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

impl From<store::Error> for Error {
    fn from(cause: store::Error) -> Self {
        match cause {
            store::Error::Unavailable(_) | store::Error::NoHost(_) | store::Error::Busy => {
                Error::unavailable(cause)
            }
            // Neither a failure nor one that passes: that is how the server is set.
            store::Error::Disabled => Error::store_disabled(),
            _ => Error::internal(cause),
        }
    }
}

impl From<tokens::Error> for Error {
    fn from(cause: tokens::Error) -> Self {
        match cause {
            tokens::Error::Store(cause) => cause.into(),
            tokens::Error::Contended => Error::unavailable(cause),
            _ => Error::internal(cause),
        }
    }
}

impl From<BadParameters> for Error {
    fn from(fault: BadParameters) -> Self {
        Error::new(Code::InvalidRequest, fault.to_string())
    }
}

impl From<BadJson> for Error {
    fn from(fault: BadJson) -> Self {
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
        for challenge in self.challenge() {
            headers.append(header::WWW_AUTHENTICATE, challenge);
        }
        let wait = self.retry_after.or((self.code == Code::TemporarilyUnavailable).then_some(1));
        if let Some(seconds) = wait {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

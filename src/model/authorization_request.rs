//! Authorization requests: what a client asks of a person, once it was judged.

mod claims;
mod pending;
mod read;
mod refusal;
mod way_back;

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

pub use pending::PendingRequest;
pub use read::{Prompt, ReadRequest, ResponseType, is_openid, read};
pub use refusal::{ALLOWED, AuthorizationError, AuthorizationRefusal, NOT_ANSWERED};
pub use way_back::{StateTooLong, WayBack};

words! {
    /// How an answer travels back to the client through the browser.
    pub enum ResponseMode: "response mode" {
        /// In the query of the redirect URI.
        Query = "query",
        /// In its fragment (OAuth 2.0 Multiple Response Type Encoding Practices §2.1).
        Fragment = "fragment",
        /// As a form that the browser posts there (OAuth 2.0 Form Post Response Mode §2).
        FormPost = "form_post",
    }
}

/// What a client asks of a person (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).
///
/// As it is kept, it was judged once; the client, its redirect URI and its scope are judged again
/// before each answer, since any of them may have been changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word that a client may send or not")]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: String,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// Whether the client named it; then it names it again at the token endpoint.
    pub names_redirect_uri: bool,
    /// How the answer travels, one of [`ResponseMode`].
    pub response_mode: String,
    /// What for, as scope tokens; nothing for all that the client may.
    pub scope: Option<String>,
    /// For whom (RFC 8707 §2).
    pub resources: Vec<String>,
    /// What the client gets back as it is.
    pub state: Option<String>,
    /// What its ID token has to hold.
    pub nonce: Option<String>,
    /// The challenge of its verifier, by S256 (RFC 7636 §4.2).
    pub code_challenge: Option<String>,
    /// Nobody may be asked anything.
    pub prompt_none: bool,
    /// The person has to prove anew who they are.
    pub prompt_login: bool,
    /// The person has to be asked again what they allow.
    pub prompt_consent: bool,
    /// How many seconds the sign-in may be old.
    pub max_age: Option<u64>,
    /// Whom the client expects, as something to type at sign-in.
    pub login_hint: Option<String>,
    /// Whom the client expects: the subject of the ID token that it sent along.
    pub expected_subject: Option<String>,
    /// Which languages the person reads, as the client knows.
    pub ui_locales: Option<String>,
    /// The claims that it asks for one by one (§5.5).
    pub claims: AskedClaims,
}

impl fmt::Display for AuthorizationRequest {
    /// A JSON object.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl TryFrom<String> for AuthorizationRequest {
    type Error = serde_json::Error;

    fn try_from(text: String) -> Result<Self, serde_json::Error> {
        serde_json::from_str(&text)
    }
}

/// Claims that are asked for by name, beside those of scopes (OpenID Connect Core §5.5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedClaims {
    /// For the ID token.
    pub id_token: BTreeSet<String>,
    /// For the userinfo endpoint.
    pub userinfo: BTreeSet<String>,
}

impl AskedClaims {
    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id_token.is_empty() && self.userinfo.is_empty()
    }
}

/// What was true of the sign-in that an authorization came of: what ID tokens say of it, the first
/// and those that come with refreshed tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// When the person proved who they are, in seconds since 1970.
    pub auth_time: i64,
    /// How (RFC 8176 §2).
    pub amr: Vec<String>,
    /// The claims that were asked for by name, and allowed.
    #[serde(default, skip_serializing_if = "AskedClaims::is_empty")]
    pub claims: AskedClaims,
}

impl fmt::Display for SignIn {
    /// A JSON object.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl TryFrom<String> for SignIn {
    type Error = serde_json::Error;

    fn try_from(text: String) -> Result<Self, serde_json::Error> {
        serde_json::from_str(&text)
    }
}

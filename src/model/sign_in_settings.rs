//! What a client is told of people, and how they come to it and back.

use url::Url;

#[cfg(feature = "server")]
use super::client::MaybeWord;
use super::{
    scope::Scope, signature_algorithm::SignatureAlgorithm, space_delimited::SpaceDelimited,
};

words! {
    /// Whether people are asked before a client may use their account.
    pub enum ConsentPolicy: "consent policy" {
        /// Not at all: the operator allowed it for everybody.
        Never = "never",
        /// The first time, and again only for more than before.
        Once = "once",
        /// Each time.
        Always = "always",
    }
}

words! {
    /// What a client knows people by (OpenID Connect Core §8).
    pub enum SubjectType: "subject type" {
        /// The same for all clients.
        Public = "public",
        /// Another for each sector, so that clients cannot compare whom they know.
        Pairwise = "pairwise",
    }
}

words! {
    /// Which tokens go on after the browser session ended that they came of.
    pub enum OutlivesSession: "rule for tokens of an ended session" {
        /// None.
        Never = "never",
        /// Those of authorizations with `offline_access`.
        Offline = "offline",
        /// All.
        Always = "always",
    }
}

/// The settings of a client that are about people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct SignInSettings {
    /// Where people may be sent back to, byte for byte (RFC 6749 §3.1.2).
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub redirect_uris: SpaceDelimited,
    /// Where people may be sent after they signed out (RP-Initiated Logout §3.1).
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub post_logout_redirect_uris: SpaceDelimited,
    /// Whether people are asked.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub consent: ConsentPolicy,
    /// The part of its scope that people may leave out.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub optional_scope: Scope,
    /// Whether a request needs a code challenge; `None` for yes. That of a public client does,
    /// whatever stands here (RFC 9700 §2.1.1).
    pub require_pkce: Option<bool>,
    /// What signs its ID tokens, where that differs from the server's.
    #[cfg_attr(feature = "server", sqlx(try_from = "MaybeWord"))]
    pub id_token_algorithm: Option<SignatureAlgorithm>,
    /// What signs the answers it gets at the userinfo endpoint; `None` for plain JSON.
    #[cfg_attr(feature = "server", sqlx(try_from = "MaybeWord"))]
    pub userinfo_algorithm: Option<SignatureAlgorithm>,
    /// What it knows people by.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub subject_type: SubjectType,
    /// The host that stands for all clients that know people by the same pairwise subject; `None`
    /// for the host of its redirect URIs.
    pub sector: Option<String>,
    /// How many seconds a sign-in may be old, where a request does not say.
    pub default_max_age: Option<i64>,
    /// Which of its tokens outlive the browser session.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub outlives_session: OutlivesSession,
    /// Its own page.
    pub client_uri: Option<String>,
    /// What it does with what it learns of people.
    pub policy_uri: Option<String>,
    /// On which terms it may be used.
    pub tos_uri: Option<String>,
}

impl SignInSettings {
    /// The sector of its pairwise subjects: the one that is set, else the host of where people are
    /// sent back to (OpenID Connect Core §8.1). `None` where neither says.
    #[must_use]
    pub fn sector(&self) -> Option<String> {
        let host = |uri: &str| Url::parse(uri).ok()?.host_str().map(str::to_owned);
        self.sector.clone().or_else(|| self.redirect_uris.iter().find_map(host))
    }
}

impl Default for SignInSettings {
    /// Those of a client before anything is set: nobody can come back to it.
    fn default() -> Self {
        Self {
            redirect_uris: SpaceDelimited::default(),
            post_logout_redirect_uris: SpaceDelimited::default(),
            consent: ConsentPolicy::Once,
            optional_scope: Scope::default(),
            require_pkce: None,
            id_token_algorithm: None,
            userinfo_algorithm: None,
            subject_type: SubjectType::Public,
            sector: None,
            default_max_age: None,
            outlives_session: OutlivesSession::Offline,
            client_uri: None,
            policy_uri: None,
            tos_uri: None,
        }
    }
}

//! Authorization requests on their way through sign-in and consent.

use crate::model::{
    browser_session::BrowserSession, consent::Consent, scope::Scope, secret::Sha256,
    timestamp::Timestamp,
};

use super::AuthorizationRequest;

/// A request that waits for its person, one for each tab.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct PendingRequest {
    /// SHA-256 of what the browser names it by.
    pub request_hash: Sha256,
    /// What was asked for.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub request: AuthorizationRequest,
    /// The browser it belongs to: SHA-256 of its cookie, or [`PendingRequest::no_browser`].
    pub browser_hash: Sha256,
    /// The session that was proven, or decided in, for this very request.
    pub session_hash: Option<Sha256>,
    /// What its person allowed for this very request, as scope tokens.
    pub granted_scope: Option<String>,
    /// When they decided.
    pub decided_at: Option<Timestamp>,
    /// When it came.
    pub created_at: Timestamp,
    /// The first moment at which it is over.
    pub expires_at: Timestamp,
}

impl PendingRequest {
    /// What stands for the browser of a request as long as that did not say who it is: one that
    /// came in a post from another site, which brings no cookie, or from a browser that had none.
    /// The first that comes back with a cookie is its browser.
    #[must_use]
    pub fn no_browser() -> Sha256 {
        Sha256::from_bytes([0; 32])
    }

    /// Whether it waits for its browser to say who it is.
    #[must_use]
    pub fn has_no_browser(&self) -> bool {
        self.browser_hash.matches(Self::no_browser().as_bytes())
    }

    /// Whether `session` is the one that this request noted.
    #[must_use]
    pub fn is_of(&self, session: &BrowserSession) -> bool {
        let noted = self.session_hash.as_ref();
        noted.is_some_and(|noted| noted.matches(session.session_hash.as_bytes()))
    }

    /// What its person allowed for it, if they decided, and `consent` still says all of it: they may
    /// have taken it back since, and allowed the client something else.
    #[must_use]
    pub fn granted_within(&self, consent: Option<&Consent>) -> Option<Scope> {
        let (decided_at, consent) = (self.decided_at?, consent?);
        let granted = Scope::parse(self.granted_scope.as_deref()?).ok()?;
        let is_said = granted.iter().all(|token| consent.scope.contains(token));
        (is_said && consent.created_at <= decided_at).then_some(granted)
    }

    /// Whether the person of `session` proved who they are for this very request.
    #[must_use]
    pub fn was_proven_in(&self, session: &BrowserSession) -> bool {
        self.is_of(session) && session.authenticated_at >= self.created_at
    }
}

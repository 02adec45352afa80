//! The scope tokens of OpenID Connect: the server's own, whichever resource servers there are.

use super::scope::{OPENID_SCOPES, Scope};

/// Asks who the person is (OpenID Connect Core §3.1.2.1).
pub const OPENID: &str = "openid";

/// Asks for what goes on when the person is not there (§11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Whether a scope token is one of them: no resource server has a say in it.
#[must_use]
pub fn is_of_openid(scope_token: &str) -> bool {
    OPENID_SCOPES.contains(&scope_token)
}

impl Scope {
    /// Whether it asks who the person is.
    #[must_use]
    pub fn asks_who(&self) -> bool {
        self.contains(OPENID)
    }
}

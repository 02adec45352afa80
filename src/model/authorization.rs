//! Authorizations: what a redeemed grant stands for.

use uuid::Uuid;

use super::{client_id::ClientId, scope::Scope, space_delimited::SpaceDelimited};

/// Who may do what, for whom: what a grant was redeemed into, and what tokens are issued from.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// The client that holds the tokens.
    pub client_id: ClientId,
    /// Raised on the client to end its tokens; copied into each.
    pub client_generation: i64,
    /// On whose behalf; `None` where the client acts for itself.
    pub user: Option<AuthorizingUser>,
    /// The family the tokens belong to, where the grant can be refreshed.
    pub family: Option<Uuid>,
    /// What for.
    pub scope: Scope,
    /// For whom; never empty.
    pub audience: SpaceDelimited,
}

/// The user behind an authorization.
#[derive(Debug, Clone)]
pub struct AuthorizingUser {
    /// The key of the user's row.
    pub user_id: Uuid,
    /// The `sub` this client knows the user by.
    pub subject: String,
    /// Raised on the user to end all tokens; copied into each.
    pub generation: i64,
}

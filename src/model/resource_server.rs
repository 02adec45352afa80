//! Resource servers: the APIs that tokens are for.

use super::{
    client_id::ClientId, scope::Scope, space_delimited::SpaceDelimited, timestamp::Timestamp,
};

/// A registered resource server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct ResourceServer {
    /// What stands in `aud`, and what a client names as `resource` (RFC 8707 §2). Without spaces.
    pub audience: String,
    /// Its name for people.
    pub name: String,
    /// The scope tokens it knows. Empty: it takes any.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub scope: Scope,
    /// Whether tokens are for it when neither the request nor its scope says whom they are for.
    pub is_default: bool,
    /// The clients that may introspect tokens meant for it.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub introspectors: SpaceDelimited,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ResourceServer {
    /// Whether `client` may introspect the tokens meant for it.
    #[must_use]
    pub fn may_introspect(&self, client: &ClientId) -> bool {
        self.introspectors.contains(client.as_str())
    }

    /// Whether it knows the scope token.
    #[must_use]
    pub fn knows(&self, token: &str) -> bool {
        self.scope.is_empty() || self.scope.contains(token)
    }
}

/// Whether `text` can be an audience: 1 to 200 printable ASCII characters without spaces.
#[must_use]
pub fn is_audience(text: &str) -> bool {
    (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

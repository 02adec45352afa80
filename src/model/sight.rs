//! Who may see a token.

use super::{
    client_id::ClientId,
    resource_server::ResourceServer,
    space_delimited::SpaceDelimited,
    token_entry::{TokenEntry, TokenKind},
};

/// As whom a client may see a token of OAuth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// It holds it.
    Holder,
    /// It introspects for these audiences, one of which the token is for.
    ResourceServer(SpaceDelimited),
}

impl Sight {
    /// A client may see an access token that it holds, or that is meant for one of `servers` whose
    /// tokens it may introspect; and a refresh token that it holds (RFC 7662 §2.2). `None` if it may
    /// not.
    #[must_use]
    pub fn of(client: &ClientId, entry: &TokenEntry, servers: &[ResourceServer]) -> Option<Self> {
        let is_holder = entry.client_id == *client;
        if entry.kind != TokenKind::Access {
            return (entry.kind == TokenKind::Refresh && is_holder).then_some(Sight::Holder);
        }
        let acts_for: SpaceDelimited = servers
            .iter()
            .filter(|server| server.may_introspect(client))
            .map(|server| server.audience.clone())
            .collect();
        if acts_for.meets(&entry.audience) {
            return Some(Sight::ResourceServer(acts_for));
        }
        is_holder.then_some(Sight::Holder)
    }
}

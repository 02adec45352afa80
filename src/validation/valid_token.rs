//! What a resource server learns of a token that is good.

use std::{net::IpAddr, sync::Arc};

use serde_json::{Map, Value};

use crate::{model::scope::Scope, tokens::claims::AccessTokenClaims};

use super::verifier::AllClaims;

/// An access token that is good here and now. It stands in the extensions of the request; cheap to
/// clone.
#[derive(Debug, Clone)]
pub struct ValidToken(Arc<Facts>);

#[derive(Debug)]
struct Facts {
    said: AllClaims,
    scope: Scope,
}

/// Where a request came from, for token types whose rules ask for it (`Cidr`, `PinIp`): put it into
/// the request's extensions in front of the layer, where an entry check is to know it.
#[derive(Debug, Clone, Copy)]
pub struct PresentedFrom(pub IpAddr);

impl ValidToken {
    /// What a token says. `None` where its scope is none.
    pub(super) fn of(said: AllClaims) -> Option<Self> {
        let scope = Scope::parse(&said.claims.scope).ok()?;
        Some(Self(Arc::new(Facts { said, scope })))
    }

    /// The claims that every access token has.
    #[must_use]
    pub fn claims(&self) -> &AccessTokenClaims {
        &self.0.said.claims
    }

    /// All other claims, such as `username` where introspection told it.
    #[must_use]
    pub fn more(&self) -> &Map<String, Value> {
        &self.0.said.more
    }

    /// On whose behalf it is presented: the user, or the client itself.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.claims().sub
    }

    /// The client that holds it.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.claims().client_id
    }

    /// What it is for.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.0.scope
    }
}

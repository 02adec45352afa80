//! Grants: one file per grant type, each a [`Grant`] in the list [`GRANTS`].
//!
//! A grant decides whether its proof holds and answers with an [`Authorization`]. It neither
//! authenticates the client nor issues tokens: the token endpoint does both for all of them.

mod client_credentials;

use std::{future::Future, pin::Pin};

use crate::{
    error::{Code, Error, Result},
    model::{
        audience::{self, Access, AccessRefusal, AskedAccess},
        authorization::Authorization,
        client::Client,
        issuer::Issuer,
        parameters::Parameters,
        scope::Scope,
        timestamp::Timestamp,
    },
    store::Store,
};

/// Every grant this server knows. To add one: a file beside this one, and an item here. Dispatch,
/// discovery and the command line read this list.
pub static GRANTS: &[&Grant] = &[&client_credentials::GRANT];

/// One grant type.
pub struct Grant {
    /// The `grant_type` it serves, as registered with IANA.
    pub grant_type: &'static str,
    /// Whether a public client may use it.
    pub serves_public: bool,
    /// Turns the proof into an authorization.
    pub redeem: for<'a> fn(Redemption<'a>) -> Redeeming<'a>,
}

/// What a grant has to go by.
pub struct Redemption<'a> {
    /// Who asks, already authenticated.
    pub client: &'a Client,
    /// What it asks.
    pub parameters: &'a Parameters,
    /// Where proofs and resource servers are kept.
    pub store: &'a Store,
    /// The server's own name, for whom tokens are when nobody else is named.
    pub issuer: &'a Issuer,
    /// When it asks.
    pub at: Timestamp,
}

/// The future of [`Grant::redeem`].
pub type Redeeming<'a> = Pin<Box<dyn Future<Output = Result<Authorization>> + Send + 'a>>;

/// Finds the grant that serves `grant_type`.
#[must_use]
pub fn find(grant_type: &str) -> Option<&'static Grant> {
    GRANTS.iter().copied().find(|grant| grant.grant_type == grant_type)
}

impl Redemption<'_> {
    /// The scope and audience that the client gets: the one decision for every grant.
    ///
    /// # Errors
    ///
    /// `invalid_scope` (RFC 6749 §5.2) or `invalid_target` (RFC 8707 §2).
    pub async fn access(&self) -> Result<Access> {
        let asked = AskedAccess {
            scope: self.asked_scope()?,
            resources: ["resource", "audience"]
                .iter()
                .flat_map(|name| self.parameters.all(name))
                .map(str::to_owned)
                .collect(),
        };
        let servers = self.store.resource_servers().await?;
        audience::decide(self.client, &asked, &servers, self.issuer).map_err(|refusal| {
            let code = match refusal {
                AccessRefusal::ScopeNotAllowed | AccessRefusal::ScopeUnknownThere => {
                    Code::InvalidScope
                }
                AccessRefusal::UnknownResource => Code::InvalidTarget,
            };
            Error::new(code, Error::sentence(&refusal.to_string()))
        })
    }

    fn asked_scope(&self) -> Result<Option<Scope>> {
        // Nothing but spaces is as good as nothing.
        let sent = self.parameters.get("scope").filter(|sent| !sent.trim_matches(' ').is_empty());
        let scope = sent.map(Scope::parse).transpose();
        scope.map_err(|fault| Error::new(Code::InvalidScope, Error::sentence(&fault.to_string())))
    }
}

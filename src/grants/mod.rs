//! Grants: one file per grant type, each a [`Grant`] in the list [`GRANTS`].
//!
//! A grant decides whether its proof holds and answers with what it was [`Redeemed`] for. It neither
//! authenticates the client nor issues tokens: the token endpoint does both for all of them.

mod authorization_code;
mod client_credentials;
mod refresh_token;

pub use self::{
    authorization_code::{REDEEMED_TWICE, refused as not_redeemed},
    refresh_token::{REUSED, refused as not_refreshed},
};

use std::{future::Future, pin::Pin, sync::Arc};

use crate::{
    error::{Code, Error, Result},
    model::{
        audience::{self, Access, AccessRefusal, AskedAccess},
        audit::Origin,
        authorization::Authorization,
        authorization_code::CodeFacts,
        client::Client,
        issuer::Issuer,
        parameters::Parameters,
        scope::Scope,
        standing::StandingEntry,
        timestamp::Timestamp,
    },
    store::{self, Store},
    tokens::{Issued, Tokens, typed::CreateRefusal},
};

/// Every grant this server knows. To add one: a file beside this one, and an item here. Dispatch,
/// discovery and the command line read this list.
pub static GRANTS: &[&Grant] =
    &[&authorization_code::GRANT, &client_credentials::GRANT, &refresh_token::GRANT];

/// The grants that a server serves.
#[derive(Clone, Copy)]
pub struct Grants(pub &'static [&'static Grant]);

impl Grants {
    /// Those that a server without a store can serve: nothing that it redeems is kept.
    pub const WITHOUT_STORE: Self = Self(&[&client_credentials::GRANT]);
}

impl Default for Grants {
    /// All that there are.
    fn default() -> Self {
        Self(GRANTS)
    }
}

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
    /// What looks at tokens.
    pub tokens: &'a Tokens,
    /// The server's own name, for whom tokens are when nobody else is named.
    pub issuer: &'a Issuer,
    /// By which way.
    pub origin: &'a Origin,
    /// When it asks.
    pub at: Timestamp,
}

/// What a proof is good for.
#[derive(Debug)]
pub enum Redeemed {
    /// An access token.
    Access(Authorization),
    /// The first tokens of a family, which can be refreshed.
    Family(Authorization),
    /// The first tokens of the family that a code stands for.
    Code(Authorization, Arc<StandingEntry>, Box<CodeFacts>),
    /// New tokens of a family, in place of a refresh token.
    Refresh(Authorization, Arc<StandingEntry>),
    /// The answer that was given before, once more.
    Again(Box<Issued>),
}

/// The future of [`Grant::redeem`].
pub type Redeeming<'a> = Pin<Box<dyn Future<Output = Result<Redeemed>> + Send + 'a>>;

/// Finds the grant that serves `grant_type`, among those of this server.
#[must_use]
pub fn find(grants: &[&'static Grant], grant_type: &str) -> Option<&'static Grant> {
    grants.iter().copied().find(|grant| grant.grant_type == grant_type)
}

impl Redemption<'_> {
    /// The scope and audience that the client gets, as [`access`] decides.
    ///
    /// # Errors
    ///
    /// `invalid_scope` (RFC 6749 §5.2) or `invalid_target` (RFC 8707 §2).
    pub async fn access(&self) -> Result<Access> {
        let asked = AskedAccess { scope: self.asked_scope()?, resources: self.asked_resources() };
        let decided = access(self.client, &asked, (self.store, self.issuer)).await?;
        decided.map_err(|refusal| refused(&refusal))
    }

    /// The part of what was `granted` that the client gets now.
    ///
    /// # Errors
    ///
    /// As [`Redemption::access`], also for what was not granted (RFC 6749 §6, RFC 8707 §2.2).
    pub async fn access_within(&self, granted: &Access) -> Result<Access> {
        let asked = AskedAccess { scope: self.asked_scope()?, resources: self.asked_resources() };
        let servers = self.store.resource_servers().await?;
        let decided = audience::narrow(self.client, granted, &asked, (&servers, self.issuer));
        decided.map_err(|refusal| refused(&refusal))
    }

    fn asked_resources(&self) -> Vec<String> {
        let named = ["resource", "audience"];
        let asked = named.iter().flat_map(|name| self.parameters.all(name));
        asked.map(str::to_owned).collect()
    }

    fn asked_scope(&self) -> Result<Option<Scope>> {
        // Nothing but spaces is as good as nothing.
        let sent = self.parameters.get("scope").filter(|sent| !sent.trim_matches(' ').is_empty());
        let scope = sent.map(Scope::parse).transpose();
        scope.map_err(|fault| Error::new(Code::InvalidScope, Error::sentence(&fault.to_string())))
    }
}

/// The scope and audience that a client gets: the one decision, for people who are asked and for
/// every grant.
///
/// # Errors
///
/// What the store says.
pub async fn access(
    client: &Client,
    asked: &AskedAccess,
    (store, issuer): (&Store, &Issuer),
) -> store::Result<Result<Access, AccessRefusal>> {
    let servers = store.resource_servers().await?;
    Ok(audience::decide(client, asked, &servers, issuer))
}

/// The rules of access tokens do not allow one more.
#[must_use]
pub fn may_not_have(refusal: &CreateRefusal) -> Error {
    let code = match refusal {
        CreateRefusal::ScopeTooWide => Code::InvalidScope,
        CreateRefusal::ClientNotAllowed => Code::UnauthorizedClient,
        CreateRefusal::TooManyActive => Code::TooManyActive,
        CreateRefusal::TooSoon { .. } => Code::TooSoon,
        _ => Code::InvalidRequest,
    };
    Error::refused(code, refusal)
}

/// How a client is told that it may not have what it asks for.
#[must_use]
pub fn refused(refusal: &AccessRefusal) -> Error {
    let code = match refusal {
        AccessRefusal::ScopeNotAllowed
        | AccessRefusal::ScopeNotGranted
        | AccessRefusal::ScopeUnknownThere => Code::InvalidScope,
        AccessRefusal::UnknownResource => Code::InvalidTarget,
    };
    Error::new(code, Error::sentence(&refusal.to_string()))
}

//! What a resource server imports: who may pass, and with which claims.
//!
//! [`BearerLayer`] stands before the services of an API (axum, hyper, anything of tower's). It reads
//! the access token from the one place where it may stand, has a [`Validator`] look at it, and
//! hands the request on with a [`ValidToken`] in its extensions, or answers it as RFC 6750 §3 asks.
//! A validator works in one of three ways ([`Way`]): it checks JWTs by itself with the keys that
//! the server publishes; it asks the server about every token (RFC 7662); or it looks at the
//! token's entry in the database. docs/resource-servers.md says which suits whom.
//!
//! Light: no database but with the feature `entry-check`, no web framework, no second cryptography.

mod bearer;
mod challenge;
#[cfg(feature = "entry-check")]
mod entries;
mod http;
mod introspection;
mod jwks;
mod kept;
mod layer;
mod require_scope;
mod valid_token;
mod validator;
mod verifier;

pub use challenge::Refused;
#[cfg(feature = "entry-check")]
pub use entries::Entries;
pub use http::{BadServer, Fault, HttpClient};
pub use introspection::Introspection;
pub use jwks::Jwks;
pub use layer::{BearerLayer, BearerService};
pub use require_scope::{RequireScope, RequireScopeLayer, require_scope};
pub use valid_token::{PresentedFrom, ValidToken};
pub use validator::{Unavailable, Validator, Way};
pub use verifier::{AccessTokenVerifier, BadKeys};

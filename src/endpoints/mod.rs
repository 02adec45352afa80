//! What machines call: one file per endpoint, and the table of who may call which.

mod cors;
mod discovery;
mod health;
mod introspection;
mod jwks;
mod revocation;
mod token;

pub use introspection::{HIDDEN, UNKNOWN};

use axum::{
    Router,
    http::Method,
    routing::{MethodRouter, get, post},
};

use crate::{
    app::App,
    error::{Code, Error},
};

/// Who may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Whoever reaches the listener.
    Anyone,
    /// A client that authenticates as it registered to, public ones included.
    Client,
    /// A client that proved who it is.
    ConfidentialClient,
}

/// Where in the address an endpoint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Under the path of the issuer.
    Issuer,
    /// At the root of the host, whatever the issuer's path.
    Root,
    /// At the root, with the issuer's path behind it (RFC 8414 §3.1).
    WellKnown,
}

/// One endpoint. A route that does not stand in [`ENDPOINTS`] does not exist.
pub struct Endpoint {
    /// Its path.
    pub path: &'static str,
    /// Where the path begins.
    pub place: Place,
    /// The one method it takes.
    pub method: Method,
    /// Who may call it.
    pub caller: Caller,
    /// Whether pages of registered origins may read its answers.
    pub cross_origin: bool,
    handler: fn() -> MethodRouter<App>,
}

/// Every endpoint.
pub static ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/token",
        place: Place::Issuer,
        method: Method::POST,
        caller: Caller::Client,
        cross_origin: true,
        handler: || post(token::post),
    },
    Endpoint {
        path: "/introspect",
        place: Place::Issuer,
        method: Method::POST,
        caller: Caller::ConfidentialClient,
        cross_origin: false,
        handler: || post(introspection::post),
    },
    Endpoint {
        path: "/revoke",
        place: Place::Issuer,
        method: Method::POST,
        caller: Caller::Client,
        cross_origin: true,
        handler: || post(revocation::post),
    },
    Endpoint {
        path: "/jwks.json",
        place: Place::Issuer,
        method: Method::GET,
        caller: Caller::Anyone,
        cross_origin: true,
        handler: || get(jwks::get),
    },
    Endpoint {
        path: "/.well-known/openid-configuration",
        place: Place::Issuer,
        method: Method::GET,
        caller: Caller::Anyone,
        cross_origin: true,
        handler: || get(discovery::get),
    },
    Endpoint {
        path: "/.well-known/oauth-authorization-server",
        place: Place::WellKnown,
        method: Method::GET,
        caller: Caller::Anyone,
        cross_origin: true,
        handler: || get(discovery::get),
    },
    Endpoint {
        path: "/healthz",
        place: Place::Root,
        method: Method::GET,
        caller: Caller::Anyone,
        cross_origin: false,
        handler: || get(health::alive),
    },
    Endpoint {
        path: "/readyz",
        place: Place::Root,
        method: Method::GET,
        caller: Caller::Anyone,
        cross_origin: false,
        handler: || get(health::ready),
    },
];

/// The routes of this room.
pub fn router(app: &App) -> Router<App> {
    ENDPOINTS.iter().fold(Router::new(), |router, endpoint| {
        let handler = (endpoint.handler)().fallback(wrong_method);
        let handler = if endpoint.cross_origin { handler.layer(cors::layer(app)) } else { handler };
        router.route(&endpoint.full_path(app.issuer.path()), handler)
    })
}

impl Endpoint {
    /// The path on the host, where the issuer's path is `issuer_path`.
    #[must_use]
    pub fn full_path(&self, issuer_path: &str) -> String {
        match self.place {
            Place::Issuer => format!("{issuer_path}{}", self.path),
            Place::Root => self.path.to_owned(),
            Place::WellKnown => format!("{}{issuer_path}", self.path),
        }
    }
}

async fn wrong_method() -> Error {
    Error::new(Code::MethodNotAllowed, "This endpoint takes another method.")
}

//! What machines call: one file per endpoint, and in `table` who may call which.

mod authenticate;
mod cors;
mod discovery;
mod health;
mod introspection;
mod jwks;
mod openapi;
mod revocation;
mod table;
mod token;
mod typed_tokens;
mod userinfo;
mod whoami;

pub use introspection::{HIDDEN, UNKNOWN};
pub use table::ENDPOINTS;

pub use crate::grants::Grants;

use std::collections::HashSet;

use axum::{
    Extension, Router,
    http::Method,
    routing::{MethodRouter, any},
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
    /// Whoever bears an access token for this server, with the scope for what it asks.
    Bearer,
    /// The same, or a person, for what is their own.
    BearerOrPerson,
    /// A person who proves who they are.
    Person,
}

/// How an endpoint shows what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// As OAuth does (RFC 6749 §5.2).
    OAuth,
    /// As a problem (RFC 9457).
    Problem,
}

/// Where in the address an endpoint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// The methods it takes; [`ANY`] for all that there are.
    pub methods: &'static [Method],
    /// Who may call it.
    pub caller: Caller,
    /// Whether pages of registered origins may read its answers.
    pub cross_origin: bool,
    /// How it shows what went wrong.
    pub face: Face,
    is_there: fn(&App) -> bool,
    handler: fn() -> MethodRouter<App>,
}

/// Whatever the method is, also one that nobody has heard of.
pub const ANY: &[Method] = &[];

/// The routes of this room.
pub fn router(app: &App, grants: Grants) -> Router<App> {
    let mut routes = Router::new();
    let there = ENDPOINTS.iter().filter(|endpoint| (endpoint.is_there)(app));
    let mut paths = HashSet::new();
    for endpoint in there {
        // Of several at one path, the first says what becomes of methods that none of them takes.
        let is_first = paths.insert((endpoint.place, endpoint.path));
        let handler = if endpoint.needs_store() && app.store.is_disabled() {
            any(store_disabled)
        } else if endpoint.methods == ANY || !is_first {
            (endpoint.handler)()
        } else {
            (endpoint.handler)().fallback(wrong_method)
        };
        let handler = if endpoint.cross_origin {
            handler.layer(cors::layer(app, endpoint.methods))
        } else {
            handler
        };
        routes = routes.route(&endpoint.full_path(app.issuer.path()), handler);
    }
    let routes = if app.store.is_disabled() { shut_below(routes, app) } else { routes };
    routes.layer(Extension(grants))
}

impl Endpoint {
    /// Whether it can do nothing without a store: our own API is about entries, and every answer of
    /// it comes out of one.
    fn needs_store(&self) -> bool {
        self.face == Face::Problem
    }

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

/// Says of all below our own API what is said of it, whether or not there is an endpoint: nobody
/// shall take a switched off store for a wrong path.
fn shut_below(routes: Router<App>, app: &App) -> Router<App> {
    let tokens = format!("{}/tokens/", app.issuer.path());
    routes
        .route(&tokens, any(store_disabled))
        .route(&format!("{tokens}{{*rest}}"), any(store_disabled))
}

/// Whether errors at `path` are shown as problems, whatever brings them about.
#[must_use]
pub fn shows_problems(issuer_path: &str, path: &str) -> bool {
    let mut shown = ENDPOINTS.iter().filter(|endpoint| endpoint.face == Face::Problem);
    shown.any(|endpoint| {
        let rest = path.strip_prefix(&endpoint.full_path(issuer_path));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Whoever calls, whatever they send: nothing of it could be looked at.
async fn store_disabled() -> Error {
    Error::store_disabled()
}

async fn wrong_method() -> Error {
    Error::new(Code::MethodNotAllowed, "This endpoint takes another method.")
}

#[cfg(test)]
mod tests;

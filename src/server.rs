//! Merges the rooms' routers, wraps them in what every request needs, and serves them.

mod admission;
mod connection;
mod impatient;
mod layers;
mod listener;
mod metrics_page;
mod tls;
mod trace;

use axum::Router;

use crate::{
    app::App,
    endpoints::{self, Grants},
    pages::{self, Door},
};

pub use admission::Peer;
pub use listener::{Limits, Listening, most_connections, serve};
pub use metrics_page::{METRICS, Metric, MetricKind, MetricsPage, metrics_table};
pub use tls::{Certificate, LOOK_EVERY, Tls, TlsFault};

/// Every route of the server.
pub fn router(app: App) -> Router {
    let grants = if app.store.is_disabled() { Grants::WITHOUT_STORE } else { Grants::default() };
    router_with(app, grants)
}

/// Every route of a server that serves these grants.
pub fn router_with(app: App, grants: Grants) -> Router {
    let has_console = app.config().admin.listen.is_some();
    let door = if has_console { Door::Public } else { Door::Whole };
    let pages = pages::router(&app, door);
    let routes = endpoints::router(&app, grants).merge(pages).fallback(pages::not_found);
    layers::wrap(routes, &app).with_state(app)
}

/// Every page and no endpoint: what the listener of operators serves where there is one.
pub fn console_router(app: App) -> Router {
    let routes = pages::router(&app, Door::Whole).fallback(pages::not_found);
    layers::wrap(routes, &app).with_state(app)
}

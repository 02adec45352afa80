//! Which pages may read our answers (the Fetch standard's CORS protocol).

use axum::http::{HeaderValue, Method, header, request};
use tower_http::cors::{AllowMethods, AllowOrigin, CorsLayer};

use crate::app::App;

/// Lets the pages of origins that an active client registered read what they ask for by one of
/// these `methods`. Credentials of the browser are never part of it.
pub(super) fn layer(app: &App, methods: &'static [Method]) -> CorsLayer {
    let app = app.clone();
    let is_registered = move |origin: HeaderValue, _: &request::Parts| {
        let app = app.clone();
        async move { is_registered(&app, &origin).await }
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::async_predicate(is_registered))
        .allow_methods(AllowMethods::list(methods.iter().cloned()))
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .max_age(std::time::Duration::from_mins(10))
}

/// Whether a client registered the origin, byte for byte. A store that cannot say so says no.
async fn is_registered(app: &App, origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    app.store.cors_origins().await.is_ok_and(|registered| registered.contains(origin))
}

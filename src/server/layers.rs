//! What every request passes through on its way in and out.

use std::{any::Any, time::Instant};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use metrics::{counter, histogram};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

use crate::{
    app::{App, RequestId},
    endpoints,
    error::{Code, Error, show_as_problem},
    model::id::uuid_v7,
};

use super::{
    admission::{admit, find_caller},
    trace::{self, RequestSpan},
};

/// The longest address, in bytes.
const URI_LIMIT: usize = 16 * 1024;

/// What an answer that is no page may load and do: nothing.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; object-src 'none'";

/// The path of introspection, whose latency the overview shows.
const INTROSPECTION: &str = "/introspect";

/// One year, in seconds: how long browsers remember to come by https only.
const HSTS: &str = "max-age=31536000";

/// Puts the layers around `routes`, the outermost last.
pub(super) fn wrap(routes: Router<App>, app: &App) -> Router<App> {
    routes
        .layer(middleware::from_fn(outlive_the_caller))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(limit_uri))
        .layer(middleware::from_fn_with_state(app.clone(), admit))
        .layer(middleware::from_fn_with_state(app.clone(), show_problems))
        .layer(middleware::from_fn_with_state(app.clone(), harden))
        .layer(middleware::from_fn_with_state(app.clone(), observe))
}

/// Gives the request its id and finds out who calls, and tells log, metrics and traces how it went.
/// The address is logged without its query, which may carry what somebody mistyped.
async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = RequestId::new(uuid_v7(app.now(), &app.random));
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| "unmatched".to_owned());
    let method = request.method().clone();
    request.extensions_mut().insert(id.clone());
    let from = find_caller(&app, &mut request);
    // An error, so that it is there whatever the level: an event without it cannot be traced back.
    let span =
        tracing::error_span!("request", request.id = %id, %method, route, client.address = %from);
    let trace = trace::of_request(&request, (&id, &route));
    request.extensions_mut().insert(RequestSpan(trace.clone()));

    let started = Instant::now();
    let answer = next.run(request).instrument(span.clone());
    let mut response = answer.instrument(trace.clone()).await;

    let status = response.status();
    let took = started.elapsed();
    let seconds = took.as_secs_f64();
    count(&route, status, seconds);
    app.tally.note_request();
    if status.is_success() && route.strip_prefix(app.issuer.path()) == Some(INTROSPECTION) {
        app.tally.note_introspection(took);
    }
    trace.record("http.response.status_code", status.as_u16());
    let error = response.extensions().get::<Error>().map(|error| error.code.as_str());
    span.in_scope(|| log_answer(status, seconds, error));
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

fn count(route: &str, status: StatusCode, seconds: f64) {
    let labels = [("route", route.to_owned()), ("status", status.as_str().to_owned())];
    counter!("tessera_requests_total", &labels).increment(1);
    histogram!("tessera_request_duration_seconds", "route" => route.to_owned()).record(seconds);
}

fn log_answer(status: StatusCode, seconds: f64, error: Option<&'static str>) {
    let status = status.as_u16();
    tracing::debug!(
        event = "request.answered",
        status,
        seconds,
        error.code = error,
        "answered {status} in {seconds:.6} s"
    );
}

/// Adds the headers that no answer may lack; what a handler set stays.
async fn harden(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let defaults = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    ];
    for (name, value) in defaults {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if app.is_stopping() {
        // Whoever keeps a connection open asks somebody else the next time.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if app.issuer.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    response
}

/// Answers in a task of its own: a caller who hangs up leaves nothing half done, and no connection
/// to the store in the middle of a statement.
async fn outlive_the_caller(request: Request, next: Next) -> Response {
    let RequestSpan(trace) = request.extensions().get().cloned().unwrap_or_default();
    // Both spans go along: the log's own, and that of the traces.
    match tokio::spawn(next.run(request).in_current_span().instrument(trace)).await {
        Ok(response) => response,
        Err(broken) => match broken.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(cancelled) => Error::internal(cancelled).into_response(),
        },
    }
}

/// Gives errors of our own API their face, those of the layers within too.
async fn show_problems(State(app): State<App>, request: Request, next: Next) -> Response {
    let shows = endpoints::shows_problems(app.issuer.path(), request.uri().path());
    let response = next.run(request).await;
    if shows { show_as_problem(response) } else { response }
}

async fn limit_uri(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let length = uri.path_and_query().map_or(0, |path| path.as_str().len());
    if length > URI_LIMIT {
        return Error::new(Code::UriTooLong, "The address is too long.").into_response();
    }
    next.run(request).await
}

/// A panic is a fault of ours: counted, logged, and answered without its text.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands over the box")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    counter!("tessera_panics_total").increment(1);
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without text");
    tracing::error!(event = "request.panicked", panic = text, "a request panicked: {text}");
    let error = Error::new(Code::ServerError, "The server met an unexpected condition.");
    debug_assert_eq!(error.code.status(), StatusCode::INTERNAL_SERVER_ERROR);
    error.into_response()
}

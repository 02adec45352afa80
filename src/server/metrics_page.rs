//! What the server counts and measures, for Prometheus, on an address of its own.

use std::time::Duration;

use axum::{Router, http::header, response::IntoResponse, routing::get};
use metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::{
    app::App,
    model::{signature_algorithm::SignatureAlgorithm, signing_key::SigningKeyState},
};

/// The upper ends of the duration buckets, in seconds.
const BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// How often measurements are folded into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// Every metric, for the page and for docs/metrics.md.
pub const METRICS: &[(&str, &str)] = &[
    ("tessera_requests_total", "Requests answered, by route and status."),
    ("tessera_request_duration_seconds", "How long requests took, by route."),
    ("tessera_tokens_issued_total", "Tokens issued, by grant type."),
    ("tessera_tokens_revoked_total", "Tokens revoked by their clients."),
    ("tessera_introspections_total", "Introspections answered, by whether the token was active."),
    ("tessera_connections_refused_total", "Connections closed at once because too many were open."),
    (
        "tessera_reload_successful",
        "1 if the settings were taken when they were last reloaded, else 0.",
    ),
    ("tessera_plain_requests_refused_total", "Requests by plain HTTP from no trusted proxy."),
    (
        "tessera_forwarded_headers_ignored_total",
        "Requests whose word of the caller's address came from no trusted proxy.",
    ),
    ("tessera_tls_handshakes_failed_total", "TLS handshakes that came to nothing."),
    (
        "tessera_tls_certificate_expiry_timestamp_seconds",
        "When the certificate in force ends, in seconds since 1970.",
    ),
    ("tessera_panics_total", "Requests that met a fault of ours."),
    ("tessera_sweep_rows_total", "Ended rows that the sweep deleted."),
    ("tessera_sweep_lag_seconds", "How long the longest overdue row has been overdue."),
    ("tessera_cache_lookups_total", "Looks into the cache, by kind and whether it answered."),
    ("tessera_cache_lease", "1 while answers may come from the cache, else 0."),
    ("tessera_confirmations_missed_total", "Changes that another node did not confirm in time."),
    ("tessera_signing_key_age_seconds", "How long the key that signs has signed, by algorithm."),
    (
        "tessera_signing_key_next_rotation_seconds",
        "In how long another key takes over, by algorithm; below 0 it is overdue.",
    ),
    ("tessera_store_connections", "Open connections to the store."),
    ("tessera_store_idle_connections", "Open connections to the store that wait for work."),
];

/// Collects the metrics of this process.
#[derive(Clone)]
pub struct MetricsPage(PrometheusHandle);

impl MetricsPage {
    /// Makes this process collect metrics. Once a process.
    ///
    /// # Errors
    ///
    /// If another collector is installed already.
    pub fn install() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let handle = PrometheusBuilder::new().set_buckets(BUCKETS)?.install_recorder()?;
        describe();
        Ok(Self(handle))
    }

    /// Folds what was measured into its buckets, again and again, until it is dropped. Between two
    /// foldings every measurement is kept; without them they would pile up where nobody reads.
    pub async fn keep_up(self) {
        loop {
            tokio::time::sleep(UPKEEP).await;
            self.0.run_upkeep();
        }
    }

    /// The router of the metrics address.
    pub fn router(self, app: App) -> Router {
        Router::new().route("/metrics", get(move || async move { self.render(&app) }))
    }

    fn render(&self, app: &App) -> impl IntoResponse + use<> {
        let (open, idle) = app.store.connections();
        tell_key_ages(app);
        gauge!("tessera_cache_lease").set(f64::from(app.store.answers_from_cache()));
        gauge!("tessera_store_connections").set(f64::from(open));
        gauge!("tessera_store_idle_connections")
            .set(u32::try_from(idle).map_or(f64::INFINITY, f64::from));
        self.0.run_upkeep();
        let plain = "text/plain; version=0.0.4; charset=utf-8";
        ([(header::CONTENT_TYPE, plain)], self.0.render())
    }
}

/// Says of each algorithm how old its key is and when the next takes over: +Inf where none is in
/// sight, since no rotation is set or no key is there.
fn tell_key_ages(app: &App) {
    let keys = app.tokens.keys().keys();
    let (now, rotation) = (app.now(), app.config().keys.rotation);
    for algorithm in SignatureAlgorithm::ALL {
        let began = |state| {
            let found = keys.iter().find(|key| key.algorithm == *algorithm && key.state == state);
            found.map(|key| key.signs_from)
        };
        let active = began(SigningKeyState::Active);
        let staged = began(SigningKeyState::Staged);
        let next = active.and_then(|active| rotation.takes_over_at(active, staged));
        let age = active.map_or(0.0, |active| now.since(active).as_secs_f64());
        let ahead = next.map_or(f64::INFINITY, |next| {
            next.since(now).as_secs_f64() - now.since(next).as_secs_f64()
        });
        let name = algorithm.as_str();
        gauge!("tessera_signing_key_age_seconds", "algorithm" => name).set(age);
        gauge!("tessera_signing_key_next_rotation_seconds", "algorithm" => name).set(ahead);
    }
}

/// Tells the collector what each metric means.
fn describe() {
    for (name, meaning) in METRICS {
        match *name {
            name if name.ends_with("_duration_seconds") => describe_histogram!(name, *meaning),
            name if name.ends_with("_total") => describe_counter!(name, *meaning),
            name => describe_gauge!(name, *meaning),
        }
    }
}

//! What the server counts and measures, for Prometheus, on an address of its own.

mod labels;
mod metric;
mod process;
mod table;
mod waiting;

use std::time::Duration;

use axum::{Router, http::header, response::IntoResponse, routing::get};
use metrics::{
    Label, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use crate::{
    app::App,
    model::{
        signature_algorithm::SignatureAlgorithm, signing_key::SigningKeyState, timestamp::Timestamp,
    },
};

pub use metric::{Metric, MetricKind, metrics_table};
pub use table::METRICS;

/// The upper ends of the duration buckets, in seconds.
const DURATIONS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// The upper ends of the group size buckets, up to the largest group.
const SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// How often measurements are folded into their buckets.
const UPKEEP: Duration = Duration::from_secs(1);

/// Collects the metrics of this process.
#[derive(Clone)]
pub struct MetricsPage(PrometheusHandle);

impl MetricsPage {
    /// Makes this process collect metrics, from before the store is opened: who counts often keeps
    /// its counters at hand. Once a process.
    ///
    /// # Errors
    ///
    /// If another collector is installed already.
    pub fn install(started: Timestamp) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let (recorder, page) = Self::build()?;
        metrics::set_global_recorder(recorder)?;
        page.begin(started);
        Ok(page)
    }

    /// A collector that is not installed, and its page. [`MetricsPage::begin`] once it is.
    ///
    /// # Errors
    ///
    /// If the buckets are none.
    pub fn build() -> Result<(PrometheusRecorder, Self), BuildError> {
        let size = |name: &str| Matcher::Full(name.to_owned());
        let recorder = PrometheusBuilder::new()
            .set_buckets(DURATIONS)?
            .set_buckets_for_metric(size("tessera_write_group_size"), SIZES)?
            .set_buckets_for_metric(size("tessera_read_group_size"), SIZES)?
            .build_recorder();
        let page = Self(recorder.handle());
        Ok((recorder, page))
    }

    /// Tells the collector what each metric means, and begins those at zero that count: what has
    /// not happened yet is a fact, and its first time must be seen as a growth.
    pub fn begin(&self, started: Timestamp) {
        for metric in METRICS.iter().filter(|metric| metric.name.starts_with("tessera_")) {
            metric.begin();
        }
        gauge!("tessera_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        // Those of the start were taken.
        gauge!("tessera_reload_successful").set(1.0);
        let name = "process_start_time_seconds";
        describe_gauge!(name, "When the server started.");
        gauge!("process_start_time_seconds").set(started.exact_seconds());
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
        Router::new().route("/metrics", get(move || async move { self.answer(&app) }))
    }

    fn answer(&self, app: &App) -> impl IntoResponse + use<> {
        let plain = "text/plain; version=0.0.4; charset=utf-8";
        ([(header::CONTENT_TYPE, plain)], self.render(app))
    }

    /// The page, with what is looked at only when it is asked for.
    #[must_use]
    pub fn render(&self, app: &App) -> String {
        look(app);
        tell_key_ages(app);
        self.0.run_upkeep();
        let mut page = self.0.render();
        page.push_str(&process::lines());
        page
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

impl Metric {
    fn begin(&self) {
        let Self { name, meaning, .. } = *self;
        let sets = self.label_sets().into_iter();
        let sets = sets.map(|set| -> Vec<_> { set.iter().map(Label::from).collect() });
        match self.kind {
            MetricKind::Counter => {
                describe_counter!(name, meaning);
                sets.for_each(|set| counter!(name, set).increment(0));
            }
            MetricKind::Histogram => {
                describe_histogram!(name, meaning);
                sets.for_each(|set| drop(histogram!(name, set)));
            }
            // One that nobody has set is not there, rather than wrong.
            MetricKind::Gauge => describe_gauge!(name, meaning),
        }
    }
}

/// Sets what is looked at rather than counted.
fn look(app: &App) {
    let store = &app.store;
    let (open, idle) = store.connections();
    gauge!("tessera_cache_lease").set(f64::from(store.answers_from_cache()));
    gauge!("tessera_store_connections").set(f64::from(open));
    gauge!("tessera_store_idle_connections").set(count(idle));
    let (tokens, clients) = store.kept();
    gauge!("tessera_cache_entries", "kind" => "token").set(count(tokens));
    gauge!("tessera_cache_entries", "kind" => "client").set(count(clients));
    let (writes, looks) = (store.write_queue(), store.read_queue());
    gauge!("tessera_write_queue_length").set(count(writes.length));
    gauge!("tessera_write_queue_limit").set(count(writes.limit));
    gauge!("tessera_read_queue_length").set(count(looks.length));
    gauge!("tessera_read_queue_limit").set(count(looks.limit));
    let waiting = store.waiting_tokens();
    gauge!("tessera_persistence_queue_length").set(count(waiting.length));
    gauge!("tessera_persistence_queue_limit").set(count(waiting.limit));
    gauge!("tessera_persistence_queue_age_seconds").set(store.oldest_waiting().as_secs_f64());
    let (hashing, most) = app.hasher.queue();
    gauge!("tessera_hashing_queue_length").set(count(hashing));
    gauge!("tessera_hashing_queue_limit").set(count(most));
    if let Some(bytes) = app.disk_free() {
        gauge!("tessera_store_disk_free_bytes").set(count(bytes));
    }
}

/// As a number of Prometheus; exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "what is that large need not be exact")]
fn count(number: impl TryInto<u64>) -> f64 {
    number.try_into().map_or(f64::INFINITY, |number| number as f64)
}

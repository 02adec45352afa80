//! The page itself: whole, and without anybody's name on it.

use std::collections::BTreeSet;

use tessera::{
    jobs,
    server::{METRICS, Metric},
};

use crate::common::{Engine, Measured, TestServer, measured::Page, on_each_engine};

on_each_engine!(
    every_metric_is_on_the_page_as_the_table_says,
    no_label_holds_what_somebody_sent,
    what_has_not_happened_yet_is_counted_as_nothing,
);

/// Not measured where the other engine is.
const SQLITE_ONLY: &[&str] = &["tessera_store_disk_free_bytes"];

/// Not measured where nobody speaks TLS.
const TLS_ONLY: &[&str] = &["tessera_tls_certificate_expiry_timestamp_seconds"];

/// Begins with the first request of their kind.
const LATER: &[&str] =
    &["tessera_requests_total", "tessera_request_duration_seconds", "tessera_tokens_issued_total"];

/// A run through all that machines may ask, with proofs that hold and others.
async fn run_through(server: &TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    for presented in [token.as_str(), "unknown"] {
        server.introspect(&client, presented).await;
        server.post("/revoke", &client, &format!("token={presented}")).await;
        server.introspect(&client, presented).await;
    }
    server.post_form("/token", "grant_type=client_credentials&client_id=nobody").await;
    server.post("/token", &client, "grant_type=hunter2").await;
    server.post("/wherever/hunter2", &client, "").await;
    server.get("/.well-known/oauth-authorization-server", &[]).await;
    jobs::sweep::run(&server.app).await;
    jobs::vitals::run(&server.app).await;
}

fn metric(name: &str) -> &'static Metric {
    METRICS.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("{name}: unknown"))
}

async fn every_metric_is_on_the_page_as_the_table_says(server: TestServer) {
    let measured = Measured::begin(server.now());
    let engine = server.database().engine;
    let server = server.restarted(|_| {}).await;

    run_through(&server).await;
    let page = measured.page(&server.app);

    let expected = METRICS.iter().map(|metric| metric.name);
    let expected: BTreeSet<_> = expected
        .filter(|name| engine == Engine::Sqlite || !SQLITE_ONLY.contains(name))
        .filter(|name| !TLS_ONLY.contains(name))
        .collect();
    assert_eq!(page.kinds.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    for (name, kind) in &page.kinds {
        assert_eq!(kind, metric(name).kind.as_str(), "{name}");
        let has_series = page.series.iter().any(|series| series.metric(&page) == name);
        assert!(has_series, "{name} has a type and no value");
    }
    assert_labels_are_those_of_the_table(&page);
}

fn assert_labels_are_those_of_the_table(page: &Page) {
    for series in &page.series {
        let metric = metric(series.metric(page));
        let names: BTreeSet<_> = series.labels.keys().map(String::as_str).collect();
        let known: BTreeSet<_> = metric.labels.iter().map(|label| label.name).collect();
        assert_eq!(&names - &BTreeSet::from(["le"]), known, "{series:?}");
        for label in metric.labels {
            let values = (label.values)();
            let value = series.labels[label.name].as_str();
            assert!(values.is_empty() || values.contains(&value), "{series:?}");
        }
    }
    let mut keys: Vec<_> = page.series.iter().map(|s| (&s.name, &s.labels)).collect();
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count, "a series stands on the page twice");
}

async fn no_label_holds_what_somebody_sent(server: TestServer) {
    let measured = Measured::begin(server.now());
    let server = server.restarted(|_| {}).await;

    run_through(&server).await;
    let text = measured.text(&server.app);

    for sent in ["mailer", "nobody", "hunter2", "127.0.0.1", "wherever", "id.example"] {
        assert!(!text.contains(sent), "{sent} in {text}");
    }
}

async fn what_has_not_happened_yet_is_counted_as_nothing(server: TestServer) {
    let measured = Measured::begin(server.now());
    let server = server.restarted(|_| {}).await;

    let page = measured.page(&server.app);

    for metric in METRICS.iter().filter(|metric| metric.name.starts_with("tessera_")) {
        if metric.kind.as_str() == "gauge" || LATER.contains(&metric.name) {
            continue;
        }
        let series = page.series.iter().filter(|series| series.metric(&page) == metric.name);
        let sets: BTreeSet<Vec<_>> = series
            .map(|series| series.labels.iter().filter(|(name, _)| *name != "le").collect())
            .collect();
        assert_eq!(sets.len(), metric.label_sets().len(), "{}", metric.name);
    }
    let panics = measured.value(&server.app, "tessera_panics_total");
    let of_build = format!("tessera_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    assert_eq!((panics, measured.value(&server.app, &of_build)), (0, 1));
}

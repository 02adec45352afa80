//! Metrics: what there is, and that the documents say so.

use std::fs;

use tessera::server::METRICS;

#[test]
fn every_metric_is_documented() {
    let page = fs::read_to_string("docs/metrics.md").unwrap();

    for (name, meaning) in METRICS {
        let row = page.lines().find(|line| line.contains(&format!("`{name}`")));
        let meaning = meaning.trim_end_matches('.');
        assert!(row.is_some_and(|row| row.contains(meaning)), "{name}: {meaning}");
    }
    let documented = page.matches("| `tessera_").count();
    assert_eq!(documented, METRICS.len(), "docs/metrics.md names a metric that there is not");
}

//! Metrics: what there is, and that the documents say so.

use std::fs;

use tessera::server::METRICS;

use crate::common::{Engine, TestDatabase, process::Program};

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

#[tokio::test]
async fn the_ages_of_keys_are_told() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let program = Program::on(&database).set("TESSERA_METRICS__LISTEN", "127.0.0.1:0");
    program.add_machine("mailer");
    let ago = "UPDATE signing_keys SET activate_at = activate_at - 3600000";
    database.execute(ago).await;

    let page = program.serve().await.metrics().await;

    let value = |name: &str, algorithm: &str| {
        let series = format!("{name}{{algorithm=\"{algorithm}\"}} ");
        let line = page.lines().find_map(|line| line.strip_prefix(&series));
        line.unwrap_or_else(|| panic!("{page}")).parse::<f64>().unwrap()
    };
    let age = value("tessera_signing_key_age_seconds", "ES256");
    let next = value("tessera_signing_key_next_rotation_seconds", "ES256");
    assert!((3600.0..3700.0).contains(&age), "{age}");
    assert!((age + next - 90.0 * 86_400.0).abs() < 1.0, "{age} {next}");
    assert!(value("tessera_signing_key_next_rotation_seconds", "EdDSA").is_infinite());
    database.remove().await;
}

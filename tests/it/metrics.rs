//! Metrics: what there is, and that the documents say so.

mod counts;
mod memory;
mod page;
mod vitals;

use std::{collections::BTreeSet, fs, path::PathBuf};

use tessera::server::{METRICS, metrics_table};

use crate::common::{Engine, TestDatabase, process::Program};

#[test]
fn the_documentation_lists_every_metric() {
    let page = fs::read_to_string("docs/metrics.md").unwrap();
    let table = metrics_table();

    assert!(page.contains(&table), "write this into docs/metrics.md:\n{table}");
}

#[test]
fn every_metric_in_the_source_stands_in_the_table_and_the_reverse() {
    let named: BTreeSet<_> = METRICS.iter().map(|metric| metric.name.to_owned()).collect();

    let emitted: BTreeSet<_> = sources().iter().flat_map(|source| metric_names(source)).collect();

    assert_eq!(named.len(), METRICS.len(), "one stands in the table twice");
    assert_eq!(emitted, named);
}

#[test]
fn every_name_tells_its_kind_and_its_unit() {
    for metric in METRICS {
        let is_total = metric.name.ends_with("_total");
        assert_eq!(is_total, metric.kind.as_str() == "counter", "{}", metric.name);
        let milliseconds = metric.name.contains("_ms") || metric.name.contains("milli");
        assert!(!milliseconds, "{}: Prometheus counts in seconds", metric.name);
        for text in [metric.meaning, metric.watch] {
            assert!(text.ends_with('.') && !text.contains('|'), "{}: {text}", metric.name);
        }
    }
}

/// Every file of the program but the table itself.
fn sources() -> Vec<String> {
    let mut folders = vec![PathBuf::from("src")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("metrics_page/table") || path.ends_with("metrics_page/table.rs") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

/// The names that macros are given; those of the process are written as text.
fn metric_names(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap();
    let named = ["counter!(", "gauge!(", "histogram!("].iter().flat_map(|call| {
        let calls = code.split(call).skip(1);
        calls.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
    });
    let of_process = code.split('"').skip(1).step_by(2).filter(|text| text.starts_with("process_"));
    named.chain(of_process).map(str::to_owned).collect()
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

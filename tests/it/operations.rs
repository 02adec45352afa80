//! What operators import: rules and a dashboard that name only what there is, and a page that
//! explains each.

use std::{collections::BTreeSet, fs};

use serde_json::Value;
use tessera::server::{METRICS, MetricKind};
use yaml_rust2::{Yaml, YamlLoader};

/// What Prometheus itself measures.
const PROMETHEUS: &[&str] = &["up"];

fn rules() -> Vec<Yaml> {
    let text = fs::read_to_string("docs/operations/alerts.yaml").unwrap();
    let documents = YamlLoader::load_from_str(&text).unwrap();
    let groups = documents[0]["groups"].as_vec().unwrap();
    groups.iter().flat_map(|group| group["rules"].as_vec().unwrap().clone()).collect()
}

fn dashboard() -> Value {
    let text = fs::read_to_string("docs/operations/grafana-dashboard.json").unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The metrics that an expression names. Labels stand in braces and brackets of `by (…)`, and so
/// do not begin as metrics do.
fn metrics_in(expression: &str) -> BTreeSet<&str> {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let words = expression.split(|character| !is_word(character));
    let is_metric = |word: &&str| {
        ["tessera_", "process_"].iter().any(|prefix| word.starts_with(prefix))
            || PROMETHEUS.contains(word)
    };
    words.filter(is_metric).map(base).collect()
}

/// The metric that a series belongs to.
fn base(series: &str) -> &str {
    let histograms = METRICS.iter().filter(|metric| metric.kind == MetricKind::Histogram);
    let mut names = histograms.map(|metric| metric.name);
    let found = names.find(|name| {
        let part = series.strip_prefix(name).unwrap_or_default();
        ["_bucket", "_sum", "_count"].contains(&part)
    });
    found.unwrap_or(series)
}

fn assert_known(expression: &str) {
    for name in metrics_in(expression) {
        let is_known = METRICS.iter().any(|metric| metric.name == name);
        assert!(is_known || PROMETHEUS.contains(&name), "there is no {name}: {expression}");
    }
    let is_left_open = expression.matches('(').count() != expression.matches(')').count();
    assert!(!is_left_open, "{expression}");
}

#[test]
fn every_rule_names_metrics_that_there_are() {
    let rules = rules();

    assert!(rules.len() > 15);
    for rule in &rules {
        let expression = rule["expr"].as_str().unwrap();
        assert!(!metrics_in(expression).is_empty(), "{expression}");
        assert_known(expression);
    }
}

#[test]
fn every_alert_is_explained_and_the_reverse() {
    let page = fs::read_to_string("docs/operations/monitoring.md").unwrap();
    let explained: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let rules = rules();

    let alerts: Vec<_> = rules.iter().map(|rule| rule["alert"].as_str().unwrap()).collect();

    assert_eq!(alerts, explained);
    for rule in &rules {
        let severity = rule["labels"]["severity"].as_str().unwrap();
        assert!(["warning", "critical"].contains(&severity));
        for text in ["summary", "description"] {
            assert!(rule["annotations"][text].as_str().is_some_and(|text| text.len() > 10));
        }
    }
}

#[test]
fn every_panel_names_metrics_that_there_are_and_its_data_source() {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut shown = BTreeSet::new();

    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap();
            assert_known(expression);
            let names = metrics_in(expression);
            assert!(!names.is_empty(), "{expression}");
            shown.extend(names.into_iter().map(str::to_owned));
        }
    }

    let unseen = METRICS.iter().map(|metric| metric.name).filter(|name| !shown.contains(*name));
    assert_eq!(unseen.collect::<Vec<_>>(), Vec::<&str>::new(), "on no panel");
    let mut ids: Vec<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), panels.len());
}

#[test]
fn the_dashboard_can_be_imported_anywhere() {
    let dashboard = dashboard();

    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let names: Vec<_> =
        variables.iter().map(|variable| variable["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["datasource", "job", "instance"]);
    assert_eq!(variables[0]["type"], "datasource");
    assert!(dashboard["uid"].is_string() && dashboard["schemaVersion"].is_u64());
    assert!(dashboard.get("id").is_none(), "an id belongs to one Grafana");
    for query in variables.iter().skip(1).map(|variable| variable["definition"].as_str().unwrap()) {
        assert_known(query);
    }
}

#[test]
fn metrics_are_found_in_expressions() {
    let expression =
        r#"sum by (le) (rate(tessera_commit_duration_seconds_bucket{job="up_x"}[5m])) / up"#;

    let found = metrics_in(expression);

    assert_eq!(found, BTreeSet::from(["tessera_commit_duration_seconds", "up"]));
}

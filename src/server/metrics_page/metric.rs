//! What a metric is, and how the documents show it.

use std::fmt::Write;

use super::table::METRICS;

/// Something that is counted or measured.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name, as Prometheus reads it.
    pub name: &'static str,
    /// How it behaves.
    pub kind: MetricKind,
    /// Its labels.
    pub labels: &'static [Label],
    /// What it is.
    pub meaning: &'static str,
    /// What to make of it.
    pub watch: &'static str,
}

/// How a metric behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// Grows, until the server starts anew.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by size, in buckets.
    Histogram,
}

/// A label, whose values are few: never what a client or a person sent.
#[derive(Debug)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// Its values. None where they are few for another reason, which [`Label::bound`] says.
    pub values: fn() -> Vec<&'static str>,
    /// What bounds the values, for people.
    pub bound: &'static str,
}

impl MetricKind {
    /// As Prometheus calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
        }
    }
}

impl Metric {
    /// The unit, which a name ends in: seconds, bytes, a count, or none.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        let name = self.name.trim_end_matches("_total");
        match name.rsplit('_').next() {
            Some("seconds") if name.ends_with("_timestamp_seconds") => "seconds since 1970",
            Some("seconds") if name.ends_with("start_time_seconds") => "seconds since 1970",
            Some("seconds") => "seconds",
            Some("bytes") => "bytes",
            Some("info" | "lease" | "ready" | "successful") => "none",
            _ => "count",
        }
    }

    /// Each set of labels that it can have. None at all if some label has values that are not
    /// known beforehand.
    #[must_use]
    pub fn label_sets(&self) -> Vec<Vec<(&'static str, &'static str)>> {
        self.labels.iter().fold(vec![Vec::new()], |sets, label| {
            let values = (label.values)();
            let with = |set: &Vec<_>| -> Vec<Vec<_>> {
                let more = |value| set.iter().copied().chain([(label.name, value)]).collect();
                values.iter().copied().map(more).collect()
            };
            sets.iter().flat_map(with).collect()
        })
    }
}

/// The table in docs/metrics.md.
#[must_use]
pub fn metrics_table() -> String {
    let mut table = String::from(
        "| metric | type, unit | labels | meaning | what to make of it |\n|---|---|---|---|---|\n",
    );
    for Metric { name, kind, labels, meaning, watch } in METRICS {
        let unit = match METRICS.iter().find(|metric| metric.name == *name).map(Metric::unit) {
            None | Some("none") => String::new(),
            Some(unit) => format!(", {unit}"),
        };
        let labels: Vec<_> = labels.iter().map(Label::shown).collect();
        let labels = labels.join("; ");
        let kind = kind.as_str();
        // Writing to a string does not fail.
        let _ = writeln!(table, "| `{name}` | {kind}{unit} | {labels} | {meaning} | {watch} |");
    }
    table
}

impl Label {
    fn shown(&self) -> String {
        let values: Vec<_> = (self.values)().iter().map(|value| format!("`{value}`")).collect();
        let values = if values.is_empty() { self.bound.to_owned() } else { values.join(" ") };
        format!("`{}`: {values}", self.name)
    }
}

pub(super) const fn words(name: &'static str, values: fn() -> Vec<&'static str>) -> Label {
    Label { name, values, bound: "" }
}

pub(super) const fn bounded(name: &'static str, bound: &'static str) -> Label {
    Label { name, values: Vec::new, bound }
}

pub(super) const fn counter(
    name: &'static str,
    labels: &'static [Label],
    meaning: &'static str,
    watch: &'static str,
) -> Metric {
    Metric { name, kind: MetricKind::Counter, labels, meaning, watch }
}

pub(super) const fn gauge(
    name: &'static str,
    labels: &'static [Label],
    meaning: &'static str,
    watch: &'static str,
) -> Metric {
    Metric { name, kind: MetricKind::Gauge, labels, meaning, watch }
}

pub(super) const fn histogram(
    name: &'static str,
    labels: &'static [Label],
    meaning: &'static str,
    watch: &'static str,
) -> Metric {
    Metric { name, kind: MetricKind::Histogram, labels, meaning, watch }
}

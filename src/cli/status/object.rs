//! The same for programs.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    acts::overview::{NodeHealth, NodeState, Overview, ReuseKind, Warning},
    model::timestamp::Timestamp,
};

/// The overview as one object; times in RFC 3339, lengths in milliseconds.
pub(super) fn of(seen: &Overview) -> Value {
    let traffic = seen.strips.iter().map(|strip| {
        let value = json!({"total": strip.total, "points": strip.points});
        (strip.counted.name().to_owned(), value)
    });
    let by_type = seen
        .by_type
        .iter()
        .map(|of| json!({"type": of.name, "active": of.active, "ending_within_1h": of.ending}));
    json!({
        "at": seen.at.rfc3339(),
        "range": seen.range.as_str(),
        "first": seen.first.rfc3339(),
        "seconds_a_point": seen.range.period().seconds(),
        "traffic": traffic.collect::<Map<_, _>>(),
        "introspection_p99_ms": milliseconds(seen.latency.p99),
        "introspection_p99_ms_points":
            seen.latency.points.iter().map(|p99| milliseconds(*p99)).collect::<Vec<_>>(),
        "database_bytes_points": seen.database_bytes,
        "active_points": seen.active,
        "measured": seen.measured.map(|measured| json!({
            "at": measured.at.rfc3339(),
            "database_bytes": measured.database_bytes,
            "entries": measured.entries,
            "active": measured.active,
            "overdue": measured.overdue,
            "due_in_a_day": measured.due_in_a_day,
        })),
        "types": by_type.collect::<Vec<_>>(),
        "just_now": {
            "introspected": seen.just_now.introspected,
            "refused": seen.just_now.refused,
            "introspection_p99_ms": milliseconds(seen.just_now.p99),
        },
        "nodes": seen.nodes.iter().map(node).collect::<Vec<_>>(),
        "swept_at": seen.swept_at.map(Timestamp::rfc3339),
        "swept": seen.swept,
        "warnings": seen.warnings.iter().map(warning).collect::<Vec<_>>(),
    })
}

fn node(node: &NodeState) -> Value {
    let health = match node.health {
        NodeHealth::Healthy => "healthy",
        NodeHealth::Silent => "silent",
        NodeHealth::Ahead(_) => "clock_ahead",
    };
    json!({
        "name": node.name,
        "version": node.version,
        "started_at": node.started_at.rfc3339(),
        "seen_at": node.seen_at.rfc3339(),
        "health": health,
        "figures": node.figures.map(|told| json!({
            "at": told.at.rfc3339(),
            "requests_per_second": told.requests_per_second,
            "introspection_p99_ms": milliseconds(told.introspection_p99()),
            "memory_bytes": told.memory_bytes,
            "store_ms": milliseconds(told.store_latency()),
        })),
    })
}

fn warning(warning: &Warning) -> Value {
    match warning {
        Warning::ChainBroken { at } => json!({"warning": "chain_broken", "at": at.rfc3339()}),
        Warning::Reused { kind, event } => {
            let word = match kind {
                ReuseKind::Refresh => "refresh_reused",
                ReuseKind::Code => "code_reused",
            };
            json!({"warning": word, "at": event.at.rfc3339(), "target": event.target,
                   "actor": event.actor, "detail": event.detail})
        }
        Warning::KeyOverdue { algorithm, since } => {
            let (algorithm, since) = (algorithm.as_str(), since.rfc3339());
            json!({"warning": "key_overdue", "algorithm": algorithm, "since": since})
        }
        Warning::NodeSilent { name, seen_at } => {
            json!({"warning": "node_silent", "node": name, "seen_at": seen_at.rfc3339()})
        }
        Warning::ClockAhead { name, by } => {
            json!({"warning": "clock_ahead", "node": name, "by_ms": milliseconds(Some(*by))})
        }
        Warning::NodesDiffer { keys } => json!({"warning": "nodes_differ", "settings": keys}),
        Warning::SweepLate { swept_at, rows } => {
            let swept_at = swept_at.map(Timestamp::rfc3339);
            json!({"warning": "sweep_late", "swept_at": swept_at, "rows": rows})
        }
        Warning::SecretsEnding { clients } => {
            json!({"warning": "secrets_ending", "clients": clients})
        }
    }
}

/// A length of time in milliseconds, with its parts.
fn milliseconds(length: Option<Duration>) -> Option<f64> {
    length.map(|length| length.as_secs_f64() * 1000.0)
}

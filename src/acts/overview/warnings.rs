//! What somebody should look at.

use std::time::Duration;

use crate::{
    acts::Result,
    app::App,
    model::{
        audit::AuditEvent,
        id::lowest_uuid,
        node_settings::{NodeSettings, differing},
        series::Gauge,
        signature_algorithm::SignatureAlgorithm,
        signing_key::SigningKeyState,
        timestamp::Timestamp,
    },
    store::{AuditPath, EventsWanted, Handle, NodeFacts, SeriesPoint},
};

use super::{
    last,
    nodes::{NodeHealth, NodeState},
};

/// How far back events are told of.
const REACH: Duration = Duration::from_hours(24);

/// At most so many events of a kind are told of.
const MOST: i64 = 5;

/// A key whose turn is over by this much will not be followed by itself.
const LATE: Duration = Duration::from_mins(10);

/// Rows that wait for a sweep that was not done for as long as this, and the time between two
/// sweeps on top, are stuck.
const SWEEP_LATE: Duration = Duration::from_hours(1);

/// What somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// The audit log was found to be tampered with, when it was checked then.
    ChainBroken {
        /// When it was checked.
        at: Timestamp,
    },
    /// What is good once was presented twice, and ended all that came of it.
    Reused {
        /// What it was.
        kind: ReuseKind,
        /// The event of the audit log.
        event: AuditEvent,
    },
    /// A signing key should have been followed by another one.
    KeyOverdue {
        /// What it signs by.
        algorithm: SignatureAlgorithm,
        /// Since when.
        since: Timestamp,
    },
    /// A server is not heard of any more.
    NodeSilent {
        /// The name of its machine.
        name: String,
        /// When it was last heard of, by its own clock.
        seen_at: Timestamp,
    },
    /// The clock of a server is ahead of that of the one that says so.
    ClockAhead {
        /// The name of its machine.
        name: String,
        /// By how much.
        by: Duration,
    },
    /// Not all servers have these settings alike.
    NodesDiffer {
        /// The keys of the settings.
        keys: Vec<String>,
    },
    /// Rows wait to be swept, and nobody sweeps.
    SweepLate {
        /// When the sweep was last done.
        swept_at: Option<Timestamp>,
        /// How many rows wait, counted up to ten thousand.
        rows: i64,
    },
    /// The last secret of so many active clients ends within fourteen days.
    SecretsEnding {
        /// How many clients.
        clients: i64,
    },
}

/// What is good once, and came twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReuseKind {
    /// A refresh token after it was replaced.
    Refresh,
    /// An authorization code.
    Code,
}

/// What warnings are made of.
pub(super) struct Seen<'s> {
    pub(super) now: Timestamp,
    pub(super) latest: &'s [SeriesPoint],
    pub(super) facts: &'s [NodeFacts],
    pub(super) nodes: &'s [NodeState],
    pub(super) swept_at: Option<Timestamp>,
    pub(super) reuses: Vec<Warning>,
}

/// What came twice within a day, the newest of a kind first.
pub(super) async fn reuses(store: &mut Handle, now: Timestamp) -> Result<Vec<Warning>> {
    let kinds =
        [(ReuseKind::Refresh, "family.reuse_detected"), (ReuseKind::Code, "code.reuse_detected")];
    let wanted = EventsWanted {
        above: lowest_uuid(now.minus(REACH)),
        // Clocks of other nodes may be ahead.
        below: lowest_uuid(now.plus(REACH)),
        newest_first: true,
        limit: MOST,
    };
    let mut found = Vec::new();
    for (kind, action) in kinds {
        let events = store.audit_events(&AuditPath::Action(action.to_owned()), &wanted).await?;
        found.extend(events.into_iter().map(|kept| Warning::Reused { kind, event: kept.event }));
    }
    Ok(found)
}

/// All warnings, the worst first.
pub(super) fn all(app: &App, seen: Seen<'_>) -> Vec<Warning> {
    let broken = last(seen.latest, Gauge::ChainBroken).filter(|point| point.value != 0);
    let broken = broken.map(|point| Warning::ChainBroken { at: point.at });
    let mut warnings: Vec<Warning> = broken.into_iter().collect();
    warnings.extend(seen.reuses);
    warnings.extend(overdue_keys(app, seen.now));
    warnings.extend(seen.nodes.iter().filter_map(of_node));
    warnings.extend(differences(seen.facts, seen.nodes));
    let value = |gauge| last(seen.latest, gauge).map_or(0, |point| point.value);
    let rows = value(Gauge::Overdue);
    let patience = app.config().sweep.interval + SWEEP_LATE;
    let is_late = |at: Timestamp| seen.now.since(at) >= patience;
    if rows > 0 && seen.swept_at.is_none_or(is_late) {
        warnings.push(Warning::SweepLate { swept_at: seen.swept_at, rows });
    }
    let clients = value(Gauge::SecretsEnding);
    if clients > 0 {
        warnings.push(Warning::SecretsEnding { clients });
    }
    warnings
}

/// Keys that sign for longer than they should.
fn overdue_keys(app: &App, now: Timestamp) -> Vec<Warning> {
    let keys = app.tokens.keys().keys();
    let rotation = app.config().keys.rotation;
    let overdue = |algorithm: &SignatureAlgorithm| {
        let began = |state| {
            let found = keys.iter().find(|key| key.algorithm == *algorithm && key.state == state);
            found.map(|key| key.signs_from)
        };
        let active = began(SigningKeyState::Active)?;
        let since = rotation.takes_over_at(active, began(SigningKeyState::Staged))?;
        let is_late = now.since(since) >= LATE;
        is_late.then_some(Warning::KeyOverdue { algorithm: *algorithm, since })
    };
    SignatureAlgorithm::ALL.iter().filter_map(overdue).collect()
}

fn of_node(node: &NodeState) -> Option<Warning> {
    let name = node.name.clone();
    match node.health {
        NodeHealth::Healthy => None,
        NodeHealth::Silent => Some(Warning::NodeSilent { name, seen_at: node.seen_at }),
        NodeHealth::Ahead(by) => Some(Warning::ClockAhead { name, by }),
    }
}

/// The settings that those who are there do not have alike.
fn differences(facts: &[NodeFacts], nodes: &[NodeState]) -> Option<Warning> {
    let there = facts.iter().zip(nodes).filter(|(_, node)| node.health != NodeHealth::Silent);
    let told: Vec<_> =
        there.map(|(node, _)| NodeSettings::of(&node.name, node.settings.as_deref())).collect();
    let keys: Vec<_> = differing(&told).into_iter().map(|differing| differing.key).collect();
    (!keys.is_empty()).then_some(Warning::NodesDiffer { keys })
}

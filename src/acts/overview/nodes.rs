//! The servers that share the store, and how they do.

use std::time::Duration;

use crate::{
    acts::Result,
    app::{App, host_name},
    model::{node_figures::NodeFigures, timestamp::Timestamp},
    store::NodeFacts,
};

/// A node that was silent for longer was killed, or its clock is elsewhere.
const SILENCE: Duration = Duration::from_secs(30);

/// A node whose last beat is further ahead than this has another clock.
const AHEAD: Duration = Duration::from_secs(2);

/// A server, and how it does.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeState {
    /// The name of its machine.
    pub name: String,
    /// The version of its program.
    pub version: String,
    /// When it began, by its own clock.
    pub started_at: Timestamp,
    /// When it was last heard of, by its own clock.
    pub seen_at: Timestamp,
    /// Whether it is the one that says so.
    pub is_this: bool,
    /// Whether it is there.
    pub health: NodeHealth,
    /// What it had to do in the last minute; `None` before the first one is over.
    pub figures: Option<NodeFigures>,
}

/// Whether a node is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeHealth {
    /// It was heard of a moment ago.
    Healthy,
    /// It was not: it was killed, or its clock is wrong.
    Silent,
    /// Its clock is ahead of ours by so much.
    Ahead(Duration),
}

/// What the table of nodes says.
pub(super) async fn facts(app: &App) -> Result<Vec<NodeFacts>> {
    if app.store.is_disabled() {
        return Ok(Vec::new());
    }
    Ok(app.store.read().await?.nodes().await?)
}

pub(super) fn states(app: &App, facts: &[NodeFacts], now: Timestamp) -> Vec<NodeState> {
    let state = |node: &NodeFacts| NodeState {
        name: node.name.clone(),
        version: node.version.clone(),
        started_at: node.started_at,
        seen_at: node.seen_at,
        is_this: node.node_id == app.node,
        health: health(node.seen_at, now),
        figures: node.figures.as_deref().and_then(NodeFigures::of_json),
    };
    facts.iter().map(state).collect()
}

/// The one server of an SQLite file, if this is it.
pub(super) fn alone(app: &App) -> Option<NodeState> {
    Some(NodeState {
        name: host_name(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: app.own_figures.serves_since()?,
        seen_at: app.now(),
        is_this: true,
        health: NodeHealth::Healthy,
        figures: app.own_figures.last(),
    })
}

fn health(seen_at: Timestamp, now: Timestamp) -> NodeHealth {
    let (ago, ahead) = (now.since(seen_at), seen_at.since(now));
    match () {
        () if ago >= SILENCE => NodeHealth::Silent,
        () if ahead >= AHEAD => NodeHealth::Ahead(ahead),
        () => NodeHealth::Healthy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_healthy_while_it_is_heard_of_by_a_clock_like_ours() {
        let now = Timestamp(100_000);
        assert_eq!(health(Timestamp(70_001), now), NodeHealth::Healthy);
        assert_eq!(health(Timestamp(70_000), now), NodeHealth::Silent);
        assert_eq!(health(Timestamp(101_999), now), NodeHealth::Healthy);
        assert_eq!(health(Timestamp(105_000), now), NodeHealth::Ahead(Duration::from_secs(5)));
    }
}

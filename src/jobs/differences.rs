//! Looking whether the nodes of one database run with the same settings: a token type that only
//! some of them have comes and goes with whichever of them started last.

use std::time::Duration;

use crate::{
    app::App,
    model::node_settings::{NodeSettings, differing},
    store,
};

/// How often it looks.
pub(super) const INTERVAL: Duration = Duration::from_secs(10);

/// A node that was silent for longer was killed, and what it ran with is over.
const SILENCE: Duration = Duration::from_secs(30);

/// Looks once. Where the store cannot say, what it last said stands.
pub async fn run(app: &App) {
    if app.store.is_sqlite() || app.store.is_disabled() {
        return;
    }
    let Ok(keys) = look(app).await else { return };
    if !app.nodes_differ.note(keys.clone()) {
        return;
    }
    let settings = keys.join(", ");
    if keys.is_empty() {
        tracing::warn!(event = "nodes.differ", settings, "all nodes have the same settings again");
    } else {
        tracing::warn!(
            event = "nodes.differ",
            settings,
            "not all nodes have the same settings: {settings}. tessera doctor says who has which"
        );
    }
}

async fn look(app: &App) -> Result<Vec<String>, store::Error> {
    let nodes = app.store.read().await?.nodes().await?;
    let now = app.now();
    let is_alive =
        |node: &&store::NodeFacts| now.since(node.seen_at).max(node.seen_at.since(now)) < SILENCE;
    let told: Vec<_> = nodes
        .iter()
        .filter(is_alive)
        .map(|node| NodeSettings::of(&node.name, node.settings.as_deref()))
        .collect();
    Ok(differing(&told).into_iter().map(|differing| differing.key).collect())
}

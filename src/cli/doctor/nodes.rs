//! The servers that share the store, and where they differ.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    app::App,
    cli::figures::counted,
    model::{
        node_settings::{Differing, NodeSettings, differing},
        timestamp::Timestamp,
    },
    store::NodeFacts,
};

use super::{Finding, unanswered};

/// A node that was silent for longer was killed, or its clock is elsewhere.
const SILENCE: Duration = Duration::from_secs(30);

/// Who they are, and which settings they do not have alike.
pub(super) async fn nodes(app: &App, is_server: bool, now: Timestamp) -> Finding {
    if app.store.is_disabled() {
        return Finding::fine("Nodes", "servers without a store know nothing of each other");
    }
    if app.store.is_sqlite() {
        let ours = Finding::fine("Nodes", "this server owns the file");
        return if is_server { ours } else { none() };
    }
    let read = async { app.store.read().await?.nodes().await };
    let nodes = match read.await {
        Ok(nodes) => nodes,
        Err(error) => return unanswered("Nodes", error),
    };
    if nodes.is_empty() {
        return none();
    }
    let says = words(&nodes);
    let remedies: Vec<String> =
        differences(&nodes).into_iter().chain(silent(&nodes, now)).collect();
    if remedies.is_empty() {
        Finding::fine("Nodes", says)
    } else {
        Finding::warning("Nodes", says, remedies.join("\n"))
    }
}

fn none() -> Finding {
    Finding::warning("Nodes", "none is running", "tessera serve")
}

/// `3 nodes: id-a, id-b, id-c, all 1.4.0`, or who has which version.
fn words(nodes: &[NodeFacts]) -> String {
    let versions: BTreeSet<&str> = nodes.iter().map(|node| node.version.as_str()).collect();
    let names: Vec<String> = nodes
        .iter()
        .map(|node| match versions.len() {
            1 => node.name.clone(),
            _ => format!("{} {}", node.name, node.version),
        })
        .collect();
    let count = i64::try_from(nodes.len()).unwrap_or(i64::MAX);
    let all = if versions.len() == 1 { format!(", {}", nodes[0].version) } else { String::new() };
    format!("{}: {}{all}", counted(count, "node"), names.join(", "))
}

/// One line for each setting that not all have alike.
fn differences(nodes: &[NodeFacts]) -> Vec<String> {
    let told: Vec<_> =
        nodes.iter().map(|node| NodeSettings::of(&node.name, node.settings.as_deref())).collect();
    differing(&told).iter().map(in_words).collect()
}

fn in_words(differing: &Differing<'_>) -> String {
    let side = |(value, nodes): (&Option<String>, &Vec<&str>)| match value {
        Some(value) => format!("{value:?} on {}", nodes.join(", ")),
        None => format!("missing on {}", nodes.join(", ")),
    };
    let sides: Vec<_> = differing.sides.iter().map(side).collect();
    format!("{} differs: {}", differing.key, sides.join("; "))
}

fn silent(nodes: &[NodeFacts], now: Timestamp) -> impl Iterator<Item = String> {
    let is_silent =
        move |node: &&NodeFacts| now.since(node.seen_at).max(node.seen_at.since(now)) >= SILENCE;
    nodes.iter().filter(is_silent).map(|node| {
        let (name, seen) = (&node.name, node.seen_at.rfc3339());
        format!("{name} was last seen at {seen}: it was killed, or its clock is wrong")
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn node(name: &str, version: &str, settings: Option<&str>) -> NodeFacts {
        NodeFacts {
            node_id: Uuid::nil(),
            name: name.to_owned(),
            version: version.to_owned(),
            started_at: Timestamp(0),
            seen_at: Timestamp(0),
            settings: settings.map(str::to_owned),
            ignored_forwarding: None,
            figures: None,
        }
    }

    #[test]
    fn a_setting_that_differs_is_named_with_who_has_what() {
        let nodes = [
            node("a", "1.0.0", Some(r#"{"x":"1h","y":"jwt"}"#)),
            node("b", "1.0.0", Some(r#"{"x":"30m","y":"jwt"}"#)),
            node("c", "1.0.0", Some(r#"{"x":"1h","y":"jwt"}"#)),
            node("d", "0.9.0", None),
        ];

        assert_eq!(differences(&nodes), [r#"x differs: "1h" on a, c; "30m" on b"#]);
        assert_eq!(words(&nodes), "4 nodes: a 1.0.0, b 1.0.0, c 1.0.0, d 0.9.0");
        assert_eq!(words(&nodes[..2]), "2 nodes: a, b, 1.0.0");
    }

    #[test]
    fn a_token_type_that_is_missing_is_named_with_who_lacks_it() {
        let nodes = [
            node("a", "1.0.0", Some(r#"{"token_types.link":"Link 07","token_types.x":"X 1"}"#)),
            node("b", "1.0.0", Some(r#"{"token_types.link":"Link 3f"}"#)),
        ];

        assert_eq!(
            differences(&nodes),
            [
                r#"token_types.link differs: "Link 07" on a; "Link 3f" on b"#,
                r#"token_types.x differs: missing on b; "X 1" on a"#,
            ]
        );
    }

    #[test]
    fn a_node_that_was_silent_for_long_is_named() {
        let nodes = [node("a", "1.0.0", None)];

        assert_eq!(silent(&nodes, Timestamp(29_999)).count(), 0);
        assert!(silent(&nodes, Timestamp(30_000)).next().unwrap().starts_with("a was last seen"));
    }
}

//! Nodes whose settings differ, as they see each other.

use std::time::Duration;

use tessera::jobs::differences;

use crate::common::{TestServer, logged::Logged, on_each_engine, until::until};

on_each_engine!(
    nodes_that_differ_are_told_of_and_no_longer_once_they_agree,
    a_node_that_was_killed_counts_for_nothing,
    the_log_tells_once_of_each_change,
);

/// The `settings` of every event that tells of nodes which differ.
fn told(logged: &Logged) -> Vec<String> {
    let events = logged.events("nodes.differ");
    events.iter().map(|fields| fields["settings"].as_str().unwrap().to_owned()).collect()
}

async fn ready(server: &TestServer) -> String {
    let answer = server.get("/readyz", &[]).await;
    assert_eq!(answer.status.as_u16(), 200);
    answer.body
}

/// Says of every node but the first what it runs with; the first has what it has and this type.
async fn pretend(server: &TestServer, settings: &str) -> u64 {
    let sql = format!(
        "UPDATE nodes SET settings = '{settings}'
         WHERE node_id <> (SELECT node_id FROM nodes ORDER BY started_at, node_id LIMIT 1)"
    );
    server.database().execute(&sql).await
}

async fn nodes_that_differ_are_told_of_and_no_longer_once_they_agree(server: TestServer) {
    differences::run(&server.app).await;
    assert_eq!(ready(&server).await, r#"{"ready":true}"#);
    if server.app.store.is_sqlite() {
        return;
    }
    server.advance(Duration::from_secs(1));
    let neighbour = server.neighbour().await;
    until("both stand in the table", async || server.database().count("nodes").await == 2).await;
    differences::run(&server.app).await;
    assert_eq!(ready(&server).await, r#"{"ready":true}"#, "they are alike");

    pretend(&server, r#"{"token_types.link":"1","tokens.lifetimes.access":"7m"}"#).await;
    for node in [&server, &neighbour] {
        assert_eq!(ready(node).await, r#"{"ready":true}"#, "nobody looked yet");
        differences::run(&node.app).await;
        assert_eq!(
            ready(node).await,
            r#"{"nodes_differ":["token_types.link","tokens.lifetimes.access"],"ready":true}"#
        );
    }

    pretend(&server, "{}").await;
    differences::run(&server.app).await;
    assert_eq!(ready(&server).await, r#"{"ready":true}"#);
}

async fn a_node_that_was_killed_counts_for_nothing(server: TestServer) {
    if server.app.store.is_sqlite() {
        return;
    }
    server.advance(Duration::from_secs(1));
    let neighbour = server.neighbour().await;
    until("both stand in the table", async || server.database().count("nodes").await == 2).await;
    pretend(&server, r#"{"token_types.link":"1"}"#).await;
    differences::run(&server.app).await;
    assert!(ready(&server).await.contains("token_types.link"));

    // As if it had sent no beat for long, while it is silent in truth.
    neighbour.app.store.close().await;
    let silent = "UPDATE nodes SET seen_at = seen_at - 30000
                  WHERE node_id <> (SELECT node_id FROM nodes ORDER BY started_at, node_id LIMIT 1)";
    server.database().execute(silent).await;
    differences::run(&server.app).await;

    assert_eq!(ready(&server).await, r#"{"ready":true}"#);
}

async fn the_log_tells_once_of_each_change(server: TestServer) {
    let logged = Logged::begin();
    let expected: &[&str] = if server.app.store.is_sqlite() {
        &[]
    } else {
        &["token_types.a", "token_types.a, token_types.b", ""]
    };
    server.advance(Duration::from_secs(1));
    let neighbour = match expected {
        [] => None,
        _ => Some(server.neighbour().await),
    };
    let nodes = 1 + u64::from(neighbour.is_some());
    let is_there = async || neighbour.is_none() || server.database().count("nodes").await == nodes;
    until("all stand in the table", is_there).await;

    let (one, two) = (r#"{"token_types.a":"1"}"#, r#"{"token_types.a":"1","token_types.b":"1"}"#);
    for settings in ["{}", one, one, two, "{}", "{}"] {
        pretend(&server, settings).await;
        differences::run(&server.app).await;
    }

    assert_eq!(told(&logged), expected);
}

//! Commands beside running servers: in force on each of them when the command has ended, whether
//! it ran by itself, as on PostgreSQL, or was handed to the server, as on SQLite.

use super::{Cluster, warm};
use crate::common::{
    Engine, TestClient, TestDatabase,
    http::HttpConnection,
    process::{Process, Program},
};

#[tokio::test]
async fn commands_beside_two_servers_are_in_force_on_both_at_once() {
    let cluster = Cluster::of(2).await;

    run_commands(&cluster.program, &cluster.nodes, &cluster.client).await;

    cluster.end().await;
}

#[tokio::test]
async fn commands_beside_the_server_of_a_file_are_in_force_at_once() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let program = Program::on(&database).set("TESSERA_METRICS__LISTEN", "127.0.0.1:0");
    let client = program.add_machine("mailer");
    let server = program.serve().await;

    run_commands(&program, &[server], &client).await;

    database.remove().await;
}

async fn run_commands(program: &Program, nodes: &[Process], client: &TestClient) {
    let mut connections = Vec::new();
    for node in nodes {
        connections.push(node.connect().await.unwrap());
    }
    let revoked = warm_token(nodes, &mut connections, client).await;
    let cut_off = warm_token(nodes, &mut connections, client).await;

    program.run(&["token", "revoke", "-"], &revoked);
    for connection in &mut connections {
        assert!(!connection.is_active(client, &revoked).await.unwrap());
        assert!(connection.is_active(client, &cut_off).await.unwrap());
    }

    program.run(&["client", "disable", "mailer"], "");
    for connection in &mut connections {
        let form = format!("token={cut_off}");
        let answer = connection.post("/introspect", client, &form).await.unwrap();
        assert_eq!((answer.status, &answer.json()["error"]), (401, &"invalid_client".into()));
    }

    program.run(&["client", "enable", "mailer"], "");
    for connection in &mut connections {
        assert!(connection.is_active(client, &cut_off).await.unwrap());
    }
}

/// A token that every server answers about from its cache.
async fn warm_token(
    nodes: &[Process],
    connections: &mut [HttpConnection],
    client: &TestClient,
) -> String {
    let token = connections[0].token(client).await.unwrap();
    for node in nodes {
        warm(node, client, &token).await;
    }
    token
}

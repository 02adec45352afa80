//! Several servers on one PostgreSQL: what one has acknowledged, all the others heed, whatever
//! they keep in memory and whatever becomes of the connections between them.

mod acts;
mod commands;
mod keys;
mod late;
mod leases;
mod membership;
mod revoking;

use crate::common::{
    Engine, TestClient, TestDatabase,
    http::HttpConnection,
    process::{Process, Program},
    until::until,
};

/// Servers in processes of their own, and a client of theirs.
struct Cluster {
    database: TestDatabase,
    program: Program,
    client: TestClient,
    nodes: Vec<Process>,
}

impl Cluster {
    /// So many servers, each of which has taken its place among the others.
    async fn of(size: usize) -> Self {
        let database = TestDatabase::create(Engine::Postgres).await;
        let program = Program::on(&database)
            .set("TESSERA_METRICS__LISTEN", "127.0.0.1:0")
            .set("TESSERA_STORE__CONNECTIONS", "8")
            // The most talkative log would be gigabytes.
            .set("TESSERA_LOG__LEVEL", "info");
        let client = program.add_machine("mailer");
        let mut nodes = Vec::new();
        for number in 0..size {
            nodes.push(program.clone().named(&format!("node-{number}")).serve().await);
        }
        until("all joined", async || registered(&database).await == size as u64).await;
        Self { database, program, client, nodes }
    }

    /// A connection to each server.
    async fn connect(&self) -> Vec<HttpConnection> {
        let mut connections = Vec::new();
        for node in &self.nodes {
            connections.push(node.connect().await.unwrap());
        }
        connections
    }

    async fn end(self) {
        drop(self.nodes);
        self.database.remove().await;
    }
}

/// How many servers stand in the table of nodes.
async fn registered(database: &TestDatabase) -> u64 {
    database.execute("UPDATE nodes SET name = name").await
}

/// How many tokens are revoked, by the database.
async fn revoked_rows(database: &TestDatabase) -> u64 {
    let sql = "CREATE TEMPORARY TABLE seen AS SELECT 1 FROM tokens WHERE status = 'revoked'";
    database.execute(sql).await
}

/// Ends the connection of one listener, chosen at random. Returns how many it ended.
async fn cut_a_listener(database: &TestDatabase) -> u64 {
    let sql = "SELECT pg_terminate_backend(pid) FROM (
                   SELECT pid FROM pg_stat_activity
                   WHERE application_name = 'tessera listener' AND datname = current_database()
                   ORDER BY random() LIMIT 1
               ) AS listener";
    database.execute(sql).await
}

/// How often a server answered from its cache what a token is, by the page of its metrics.
fn hits(metrics: &str) -> u64 {
    let series = r#"tessera_cache_lookups_total{kind="token",outcome="hit"}"#;
    let count = metrics.lines().find_map(|line| line.strip_prefix(series));
    count.map_or(0, |count| count.trim().parse().unwrap())
}

/// Looks at a token again and again until the server answers from its cache.
async fn warm(node: &Process, client: &TestClient, token: &str) {
    let mut connection = node.connect().await.unwrap();
    let before = hits(&node.metrics().await);
    until("answered from the cache", async || {
        assert!(connection.is_active(client, token).await.unwrap());
        hits(&node.metrics().await) > before
    })
    .await;
}

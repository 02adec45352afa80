//! The servers that share this database, and what they tell each other.

use uuid::Uuid;

use crate::model::timestamp::Timestamp;

use super::{Result, engine::Handle, feed::Node};

/// What the table says of a node.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct NodeFacts {
    /// Which node it is.
    pub node_id: Uuid,
    /// The name of its machine.
    pub name: String,
    /// The version of its program.
    pub version: String,
    /// When it joined, by its own clock.
    pub started_at: Timestamp,
    /// When it sent its latest beat, by its own clock.
    pub seen_at: Timestamp,
    /// What it runs with, of the settings that all should have alike: JSON, key to value. `None`
    /// of a node whose version does not say so.
    pub settings: Option<String>,
    /// Who first sent it a header that names a caller's address and is no trusted proxy.
    pub ignored_forwarding: Option<String>,
    /// What it had to do in the last minute, as JSON. `None` of a node whose version does not say
    /// so, and before its first minute is over.
    pub figures: Option<String>,
}

impl Handle {
    /// Adds this node, which has sent so many beats, unless it is there.
    pub(super) async fn insert_node(
        &mut self,
        (id, beats): (Uuid, i64),
        node: &Node,
        now: Timestamp,
    ) -> Result<()> {
        self.query(
            "INSERT INTO nodes
                 (node_id, name, version, started_at, seen_at, beats, settings, keeps)
             VALUES ($1, $2, $3, $4, $4, $5, $6, $7) ON CONFLICT (node_id) DO NOTHING",
        )
        .bind(id)
        .bind(node.name.as_str())
        .bind(node.version)
        .bind(now)
        .bind(beats)
        .bind((node.settings)())
        .bind(node.keeps)
        .execute()
        .await
        .map(drop)
    }

    /// Says what a node runs with, and who sent it a forwarded address that was ignored. A node
    /// that is not in the table says so when it comes back.
    pub async fn describe_node(
        &mut self,
        id: Uuid,
        settings: &str,
        ignored_forwarding: Option<String>,
    ) -> Result<()> {
        self.query("UPDATE nodes SET settings = $2, ignored_forwarding = $3 WHERE node_id = $1")
            .bind(id)
            .bind(settings)
            .bind(ignored_forwarding)
            .execute()
            .await
            .map(drop)
    }

    /// Says what a node had to do. One that is not in the table says so when it comes back.
    pub async fn note_figures(&mut self, id: Uuid, figures: &str) -> Result<()> {
        self.query("UPDATE nodes SET figures = $2 WHERE node_id = $1")
            .bind(id)
            .bind(figures)
            .execute()
            .await
            .map(drop)
    }

    /// Every node in the table, this one too, by name. One that was killed stays until somebody
    /// misses its word: see when it was last seen.
    pub async fn nodes(&mut self) -> Result<Vec<NodeFacts>> {
        self.query(
            "SELECT node_id, name, version, started_at, seen_at, settings, ignored_forwarding,
                    figures
             FROM nodes ORDER BY name, node_id",
        )
        .fetch_all()
        .await
    }

    /// Takes off the table those that keep nothing, and so are missed by nobody, and were last
    /// seen before `before`.
    pub async fn sweep_nodes(&mut self, before: Timestamp) -> Result<u64> {
        self.query("DELETE FROM nodes WHERE keeps = FALSE AND seen_at < $1")
            .bind(before)
            .execute()
            .await
    }

    /// Notes how many beats a node has sent, and tells it so on its own channel. Returns whether
    /// the node is in the table; a beat that would be lost with the machine harms nobody.
    pub(super) async fn beat(
        &mut self,
        (id, beats): (Uuid, i64),
        now: Timestamp,
        (channel, text): (&str, &str),
    ) -> Result<bool> {
        let found: Option<(i64,)> = self
            .query(
                "WITH beat AS (UPDATE nodes SET beats = $5, seen_at = $2
                               WHERE node_id = $1 RETURNING beats)
                 SELECT beats, set_config('synchronous_commit', 'off', true), pg_notify($3, $4)
                 FROM beat",
            )
            .bind(id)
            .bind(now)
            .bind(channel)
            .bind(text)
            .bind(beats)
            .fetch_optional()
            .await?;
        Ok(found.is_some())
    }

    /// Tells one node something that need not survive.
    pub(super) async fn tell(&mut self, channel: &str, text: &str) -> Result<()> {
        self.query("SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)")
            .bind(channel)
            .bind(text)
            .execute()
            .await
            .map(drop)
    }

    /// Tells everybody something, if and when the transaction is committed.
    pub(super) async fn notify(&mut self, channel: &str, text: &str) -> Result<()> {
        self.query("SELECT pg_notify($1, $2)").bind(channel).bind(text).execute().await.map(drop)
    }

    /// Every other node that keeps anything, and its count of beats.
    pub(super) async fn other_nodes(&mut self, id: Uuid) -> Result<Vec<(Uuid, i64)>> {
        self.query("SELECT node_id, beats FROM nodes WHERE node_id <> $1 AND keeps = TRUE")
            .bind(id)
            .fetch_all()
            .await
    }

    /// How many nodes are in the table.
    pub(super) async fn count_nodes(&mut self) -> Result<i64> {
        self.query("SELECT COUNT(*) FROM nodes").fetch_value().await
    }

    /// Takes a node off the table, unless it sent a beat since it was looked at.
    pub(super) async fn remove_silent_node(&mut self, id: Uuid, beats: i64) -> Result<bool> {
        let rows = self
            .query("DELETE FROM nodes WHERE node_id = $1 AND beats = $2")
            .bind(id)
            .bind(beats)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Takes this node off the table.
    pub(super) async fn remove_node(&mut self, id: Uuid) -> Result<()> {
        self.query("DELETE FROM nodes WHERE node_id = $1").bind(id).execute().await.map(drop)
    }
}

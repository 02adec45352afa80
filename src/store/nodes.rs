//! The servers that share this database, and what they tell each other.

use uuid::Uuid;

use crate::model::timestamp::Timestamp;

use super::{Result, engine::Handle, feed::Node};

impl Handle {
    /// Adds this node, which has sent so many beats, unless it is there.
    pub(super) async fn insert_node(
        &mut self,
        (id, beats): (Uuid, i64),
        node: &Node,
        now: Timestamp,
    ) -> Result<()> {
        self.query(
            "INSERT INTO nodes (node_id, name, version, started_at, seen_at, beats)
             VALUES ($1, $2, $3, $4, $4, $5) ON CONFLICT (node_id) DO NOTHING",
        )
        .bind(id)
        .bind(node.name.as_str())
        .bind(node.version)
        .bind(now)
        .bind(beats)
        .execute()
        .await
        .map(drop)
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

    /// Every other node, and its count of beats.
    pub(super) async fn other_nodes(&mut self, id: Uuid) -> Result<Vec<(Uuid, i64)>> {
        self.query("SELECT node_id, beats FROM nodes WHERE node_id <> $1")
            .bind(id)
            .fetch_all()
            .await
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

//! Leases: the right to do a job that only one node may do at a time.

use std::time::Duration;

use uuid::Uuid;

use crate::model::timestamp::Timestamp;

use super::{Result, engine::Handle};

/// A lease that lasts longer than ours would and this on top was taken by a node whose clock is
/// wrong; it binds nobody.
const BELIEVABLE: Duration = Duration::from_hours(1);

/// The name of the lease of the sweep.
pub const SWEEP_LEASE: &str = "sweep";

/// The name of what is no job but a note: that tokens may wait to be written, and until when.
const WAITING: &str = "waiting";

/// The name of another note: since when uses of tokens are noted.
const NOTING: &str = "noting";

impl Handle {
    /// Takes or prolongs the lease `name` for `holder`, unless another holds it at `now`. Returns
    /// whether it did.
    pub async fn take_lease(
        &mut self,
        name: &'static str,
        holder: Uuid,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool> {
        let rows = self
            .query(
                "INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3)
                 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
                 WHERE leases.holder = excluded.holder OR leases.until <= $4 OR leases.until > $5",
            )
            .bind(name)
            .bind(holder)
            .bind(until)
            .bind(now)
            .bind(until.plus(BELIEVABLE))
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Gives the lease back and notes when its job was last done.
    pub async fn finish_lease(
        &mut self,
        name: &'static str,
        holder: Uuid,
        now: Timestamp,
    ) -> Result<bool> {
        let rows = self
            .query("UPDATE leases SET until = $3, finished_at = $3 WHERE name = $1 AND holder = $2")
            .bind(name)
            .bind(holder)
            .bind(now)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Notes that tokens may wait to be written until `until`, on whichever node, unless a note
    /// says that they may for longer.
    pub(super) async fn note_waiting(&mut self, node: Uuid, until: Timestamp) -> Result<()> {
        self.query(
            "INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE leases.until < excluded.until",
        )
        .bind(WAITING)
        .bind(node)
        .bind(until)
        .execute()
        .await
        .map(drop)
    }

    /// Until when tokens may wait to be written, on any node; `None` if none ever did.
    pub(super) async fn waiting_until(&mut self) -> Result<Option<Timestamp>> {
        let found: Option<(Timestamp,)> = self
            .query("SELECT until FROM leases WHERE name = $1")
            .bind(WAITING)
            .fetch_optional()
            .await?;
        Ok(found.map(|(until,)| until))
    }

    /// Notes since when uses of tokens are noted, on whichever node: from the first to say so on,
    /// until one says `None`.
    pub async fn note_noting(&mut self, node: Uuid, since: Option<Timestamp>) -> Result<()> {
        let Some(since) = since else {
            let sql = "DELETE FROM leases WHERE name = $1";
            return self.query(sql).bind(NOTING).execute().await.map(drop);
        };
        self.query(
            "INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(NOTING)
        .bind(node)
        .bind(since)
        .execute()
        .await
        .map(drop)
    }

    /// Since when uses of tokens are noted; `None` if they are not.
    pub async fn noting_since(&mut self) -> Result<Option<Timestamp>> {
        let found: Option<(Timestamp,)> = self
            .query("SELECT until FROM leases WHERE name = $1")
            .bind(NOTING)
            .fetch_optional()
            .await?;
        Ok(found.map(|(since,)| since))
    }

    /// When the job of the lease `name` was last done.
    pub async fn lease_finished_at(&mut self, name: &'static str) -> Result<Option<Timestamp>> {
        let found: Option<(Option<Timestamp>,)> = self
            .query("SELECT finished_at FROM leases WHERE name = $1")
            .bind(name)
            .fetch_optional()
            .await?;
        Ok(found.and_then(|(at,)| at))
    }
}

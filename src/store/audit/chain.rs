//! The chain of the audit log: events get their place in it after they were written, by whoever has
//! the lease. The row about its end is changed on the condition of what it was, so two who seal at
//! once make one chain.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::{
    model::{
        audit::{AuditChain, AuditEvent, CHAIN_START, KeptEvent},
        timestamp::Timestamp,
    },
    store::{
        Result, Transaction,
        batch::{Batch, BatchSql, Type},
        engine::Handle,
    },
};

/// Gives events their places.
static SEAL_EVENTS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("audit_id", Type::Uuid), ("sequence", Type::Integer), ("chain", Type::Bytes)],
        "UPDATE audit SET sequence = given.sequence, chain = given.chain FROM given
         WHERE audit.audit_id = given.audit_id AND audit.sequence IS NULL",
    )
});

impl Handle {
    /// The ends of the chain; `None` before anything was sealed.
    pub async fn audit_chain(&mut self) -> Result<Option<AuditChain>> {
        self.query(
            "SELECT sequence, chain, sealed_at, kept_after, kept_chain
             FROM audit_chain WHERE id = 1",
        )
        .fetch_optional()
        .await
    }

    /// Begins the chain, unless it was begun: also where only the row about it is gone.
    pub async fn begin_audit_chain(&mut self, at: Timestamp) -> Result<()> {
        self.query(
            "INSERT INTO audit_chain (id, sequence, chain, sealed_at, kept_after, kept_chain)
             SELECT 1, 0, $1, $2, 0, $1
             WHERE NOT EXISTS (SELECT 1 FROM audit WHERE sequence IS NOT NULL)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(CHAIN_START.to_vec())
        .bind(at)
        .execute()
        .await
        .map(drop)
    }

    /// The oldest events without a place that were written before `before`, or by a clock that is
    /// further ahead than `ahead`, which nothing would ever be old enough for.
    pub async fn unsealed_events(
        &mut self,
        (before, ahead): (Timestamp, Timestamp),
        limit: i64,
    ) -> Result<Vec<AuditEvent>> {
        self.query(
            "SELECT audit_id, at, actor, action, target, reason, detail, request_id, address, node
             FROM audit WHERE sequence IS NULL AND (at < $1 OR at > $2)
             ORDER BY audit_id LIMIT $3",
        )
        .bind(before)
        .bind(ahead)
        .bind(limit)
        .fetch_all()
        .await
    }

    /// When the oldest event without a place was written.
    pub async fn oldest_unsealed_event(&mut self) -> Result<Option<Timestamp>> {
        let found: Option<(Timestamp,)> = self
            .query("SELECT at FROM audit WHERE sequence IS NULL ORDER BY audit_id LIMIT 1")
            .fetch_optional()
            .await?;
        Ok(found.map(|(at,)| at))
    }

    /// The sealed events after a place, in their order.
    pub async fn sealed_events(&mut self, after: i64, limit: i64) -> Result<Vec<KeptEvent>> {
        self.query(
            "SELECT audit_id, at, actor, action, target, reason, detail, request_id, address, node,
                    sequence, chain
             FROM audit WHERE sequence IS NOT NULL AND sequence > $1 ORDER BY sequence LIMIT $2",
        )
        .bind(after)
        .bind(limit)
        .fetch_all()
        .await
    }
}

impl Transaction {
    /// Moves the end of the chain, unless it is not where `from` saw it. Returns whether it did.
    pub async fn move_audit_chain(
        &mut self,
        from: &AuditChain,
        (sequence, chain): (i64, &[u8]),
        at: Timestamp,
    ) -> Result<bool> {
        let rows = self
            .query(
                "UPDATE audit_chain SET sequence = $1, chain = $2, sealed_at = $3
                 WHERE id = 1 AND sequence = $4 AND chain = $5",
            )
            .bind(sequence)
            .bind(chain.to_vec())
            .bind(at)
            .bind(from.sequence)
            .bind(from.chain.clone())
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Gives events their places. Returns whether none of them had one.
    pub async fn seal_events(&mut self, links: &[(Uuid, i64, Vec<u8>)]) -> Result<bool> {
        let mut batch = Batch::new(&SEAL_EVENTS);
        for (id, sequence, chain) in links {
            batch.bind(*id).bind(*sequence).bind(Some(chain.clone()));
        }
        Ok(self.execute_batch(batch).await? == links.len() as u64)
    }

    /// Takes away the sealed events up to a place, at the front of the chain, and notes what it begins
    /// with then, unless its front is not where `from` saw it. Returns how many; `None` if it is not.
    pub async fn sweep_audit(
        &mut self,
        from: &AuditChain,
        (sequence, beginning): (i64, &[u8]),
    ) -> Result<Option<u64>> {
        let rows = self
            .query(
                "UPDATE audit_chain SET kept_after = $1, kept_chain = $2
                 WHERE id = 1 AND kept_after = $3 AND kept_chain = $4",
            )
            .bind(sequence)
            .bind(beginning.to_vec())
            .bind(from.kept_after)
            .bind(from.kept_chain.clone())
            .execute()
            .await?;
        if rows == 0 {
            return Ok(None);
        }
        let swept = self
            .query(
                "DELETE FROM audit
                 WHERE sequence IS NOT NULL AND sequence > $1 AND sequence <= $2",
            )
            .bind(from.kept_after)
            .bind(sequence)
            .execute()
            .await?;
        Ok(Some(swept))
    }
}

//! The audit log.

use crate::model::audit::AuditEvent;

use super::{Result, engine::Handle};

impl Handle {
    /// Adds an event. Call it in the transaction of the change that it tells of.
    pub async fn insert_audit_event(&mut self, event: &AuditEvent) -> Result<()> {
        self.query(
            "INSERT INTO audit (audit_id, at, actor, action, target, reason, detail)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(event.audit_id)
        .bind(event.at)
        .bind(event.actor.as_str())
        .bind(event.action.as_str())
        .bind(event.target.as_str())
        .bind(event.reason.as_deref())
        .bind(event.detail.as_deref())
        .execute()
        .await
        .map(drop)
    }
}

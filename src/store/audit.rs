//! The audit log.

use std::sync::LazyLock;

use crate::model::audit::AuditEvent;

use super::{
    Result,
    batch::{Batch, BatchSql, Type},
    engine::Handle,
};

/// Adds events.
pub(super) static INSERT_AUDIT_EVENTS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("audit_id", Type::Uuid),
            ("at", Type::Integer),
            ("actor", Type::Text),
            ("action", Type::Text),
            ("target", Type::Text),
            ("reason", Type::Text),
            ("detail", Type::Text),
        ],
        "INSERT INTO audit (audit_id, at, actor, action, target, reason, detail)
         SELECT audit_id, at, actor, action, target, reason, detail FROM given",
    )
});

/// Binds a row of [`INSERT_AUDIT_EVENTS`].
pub(super) fn insert_audit_event(batch: &mut Batch, event: &AuditEvent) {
    batch
        .bind(event.audit_id)
        .bind(event.at)
        .bind(event.actor.as_str())
        .bind(event.action.as_str())
        .bind(event.target.as_str())
        .bind(event.reason.as_deref())
        .bind(event.detail.as_deref());
}

impl Handle {
    /// Adds an event. Call it in the transaction of the change that it tells of.
    pub async fn insert_audit_event(&mut self, event: &AuditEvent) -> Result<()> {
        let mut batch = Batch::new(&INSERT_AUDIT_EVENTS);
        insert_audit_event(&mut batch, event);
        self.execute_batch(batch).await.map(drop)
    }
}

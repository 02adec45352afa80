//! The audit log.

mod chain;
mod look;
mod refused;

use std::sync::LazyLock;

use metrics::counter;

use crate::model::audit::{ACTIONS, AuditEvent};

use super::{
    Result,
    batch::{Batch, BatchSql, Type},
    transaction::Transaction,
};

pub use look::{AuditPath, EventsWanted};
pub use refused::{RefusedAt, RefusedOf};

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
            ("request_id", Type::Text),
            ("address", Type::Text),
            ("node", Type::Text),
        ],
        "INSERT INTO audit
             (audit_id, at, actor, action, target, reason, detail, request_id, address, node)
         SELECT audit_id, at, actor, action, target, reason, detail, request_id, address, node
         FROM given",
    )
});

/// Binds a row of [`INSERT_AUDIT_EVENTS`].
pub(super) fn insert_audit_event(batch: &mut Batch, event: &AuditEvent) {
    debug_assert!(is_known(event), "{} is not in the list of actions", event.action);
    batch
        .bind(event.audit_id)
        .bind(event.at)
        .bind(event.actor.as_str())
        .bind(event.action.as_str())
        .bind(event.target.as_str())
        .bind(event.reason.as_deref())
        .bind(event.detail.as_deref())
        .bind(event.request_id.as_deref())
        .bind(event.address.as_deref())
        .bind(event.node.as_deref());
}

/// Whether an event tells of an action that the list has.
fn is_known(event: &AuditEvent) -> bool {
    ACTIONS.binary_search_by_key(&event.action.as_str(), |action| action.name).is_ok()
}

impl Transaction {
    /// Adds an event. Call it in the transaction of the change that it tells of; once that is
    /// durable, it is logged as well.
    pub async fn insert_audit_event(&mut self, event: &AuditEvent) -> Result<()> {
        let event = self.signed(event.clone());
        let mut batch = Batch::new(&INSERT_AUDIT_EVENTS);
        insert_audit_event(&mut batch, &event);
        self.execute_batch(batch).await?;
        self.tells(event);
        Ok(())
    }
}

/// Logs what was just written to the audit log: once for each, whoever did it. Not the reason,
/// which is free text.
pub(super) fn log(event: &AuditEvent) {
    let AuditEvent { audit_id, actor, action, target, .. } = event;
    counter!("tessera_audit_events_total").increment(1);
    tracing::info!(
        event = "audit",
        audit.id = %audit_id,
        audit.actor = actor,
        audit.action = action,
        audit.target = target,
        "{actor}: {action} {target}"
    );
}

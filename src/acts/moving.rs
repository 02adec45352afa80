//! Moving the store as a whole: the deed and its audit event.

use crate::{
    app::{App, host_name},
    model::{audit::AuditEvent, id::uuid_v7, secret::Random, timestamp::Timestamp},
    store::{
        Store,
        moving::{BackupMade, BackupOptions, Obstacle, Watch},
    },
};

use super::{Operator, Result, ended, event};

/// Who moves a store that may not even be open, and when.
#[derive(Debug, Clone, Copy)]
pub struct Mover<'m> {
    /// Who.
    pub operator: &'m Operator,
    /// When.
    pub now: Timestamp,
    /// The one source of randomness.
    pub random: &'m Random,
}

impl Mover<'_> {
    /// The audit event of what is done.
    #[must_use]
    pub fn event(&self, action: &str, target: &str, detail: Option<String>) -> AuditEvent {
        let id = uuid_v7(self.now, self.random);
        let event = self.operator.did((id, self.now), action, target, detail);
        AuditEvent { node: Some(host_name()), ..event }
    }
}

/// Writes a backup. The event is in the store, not in the backup.
///
/// # Errors
///
/// What [`Store::back_up`] says.
pub async fn back_up(
    store: &Store,
    mover: Mover<'_>,
    options: &BackupOptions<'_>,
    watch: Watch<'_>,
) -> Result<BackupMade, Obstacle> {
    let made = store.back_up(options, watch).await?;
    let detail = format!("{} entries", made.entries);
    let target = options.path.display().to_string();
    let event = mover.event("store.backed_up", &target, Some(detail));
    let mut transaction = store.begin().await?;
    transaction.insert_audit_event(&event).await?;
    transaction.commit().await?;
    Ok(made)
}

/// Ends every token of a store that something else put back, and forgets the nodes that it had.
/// Every node knows when this returns.
///
/// # Errors
///
/// What the store says.
pub async fn restored_in_place(app: &App, operator: &Operator) -> Result<()> {
    let now = app.now();
    let event = event(app, (operator, now), "store.restored", "in place", None);
    let end = ended(operator, now, &event.action);
    app.store.forget_silent_nodes().await?;
    let mut transaction = app.store.begin().await?;
    transaction.end_everything(&end).await?;
    transaction.insert_audit_event(&event).await?;
    transaction.commit().await?;
    Ok(())
}

//! Transactions for cold paths: what operators and people do.

use std::ops::{Deref, DerefMut};

use crate::model::audit::AuditEvent;

use super::{
    Result, Store, audit,
    change::{Change, Changes},
    database::Purpose,
    engine::Handle,
};

/// Statements that commit together, or not at all.
///
/// Dropping it without [`Transaction::commit`] rolls it back.
pub struct Transaction {
    handle: Handle,
    store: Store,
    changes: Changes,
    events: Vec<AuditEvent>,
}

impl Transaction {
    pub(super) async fn begin(store: &Store) -> Result<Self> {
        // Before any row is held.
        store.0.feed.listen().await;
        let mut handle = store.0.database.borrow(Purpose::Write).await?;
        handle.begin().await?;
        Ok(Self { handle, store: store.clone(), changes: Changes::default(), events: Vec::new() })
    }

    /// Notes that a statement of this transaction changes what caches may hold.
    pub(super) fn changes(&mut self, change: Change) {
        self.changes.note(change);
    }

    /// Notes an audit event that this transaction writes.
    pub(super) fn tells(&mut self, event: AuditEvent) {
        self.events.push(event);
    }

    /// The same event, with the name of this node.
    pub(super) fn signed(&self, event: AuditEvent) -> AuditEvent {
        AuditEvent { node: event.node.or_else(|| Some(self.store.0.name.clone())), ..event }
    }

    /// Makes every statement since [`Store::begin`] durable, and returns after every node has
    /// forgotten what they changed.
    ///
    /// # Errors
    ///
    /// [`super::Error::Unavailable`] if the database cannot say that it did; then nothing is known.
    pub async fn commit(self) -> Result<()> {
        let Self { mut handle, store, changes, events } = self;
        let changes = changes.into_list();
        let announcement = store.0.feed.announcement(&changes);
        if let Some(announcement) = &announcement {
            announcement.send(&mut handle).await?;
        }
        let doubt = Doubt(&store);
        let committed = handle.end("COMMIT").await;
        if committed.is_err() {
            store.0.database.note_write(&committed);
        }
        // Also when it failed: it may have been done.
        store.0.cache.note(&changes);
        if !committed.as_ref().is_err_and(super::Error::leaves_doubt) {
            doubt.end();
        }
        committed?;
        events.iter().for_each(audit::log);
        if let Some(announcement) = announcement {
            let listeners = announcement.listeners(&mut handle).await;
            drop(handle);
            announcement.confirmed(listeners).await;
        }
        Ok(())
    }

    /// Undoes every statement since [`Store::begin`]. Dropping does so too, at the price of the
    /// connection.
    ///
    /// # Errors
    ///
    /// [`super::Error::Unavailable`] if the database cannot be reached; it will undo them all the
    /// same.
    pub async fn roll_back(mut self) -> Result<()> {
        self.handle.end("ROLLBACK").await
    }
}

/// A commit under way. Unless it comes to its end, nothing may be answered from the cache of a node
/// that alone can change anything: it would never hear of what was done after all.
struct Doubt<'s>(&'s Store);

impl Doubt<'_> {
    fn end(self) {
        self.0.0.cache.settle();
        std::mem::forget(self);
    }
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        if self.0.is_sqlite() {
            self.0.0.cache.doubt();
        }
    }
}

impl Deref for Transaction {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Handle {
        &mut self.handle
    }
}

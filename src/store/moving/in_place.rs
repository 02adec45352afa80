//! A store that something else put back: `pg_restore`, a snapshot of a file system.

use std::time::Duration;

use uuid::Uuid;

use super::super::{End, Result, Store, Transaction, change::Change};

/// Longer than a node may be silent and still answer from its cache.
pub(super) const SILENCE: Duration = Duration::from_millis(1_200);

impl Transaction {
    /// Ends every token that is out, as far as they are looked up, and every browser session, and
    /// frees every job for whoever takes it next. `end` says when, by whom and why.
    pub async fn end_everything(&mut self, end: &End) -> Result<()> {
        self.changes(Change::Everything);
        self.control("UPDATE instance SET generation = generation + 1 WHERE id = 1").await?;
        self.note_server_generation(end).await?;
        self.control("DELETE FROM browser_sessions").await?;
        self.control("DELETE FROM leases").await
    }
}

impl Store {
    /// Takes nodes off the table that were put back with it and are no more. Returns how many.
    ///
    /// A node that lives must stay there: until it has put itself back, nobody would wait for it.
    ///
    /// # Errors
    ///
    /// [`super::super::Error::Unavailable`] if the database cannot be reached.
    pub async fn forget_silent_nodes(&self) -> Result<u64> {
        let before = self.write().await?.other_nodes(Uuid::nil()).await?;
        if before.is_empty() {
            return Ok(0);
        }
        tokio::time::sleep(SILENCE).await;
        let mut forgotten = 0;
        for (node, beats) in before {
            let removed = self.write().await?.remove_silent_node(node, beats).await?;
            forgotten += u64::from(removed);
        }
        Ok(forgotten)
    }
}

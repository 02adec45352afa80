//! Signs of life: whether the database answers, how full the queues and the cache are, and how many
//! share the database.

use super::{QueueLength, Result, Store};

impl Store {
    /// How many commands wait for the writer, and how many may.
    #[must_use]
    pub fn write_queue(&self) -> QueueLength {
        self.0.writer.queue()
    }

    /// How many looks wait for the readers, and how many may.
    #[must_use]
    pub fn read_queue(&self) -> QueueLength {
        self.0.reader.queue()
    }

    /// How many tokens and how many clients are kept in memory, roughly.
    #[must_use]
    pub fn kept(&self) -> (u64, u64) {
        self.0.cache.lengths()
    }

    /// How many servers share this database, as its table of nodes says: this one too, if it has
    /// joined. An SQLite file has one.
    ///
    /// # Errors
    ///
    /// [`super::Error::Unavailable`] if the database cannot say so.
    pub async fn count_nodes(&self) -> Result<i64> {
        if self.is_sqlite() || self.is_disabled() {
            return Ok(1);
        }
        self.read().await?.count_nodes().await
    }

    /// Asks the database for a sign of life: that it can be read and, if the last write came to
    /// nothing, that it can be written again. Where there is no store, nothing is missing.
    ///
    /// # Errors
    ///
    /// [`super::Error::Unavailable`] if it gives none within the store's time limit,
    /// [`super::Error::NoHost`] at once where no host is known that takes writes.
    pub async fn ping(&self) -> Result<()> {
        if self.is_disabled() {
            return Ok(());
        }
        if !self.0.reader.is_at_work() || !self.0.writer.is_at_work() {
            return Err(sqlx::Error::WorkerCrashed.into());
        }
        self.0.database.is_there()?;
        self.read().await?.ping().await?;
        if self.0.database.refuses_writes() {
            self.write().await?.touch().await?;
        }
        Ok(())
    }
}

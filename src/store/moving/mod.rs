//! Moving a store as a whole: to a backup, from a backup, to another engine.
//!
//! A list (`tables`) names what is carried. A connection of the move's own (`link`) reads one
//! moment of the source, rows travel a block at a time (`carry`, `row`), and what arrived is read
//! again and compared. A file comes into being under another name and gets its own when it is whole
//! (`unfinished`); PostgreSQL gets one transaction. So a move that is cut off leaves its target as
//! it was. Whoever moves a store from or to its place is alone with it (`alone`).

mod alone;
mod backup;
mod carry;
mod copy;
mod digest;
mod in_place;
mod inspect;
mod link;
mod names;
mod obstacle;
mod place;
mod restore;
mod row;
mod schema;
mod tables;
mod target;
mod unfinished;

use super::Store;

use self::{
    carry::{carry, count},
    link::Link,
    obstacle::Outcome,
    row::Tally,
    tables::TABLES,
};

pub use backup::{BackupMade, BackupOptions};
pub use copy::{Copied, Copy};
pub use inspect::{BackupFacts, inspect};
pub use obstacle::Obstacle;
pub use restore::{Restoration, Restored};

/// How far a move is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// How much of it is done, in rows or bytes.
    pub done: u64,
    /// How much there is to do.
    pub total: u64,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Rows are carried.
    Rows,
    /// A file is written.
    Bytes,
    /// Indexes are made.
    Indexes,
    /// What was written is read again and compared, row by row.
    Comparing,
    /// A file is looked through for damage; how far that is, nobody knows.
    Checking,
}

/// Whom to tell how far it is.
pub type Watch<'w> = &'w (dyn Fn(Progress) + Send + Sync);

impl Store {
    /// What this store's schema has and a move would lose, or expects in vain. Nothing, unless
    /// the list of tables fell behind the migrations.
    ///
    /// # Errors
    ///
    /// [`Obstacle::Store`] if it cannot be reached.
    pub async fn unlisted_columns(&self) -> Result<Vec<String>, Obstacle> {
        let mut link = self.link().await?;
        let unlisted = schema::unlisted(&mut link).await?;
        link.close().await?;
        Ok(unlisted)
    }

    /// A connection of its own to the same database, to be read on SQLite.
    async fn link(&self) -> Outcome<Link> {
        self.0.database.is_in_place()?;
        Link::of(&self.0.database).await
    }
}

/// Carries every table. Returns what was read of each.
async fn carry_all(from: &mut Link, to: &mut Link, watch: Watch<'_>) -> Outcome<Vec<Tally>> {
    let mut ticker = Ticker::begin(Stage::Rows, from, watch).await?;
    let mut tallies = Vec::new();
    for table in TABLES {
        tallies.push(carry(table, from, to, &mut |rows| ticker.count(rows)).await?);
    }
    Ok(tallies)
}

/// Reads again what was carried, and compares.
async fn compare_all(sent: &[Tally], link: &mut Link, watch: Watch<'_>) -> Outcome<()> {
    let mut ticker = Ticker::begin(Stage::Comparing, link, watch).await?;
    for (table, sent) in TABLES.iter().zip(sent) {
        let arrived = count(table, link, &mut |rows| ticker.count(rows)).await?;
        if arrived != *sent {
            let (sent, arrived) = (sent.rows, arrived.rows);
            return Err(Obstacle::Differs { table: table.name, sent, arrived });
        }
    }
    Ok(())
}

/// Counts rows, and tells.
struct Ticker<'w> {
    progress: Progress,
    watch: Watch<'w>,
}

impl<'w> Ticker<'w> {
    async fn begin(stage: Stage, link: &mut Link, watch: Watch<'w>) -> Outcome<Self> {
        let mut total = 0;
        for table in TABLES {
            total += link.number(format!("SELECT COUNT(*) FROM {}", table.name)).await?;
        }
        let progress = Progress { stage, done: 0, total: u64::try_from(total).unwrap_or(0) };
        watch(progress);
        Ok(Self { progress, watch })
    }

    fn count(&mut self, rows: usize) {
        self.progress.done += rows as u64;
        (self.watch)(self.progress);
    }
}

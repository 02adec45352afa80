//! Why a store could not be backed up, restored or copied.

use std::{io, path::PathBuf};

use super::super::Error;

/// Why a store could not be backed up, restored or copied. Nothing was changed then, but for what
/// was left unfinished beside its place.
#[derive(Debug, thiserror::Error)]
pub enum Obstacle {
    /// Servers or commands have the store open: connections, or nodes that beat.
    #[error("{0} have the store open")]
    InUse(String),
    /// Somebody starts, migrates or moves there just now.
    #[error("another tessera starts, migrates or moves the store just now")]
    Turn,
    /// Something is being written to the same file.
    #[error("{} is being written by another tessera", .0.display())]
    BeingWritten(PathBuf),
    /// A file is there already.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// A file is there that no backup may replace; what it is.
    #[error("{} is no backup, and is not replaced: {}", .0.display(), .1)]
    Precious(PathBuf, &'static str),
    /// The store that would be written to has something in it.
    #[error("the store is not empty: it has {entries} entries and {others} other rows")]
    Filled {
        /// How many entries of tokens.
        entries: i64,
        /// How many rows of clients, keys and all else.
        others: i64,
    },
    /// The store that would be read from is not there.
    #[error("there is no store")]
    Missing,
    /// The store has not the one row about itself; how many it has.
    #[error("the store is damaged: it has {0} rows about itself, not one")]
    Hollow(i64),
    /// A backup that was not finished.
    #[error("{} was not finished", .0.display())]
    Unfinished(PathBuf),
    /// A file that is no backup of ours; what it is instead.
    #[error("{} is no backup: {}", .0.display(), .1)]
    NoBackup(PathBuf, &'static str),
    /// A backup that lost something; what.
    #[error("{} is damaged: {}", .0.display(), .1)]
    Damaged(PathBuf, String),
    /// A file in the place of a store that cannot be read as one; why.
    #[error("{} cannot be read as a store: {}", .0.display(), .1)]
    Unreadable(PathBuf, String),
    /// It was made with another master key than ours.
    #[error("it is sealed with another master key")]
    OtherKey,
    /// Its schema is newer than we know.
    #[error("its schema is {applied}, and this tessera knows {known}")]
    Newer {
        /// The newest migration applied to it.
        applied: i64,
        /// The newest that this binary knows.
        known: i64,
    },
    /// Its schema is older than ours.
    #[error("its schema is {applied}, and this tessera is at {known}")]
    Older {
        /// The newest migration applied to it.
        applied: i64,
        /// The newest that this binary knows.
        known: i64,
    },
    /// The schema holds something that would be lost.
    #[error("nobody told us how to move {0}")]
    Unlisted(String),
    /// A value that the other engine cannot hold.
    #[error("{table} {row} has {what} in {column}")]
    Unfit {
        /// The table.
        table: &'static str,
        /// The row, by its key.
        row: String,
        /// The column.
        column: &'static str,
        /// What cannot be held.
        what: String,
    },
    /// What arrived is not what was sent.
    #[error("{table} arrived with {arrived} rows of {sent}, or with other ones")]
    Differs {
        /// The table.
        table: &'static str,
        /// How many rows were read.
        sent: u64,
        /// How many rows are there.
        arrived: u64,
    },
    /// A file or folder cannot be read or written.
    #[error("cannot use {}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// The database could not do as asked.
    #[error(transparent)]
    Store(#[from] Error),
}

/// What moving comes to.
pub(super) type Outcome<T> = Result<T, Obstacle>;

impl From<sqlx::Error> for Obstacle {
    fn from(error: sqlx::Error) -> Self {
        Obstacle::Store(error.into())
    }
}

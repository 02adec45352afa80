//! Why the store could not do as asked.

use std::{error::Error as StdError, fmt, path::PathBuf, sync::Arc};

use sqlx::{
    error::DatabaseError,
    postgres::{PgDatabaseError, PgSeverity},
};

/// Why the store could not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row with the same unique key is already there.
    #[error("the row already exists")]
    Conflict,
    /// The engine is gone, full, busy or slow. Trying again later may help.
    #[error("the database is not available")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// So many wait to read or write that one more would wait too long.
    #[error("too many wait for the database")]
    Busy,
    /// Of the hosts that the address names, none takes writes. Each is told of. Trying again later
    /// may help.
    #[error("no host of the database takes writes: {0}")]
    NoHost(NoHost),
    /// There is no store: `store.enabled = false`.
    #[error("token store is disabled")]
    Disabled,
    /// The engine refused a statement: a fault of ours.
    #[error("the database refused a statement")]
    Database(#[source] Arc<sqlx::Error>),
    /// The schema could not be brought up to date.
    #[error("the migration failed")]
    Migration(#[source] Box<refinery::Error>),
    /// The schema needs a newer binary.
    #[error("the schema needs a binary that knows migration {needed}; this one knows {known}")]
    NewerSchema {
        /// The migration that a binary must know.
        needed: i64,
        /// The newest that this one knows.
        known: i64,
    },
    /// The schema is behind, and the store was told not to change it.
    #[error("the schema is at {applied}, this binary is at {known}, and migrating is switched off")]
    OlderSchema {
        /// The newest migration applied.
        applied: i64,
        /// The newest that this binary knows.
        known: i64,
    },
    /// The SQLite file is a backup: what was revoked since is alive in it.
    #[error("{} is a backup, not a store", .0.display())]
    Backup(PathBuf),
    /// Another process owns the SQLite file.
    #[error("another process has {} open", .0.display())]
    Owned(PathBuf),
    /// A file or folder beside the SQLite file cannot be made or opened.
    #[error("cannot open {}", .0.display())]
    File(PathBuf, #[source] std::io::Error),
}

/// Why none of several hosts can be used.
#[derive(Debug, Clone)]
pub struct NoHost {
    /// What each of them says.
    pub says: Arc<str>,
    /// Whether one of them runs and lets us not in: it may be the one that takes writes.
    pub is_refused: bool,
}

/// The result of anything in this room.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else {
            return if is_passing(&error) {
                Error::Unavailable(Arc::new(error))
            } else {
                Error::Database(Arc::new(error))
            };
        };
        if ends_connection(&error) {
            Error::Unavailable(Arc::new(error))
        } else if database.is_unique_violation() {
            Error::Conflict
        } else if database.code().is_some_and(|code| is_passing_code(&code)) {
            Error::Unavailable(Arc::new(error))
        } else {
            Error::Database(Arc::new(error))
        }
    }
}

impl Error {
    /// The same error for each of those whom one statement was to serve.
    pub(super) fn share(&self) -> Self {
        match self {
            Error::Conflict => Error::Conflict,
            Error::Busy => Error::Busy,
            Error::Disabled => Error::Disabled,
            Error::Unavailable(error) => Error::Unavailable(Arc::clone(error)),
            Error::NoHost(why) => Error::NoHost(why.clone()),
            Error::Database(error) => Error::Database(Arc::clone(error)),
            // No statement about rows fails so.
            _ => sqlx::Error::WorkerCrashed.into(),
        }
    }

    /// Whether what was to be done may be done all the same, or come to be: the engine did not say
    /// that it refused. It may have committed before it ended a connection.
    pub(super) fn leaves_doubt(&self) -> bool {
        let (Error::Unavailable(error) | Error::Database(error)) = self else { return false };
        let is_ours = matches!(**error, sqlx::Error::Configuration(_));
        !is_ours && (error.as_database_error().is_none() || ends_connection(error))
    }

    /// Whether a row was held by somebody else for too long.
    pub(super) fn is_lock_timeout(&self) -> bool {
        let Error::Unavailable(error) = self else { return false };
        let code = error.as_database_error().and_then(DatabaseError::code);
        code.is_some_and(|code| code == "55P03")
    }

    /// Whether the connection broke, or the engine undid a transaction for the sake of another:
    /// what was not committed may be tried again at once, on a new connection.
    pub(super) fn may_pass_at_once(&self) -> bool {
        let Error::Unavailable(error) = self else { return false };
        let code = error.as_database_error().and_then(DatabaseError::code);
        ends_connection(error)
            || is_read_only(error)
            || matches!(**error, sqlx::Error::Io(_))
            // Serialization failure and deadlock.
            || code.is_some_and(|code| code == "40001" || code == "40P01")
    }
}

/// Whether the engine ended the connection with this error, as PostgreSQL does with a fatal one.
pub(super) fn ends_connection(error: &sqlx::Error) -> bool {
    let error = error.as_database_error().and_then(|error| error.try_downcast_ref());
    let severity = error.map(PgDatabaseError::severity);
    matches!(severity, Some(PgSeverity::Fatal | PgSeverity::Panic))
}

/// Whether PostgreSQL refused to write: a standby does, and a server that was set so. Another
/// connection may lead to one that does not.
pub(super) fn is_read_only(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| code == "25006")
}

/// What one error of a chain says, in its own words. PostgreSQL's come without the line of its
/// source code that they are from, which sqlx appends.
#[must_use]
pub fn words(error: &(dyn StdError + 'static)) -> String {
    let database = error.downcast_ref::<Box<dyn DatabaseError>>();
    match database.and_then(|error| error.try_downcast_ref::<PgDatabaseError>()) {
        Some(error) => error.message().to_owned(),
        None => error.to_string(),
    }
}

impl fmt::Display for NoHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)
    }
}

impl From<refinery::Error> for Error {
    fn from(error: refinery::Error) -> Self {
        Error::Migration(Box::new(error))
    }
}

fn is_passing(error: &sqlx::Error) -> bool {
    use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
    matches!(error, Io(_) | PoolClosed | PoolTimedOut | Protocol(_) | Tls(_) | WorkerCrashed)
}

/// Whether a code tells of a state that can pass: PostgreSQL's classes for lost connections, lack
/// of resources, operator intervention, serialization and locks, a database that turned read-only;
/// SQLite's busy, locked, read-only, I/O error, full and cannot-open.
fn is_passing_code(code: &str) -> bool {
    if code.len() == 5 {
        let classes = ["08", "25006", "28", "3D", "40", "53", "55", "57", "58", "XX"];
        return classes.iter().any(|class| code.starts_with(class));
    }
    // SQLite's extended codes carry the primary code in their low byte.
    let primary = code.parse::<u32>().map_or(0, |code| code & 0xff);
    matches!(primary, 5 | 6 | 8 | 10 | 13 | 14)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_pass_is_told_from_our_own_faults() {
        for code in ["08006", "53100", "57P01", "40001", "25006", "5", "13", "1802", "778"] {
            assert!(is_passing_code(code), "{code}");
        }
        for code in ["42601", "23505", "22P02", "1", "19", "25P02"] {
            assert!(!is_passing_code(code), "{code}");
        }
    }
}

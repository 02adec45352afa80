//! Looking into the audit log: each statement follows one index and reads a bounded number of rows.

use uuid::Uuid;

use crate::{
    model::audit::KeptEvent,
    store::{Result, engine::Handle},
};

/// Along which index to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditPath {
    /// All events.
    All,
    /// Those of one action.
    Action(String),
    /// Those of one actor.
    Actor(String),
    /// Those about one target.
    Target(String),
}

/// Which events to read: those between two keys, without them.
#[derive(Debug, Clone, Copy)]
pub struct EventsWanted {
    /// Above this key.
    pub above: Uuid,
    /// Below this key.
    pub below: Uuid,
    /// Whether the newest come first.
    pub newest_first: bool,
    /// At most so many.
    pub limit: i64,
}

/// Reads events in the order of their keys, of all or of those with one value in a column.
macro_rules! events {
    ("", $way:literal) => {
        events!("audit_id > $1 AND audit_id < $2", "audit_id", $way)
    };
    // Pairs are compared, and not the value alone: told that all have the same value, PostgreSQL
    // would take the order to be that of the keys, and read the whole log along them for a value
    // that it thinks frequent and that is not.
    ($column:literal, $way:literal) => {
        events!(
            concat!(
                "(",
                $column,
                ", audit_id) > ($4, $1) AND (",
                $column,
                ", audit_id) < ($4, $2)"
            ),
            concat!($column, $way, ", audit_id"),
            $way
        )
    };
    ($condition:expr, $order:expr, $way:literal) => {
        concat!(
            "SELECT audit_id, at, actor, action, target, reason, detail, request_id, address, node,
                    sequence, chain
             FROM audit WHERE ",
            $condition,
            " ORDER BY ",
            $order,
            $way,
            " LIMIT $3"
        )
    };
}

impl Handle {
    /// The next events along `path`, in the order of their keys.
    pub async fn audit_events(
        &mut self,
        path: &AuditPath,
        wanted: &EventsWanted,
    ) -> Result<Vec<KeptEvent>> {
        let sql = match (path, wanted.newest_first) {
            (AuditPath::All, true) => events!("", " DESC"),
            (AuditPath::All, false) => events!("", ""),
            (AuditPath::Action(_), true) => events!("action", " DESC"),
            (AuditPath::Action(_), false) => events!("action", ""),
            (AuditPath::Actor(_), true) => events!("actor", " DESC"),
            (AuditPath::Actor(_), false) => events!("actor", ""),
            (AuditPath::Target(_), true) => events!("target", " DESC"),
            (AuditPath::Target(_), false) => events!("target", ""),
        };
        let statement = self.query(sql).bind(wanted.above).bind(wanted.below).bind(wanted.limit);
        match path {
            AuditPath::All => statement,
            AuditPath::Action(text) | AuditPath::Actor(text) | AuditPath::Target(text) => {
                statement.bind(text.clone())
            }
        }
        .fetch_all()
        .await
    }
}

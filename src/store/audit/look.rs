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

macro_rules! events {
    ($condition:literal, $order:literal) => {
        concat!(
            "SELECT audit_id, at, actor, action, target, reason, detail, request_id, address, node,
                    sequence, chain
             FROM audit WHERE audit_id > $1 AND audit_id < $2",
            $condition,
            " ORDER BY ",
            $order,
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
            (AuditPath::All, true) => events!("", "audit_id DESC"),
            (AuditPath::All, false) => events!("", "audit_id"),
            (AuditPath::Action(_), true) => {
                events!(" AND action = $4", "action DESC, audit_id DESC")
            }
            (AuditPath::Action(_), false) => events!(" AND action = $4", "action, audit_id"),
            (AuditPath::Actor(_), true) => events!(" AND actor = $4", "actor DESC, audit_id DESC"),
            (AuditPath::Actor(_), false) => events!(" AND actor = $4", "actor, audit_id"),
            (AuditPath::Target(_), true) => {
                events!(" AND target = $4", "target DESC, audit_id DESC")
            }
            (AuditPath::Target(_), false) => events!(" AND target = $4", "target, audit_id"),
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

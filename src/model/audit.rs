//! Audit events: what people and operators did.

use uuid::Uuid;

use super::timestamp::Timestamp;

/// One thing that an operator or a person did.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct AuditEvent {
    /// The key of the row.
    pub audit_id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who, such as `cli:ingrid (uid 1000)`.
    pub actor: String,
    /// What, such as `client.secret_rotated`.
    pub action: String,
    /// To which client, token or key.
    pub target: String,
    /// Why, where it was said.
    pub reason: Option<String>,
    /// More, as text without secrets.
    pub detail: Option<String>,
}

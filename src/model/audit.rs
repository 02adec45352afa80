//! Audit events: what people and operators did, and who they were.

use std::{fmt::Display, net::IpAddr};

use uuid::Uuid;

use super::timestamp::Timestamp;

/// Who does something, by which way they came, and why: what the audit log keeps of them.
#[derive(Debug, Clone)]
pub struct Operator {
    who: String,
    origin: Origin,
    reason: Option<String>,
}

/// By which way somebody came, as far as that is known: a command and a job come from nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address, as far as anybody trustworthy knows it.
    pub address: Option<IpAddr>,
    /// The name of the request, as it stands in its answer and in the log.
    pub request_id: Option<String>,
}

/// One thing that an operator or a person did, or that the server noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// In which request, where it was one.
    pub request_id: Option<String>,
    /// From which address, where that is known.
    pub address: Option<String>,
    /// The machine whose server or command wrote it. The store fills it in.
    pub node: Option<String>,
}

impl Operator {
    /// Somebody of this name, such as `cli:ingrid (uid 1000)`, of whom nothing else is known.
    #[must_use]
    pub fn new(who: impl Into<String>) -> Self {
        Self { who: who.into(), origin: Origin::default(), reason: None }
    }

    /// The same, who comes from `address`.
    #[must_use]
    pub fn at(mut self, address: IpAddr) -> Self {
        self.origin.address = Some(address);
        self
    }

    /// The same, in the request of that name.
    #[must_use]
    pub fn for_request(mut self, id: &impl Display) -> Self {
        self.origin.request_id = Some(id.to_string());
        self
    }

    /// The same, by the way of `origin`.
    #[must_use]
    pub fn from(mut self, origin: &Origin) -> Self {
        self.origin = origin.clone();
        self
    }

    /// The same, for a reason, which every event of the deed tells.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// What the audit log calls them.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.who
    }

    /// The event that tells of `action` on `target`.
    #[must_use]
    pub fn did(
        &self,
        (audit_id, at): (Uuid, Timestamp),
        action: &str,
        target: &str,
        detail: Option<String>,
    ) -> AuditEvent {
        AuditEvent {
            audit_id,
            at,
            actor: self.who.clone(),
            action: action.to_owned(),
            target: target.to_owned(),
            reason: self.reason.clone(),
            detail,
            request_id: self.origin.request_id.clone(),
            address: self.origin.address.map(|address| address.to_string()),
            node: None,
        }
    }
}

//! Audit events: what people and operators did, and who they were.

use std::{fmt::Display, net::IpAddr};

use uuid::Uuid;

use super::timestamp::Timestamp;

mod actions;

pub use actions::ACTIONS;

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

/// An event as it is kept, with its place in the chain once it is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct KeptEvent {
    /// What happened.
    #[cfg_attr(feature = "server", sqlx(flatten))]
    pub event: AuditEvent,
    /// Its place in the chain, from 1.
    pub sequence: Option<i64>,
    /// What stands for it and all before it: 32 bytes.
    pub chain: Option<Vec<u8>>,
}

/// The ends of the chain: how far it is sealed, and what stood before the oldest event that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct AuditChain {
    /// The place of the last sealed event.
    pub sequence: i64,
    /// What stands for it and all before it.
    pub chain: Vec<u8>,
    /// When it was sealed.
    pub sealed_at: Timestamp,
    /// The place of the last event that was swept.
    pub kept_after: i64,
    /// What stood for that one and all before it, 32 bytes, and behind it the mark of whoever swept,
    /// as long; 32 zeros where nothing was swept.
    pub kept_chain: Vec<u8>,
}

/// An action that events can tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// Its name: what it is about, a dot, and what was done.
    pub name: &'static str,
    /// What it means, as a sentence.
    pub meaning: &'static str,
}

/// The action that refused authentications come up as, which are counted and no events.
pub const REFUSED: &str = "authentication.refused";

/// What stands for no event at all: in front of the first.
pub const CHAIN_START: [u8; 32] = [0; 32];

impl AuditEvent {
    /// All of the event at its place in the chain, as bytes that nothing else makes: each column in
    /// its order, integers in eight bytes, texts with their length, and whether there is one.
    #[must_use]
    pub fn canonical(&self, sequence: i64) -> Vec<u8> {
        let mut bytes = b"tessera audit v1".to_vec();
        bytes.extend(sequence.to_be_bytes());
        bytes.extend(self.audit_id.as_bytes());
        bytes.extend(self.at.0.to_be_bytes());
        let texts = [Some(&self.actor), Some(&self.action), Some(&self.target)];
        let optional = [&self.reason, &self.detail, &self.request_id, &self.address, &self.node];
        for text in texts.into_iter().chain(optional.map(Option::as_ref)) {
            bytes.push(u8::from(text.is_some()));
            let text = text.map_or("", String::as_str);
            bytes.extend((text.len() as u64).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_events_have_the_same_form() {
        let event = Operator::new("cli:a").did((Uuid::nil(), Timestamp(7)), "x.y", "t", None);
        let changed = [
            AuditEvent { audit_id: Uuid::max(), ..event.clone() },
            AuditEvent { at: Timestamp(8), ..event.clone() },
            AuditEvent { actor: "cli:b".to_owned(), ..event.clone() },
            AuditEvent { action: "x.z".to_owned(), ..event.clone() },
            AuditEvent { target: String::new(), ..event.clone() },
            AuditEvent { reason: Some(String::new()), ..event.clone() },
            AuditEvent { detail: Some(String::new()), ..event.clone() },
            AuditEvent { request_id: Some(String::new()), ..event.clone() },
            AuditEvent { address: Some(String::new()), ..event.clone() },
            AuditEvent { node: Some(String::new()), ..event.clone() },
            // What one column loses at its end, the next gains at its beginning.
            AuditEvent { actor: "cli:".to_owned(), action: "ax.y".to_owned(), ..event.clone() },
        ];

        let mut forms: Vec<_> = changed.iter().map(|event| event.canonical(1)).collect();
        forms.extend([event.canonical(1), event.canonical(2)]);
        let count = forms.len();
        forms.sort();
        forms.dedup();
        assert_eq!(forms.len(), count);
    }
}

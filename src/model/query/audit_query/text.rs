//! A query of the audit log as text again.

use std::fmt;

use super::{super::syntax::quoted, AuditCondition, AuditKey, AuditQuery, AuditTerm};

impl fmt::Display for AuditQuery {
    /// The query in one form, which reads back as the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, term) in self.terms.iter().enumerate() {
            let gap = if number == 0 { "" } else { " " };
            write!(f, "{gap}{term}")?;
        }
        Ok(())
    }
}

impl fmt::Display for AuditTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_str("-")?;
        }
        let texts = |values: &[String]| -> Vec<String> {
            values.iter().map(|value| quoted(value, false)).collect()
        };
        let (key, values) = match &self.condition {
            AuditCondition::Text(text) => return f.write_str(&quoted(text, true)),
            AuditCondition::Action(values) => (AuditKey::Action, texts(values)),
            AuditCondition::Actor(values) => (AuditKey::Actor, texts(values)),
            AuditCondition::Target(values) => (AuditKey::Target, texts(values)),
            AuditCondition::Client(clients) => {
                let names: Vec<_> = clients.iter().map(ToString::to_string).collect();
                (AuditKey::Client, texts(&names))
            }
            AuditCondition::User(users) => {
                let names: Vec<_> = users.iter().map(ToString::to_string).collect();
                (AuditKey::User, texts(&names))
            }
            AuditCondition::Address(values) => (AuditKey::Address, texts(values)),
            AuditCondition::Request(values) => (AuditKey::Request, texts(values)),
            AuditCondition::Node(values) => (AuditKey::Node, texts(values)),
            AuditCondition::At(times) => {
                (AuditKey::At, times.iter().map(ToString::to_string).collect())
            }
        };
        write!(f, "{key}:{}", values.join(","))
    }
}

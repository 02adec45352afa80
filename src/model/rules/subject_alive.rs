//! `SubjectAlive`: it falls with its user.

use serde::{Deserialize, Serialize};

use super::{Fields, Shape};

words! {
    /// What ends it.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum SubjectEvent: "event" {
        /// Its user has another password.
        PasswordChange = "password_change",
        /// Its user is disabled or deleted.
        Disable = "disable",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// Its identity is a user, with whom it falls.
pub struct SubjectAlive {
    /// What ends it; not empty. A user who is disabled or deleted, or whose tokens are all revoked,
    /// ends it always.
    pub events: Vec<SubjectEvent>,
}

impl SubjectAlive {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let all = SubjectEvent::ALL.iter().map(ToString::to_string).collect();
        fields.takes("events", Shape::Words(all), None);
        let texts = fields.texts("events")?;
        let remedy = "one or both of: password_change, disable";
        fields.demand("events", !texts.is_empty(), "must not be empty", remedy)?;
        let mut events = Vec::new();
        for text in &texts {
            match text.parse() {
                Ok(event) => events.push(event),
                Err(_) => fields.refuse("events", format!("unknown event {text}"), remedy),
            }
        }
        (events.len() == texts.len()).then_some(Self { events })
    }
}

#[cfg(test)]
mod tests {
    use crate::model::rules::testing::problems;

    #[test]
    fn what_is_wrong_is_named() {
        for (given, expected) in [
            ("{}", "events must not be empty"),
            (r#"{"events": ["x"]}"#, "unknown event x"),
            (r#"{"events": ["disable", "Disable"]}"#, "unknown event Disable"),
        ] {
            assert_eq!(problems("SubjectAlive", given), [expected]);
        }
        let both = r#"{"events": ["password_change", "disable"]}"#;
        assert!(problems("SubjectAlive", both).is_empty());
    }
}

//! `NotBefore`: it does not work before a time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Fields, Shape};
use crate::model::timestamp::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It does not work before a time: one of the two is there.
pub struct NotBefore {
    /// So long after it was made.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::model::duration::text_or_none"
    )]
    pub delay: Option<Duration>,
    /// This moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

impl NotBefore {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        fields.takes("delay", Shape::Length, Some(String::new()));
        fields.takes("at", Shape::Text, Some(String::new()));
        let (has_delay, has_at) = (fields.has("delay"), fields.has("at"));
        if !has_delay && !has_at {
            let problem = "delay or at is missing";
            fields.refuse("delay", problem, "write delay = \"10m\", or at and a moment");
        }
        // Both are read even where one is too many, so that all that is wrong is told at once.
        let delay = has_delay.then(|| fields.lifetime("delay"));
        let at = has_at.then(|| moment(fields));
        if has_delay && has_at {
            fields.refuse("at", "delay and at are both given", "remove one of the two");
        }
        match (delay, at) {
            (Some(delay), None) => Some(Self { delay: Some(delay?), at: None }),
            (None, Some(at)) => Some(Self { delay: None, at: Some(at?) }),
            _ => None,
        }
    }
}

fn moment(fields: &mut Fields<'_>) -> Option<Timestamp> {
    let text = fields.text("at", None)?;
    let at = Timestamp::parse_rfc3339(&text).map(Timestamp::floor_to_second);
    let remedy = "write it with its offset, such as 2025-01-01T00:00:00Z";
    fields.demand("at", at.is_some(), "must be a moment such as 2025-01-01T00:00:00Z", remedy)?;
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rules::{
        Rule,
        testing::{problems, rule},
    };

    #[test]
    fn a_delay_or_a_moment_is_read() {
        let given = r#"{"type": "NotBefore", "at": "2025-01-01T01:00:00.5+01:00"}"#;
        let at = Some(Timestamp(1_735_689_600_000));
        assert_eq!(rule(given), Rule::NotBefore(NotBefore { delay: None, at }));

        let delay = Some(Duration::from_mins(10));
        let given = r#"{"type": "NotBefore", "delay": "10m"}"#;
        assert_eq!(rule(given), Rule::NotBefore(NotBefore { delay, at: None }));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let moment = "at must be a moment such as 2025-01-01T00:00:00Z";
        for (given, expected) in [
            ("{}", "delay or at is missing"),
            (r#"{"delay": "1s", "at": "2025-01-01T00:00:00Z"}"#, "delay and at are both given"),
            (r#"{"delay": "0s"}"#, "delay must be > 0 and <= 36500d"),
            (r#"{"at": "2025-01-01"}"#, moment),
            (r#"{"at": "2025-01-01T00:00:00"}"#, moment),
            (r#"{"at": 1735689600}"#, "at must be text and is a number"),
        ] {
            assert_eq!(problems("NotBefore", given), [expected]);
        }
    }
}

//! `Idle`: it stops working when it rests too long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Fields, fields::LONGEST};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It stops working `max_idle` after it was last used, or made.
pub struct Idle {
    /// How long it may rest.
    #[serde(with = "crate::model::duration::text")]
    pub max_idle: Duration,
    /// Uses closer together than this need not be noted; less than `max_idle`.
    #[serde(with = "crate::model::duration::text")]
    pub touch_every: Duration,
}

/// How close together uses need not be noted, where nothing else is said.
const USUAL_TOUCH: Duration = Duration::from_mins(1);

impl Idle {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let max_idle = fields.span("max_idle");
        // Who states only a short rest is not told of a key that was not written.
        let usual = USUAL_TOUCH.min(max_idle.unwrap_or(LONGEST) / 2);
        let touch_every = fields.length("touch_every", Some(usual));
        let (max_idle, touch_every) = (max_idle?, touch_every?);
        let remedy = "write a shorter time, or leave it out";
        fields.demand("touch_every", touch_every < max_idle, "must be < max_idle", remedy)?;
        Some(Self { max_idle, touch_every })
    }
}

#[cfg(test)]
mod tests {

    use crate::model::rules::{
        Rule,
        testing::{problems, rule},
    };

    #[test]
    fn uses_are_noted_each_minute_or_twice_in_a_shorter_rest() {
        for (max_idle, expected) in [("30m", 60_000), ("2m", 60_000), ("1s", 500)] {
            let rule = rule(&format!(r#"{{"type": "Idle", "max_idle": "{max_idle}"}}"#));
            let Rule::Idle(idle) = rule else { panic!("{max_idle}") };
            assert_eq!(idle.touch_every.as_millis(), expected);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (given, expected) in [
            ("{}", "max_idle is missing"),
            (r#"{"max_idle": "0s"}"#, "max_idle must be > 0 and <= 36500d"),
            (r#"{"max_idle": "1m", "touch_every": "1m"}"#, "touch_every must be < max_idle"),
            (r#"{"max_idle": "1m", "touch_every": "2m"}"#, "touch_every must be < max_idle"),
        ] {
            assert_eq!(problems("Idle", given), [expected]);
        }
        assert!(problems("Idle", r#"{"max_idle": "1m", "touch_every": "0s"}"#).is_empty());
    }
}

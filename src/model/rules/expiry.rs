//! `Expiry`: it stops working after a time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Fields,
    fields::{DAY, LONGEST},
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It stops working `expiry_time` after it was made.
pub struct Expiry {
    /// At most 36500 days.
    #[serde(with = "crate::model::duration::text")]
    pub expiry_time: Duration,
}

impl Expiry {
    /// Reads it. A bare whole number means days, as it did where this rule comes from.
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        const KEY: &str = "expiry_time";
        let Some(number) = fields.value(KEY).filter(|value| value.is_number()) else {
            return Some(Self { expiry_time: fields.lifetime(KEY)? });
        };
        let days = number.as_u64().filter(|days| (1..=LONGEST.as_secs() / DAY).contains(days));
        let remedy = "write a number and a unit: 15m, 8h or 7d";
        fields.demand(KEY, days.is_some(), "must be > 0 and <= 36500d", remedy)?;
        let days = days?;
        fields.note(format!("{KEY} = {days} means {days} days; write \"{days}d\""));
        Some(Self { expiry_time: Duration::from_secs(days * DAY) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rules::{
        Rule,
        testing::{notes, problems, rule},
    };

    fn seconds(given: &str) -> u64 {
        let rule = rule(&format!(r#"{{"type": "Expiry", "expiry_time": {given}}}"#));
        let Rule::Expiry(Expiry { expiry_time }) = rule else { panic!("{given}") };
        expiry_time.as_secs()
    }

    #[test]
    fn a_bare_number_means_days_and_is_mentioned() {
        assert_eq!(seconds("7"), 7 * DAY);
        assert_eq!(seconds("36500"), LONGEST.as_secs());
        assert_eq!(
            notes("Expiry", r#"{"expiry_time": 7}"#),
            ["expiry_time = 7 means 7 days; write \"7d\""]
        );
        assert!(notes("Expiry", r#"{"expiry_time": "7d"}"#).is_empty());
    }

    #[test]
    fn every_way_to_write_a_time_is_read() {
        assert_eq!(seconds(r#""7d""#), 7 * DAY);
        assert_eq!(seconds(r#""00:20:00""#), 1200);
        assert_eq!(seconds(r#""7.00:00:00""#), 7 * DAY);
        assert_eq!(seconds(r#""PT15M""#), 900);
        assert_eq!(seconds(r#""36500d""#), LONGEST.as_secs());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let bounds = "expiry_time must be > 0 and <= 36500d";
        for (given, expected) in [
            ("{}", "expiry_time is missing"),
            (r#"{"expiry_time": 0}"#, bounds),
            (r#"{"expiry_time": -1}"#, bounds),
            (r#"{"expiry_time": 7.5}"#, bounds),
            (r#"{"expiry_time": 36501}"#, bounds),
            (r#"{"expiry_time": 18446744073709551615}"#, bounds),
            (r#"{"expiry_time": "0s"}"#, bounds),
            (r#"{"expiry_time": "36501d"}"#, bounds),
            (r#"{"expiry_time": "1500ms"}"#, "expiry_time must be in whole seconds"),
            (r#"{"expiry_time": "7"}"#, "expiry_time \"7\" has no unit"),
            (
                r#"{"expiry_time": true}"#,
                "expiry_time must be a length of time such as \"15m\" and is a boolean",
            ),
        ] {
            assert_eq!(problems("Expiry", given), [expected], "{given}");
        }
    }
}

//! `Cooldown`: between making two lies a time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Fields, Per};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// For one identity or client, the next is made `min_interval` after the last at the earliest.
pub struct Cooldown {
    /// At least a second.
    #[serde(with = "crate::model::duration::text")]
    pub min_interval: Duration,
    /// For whom.
    pub per: Per,
}

impl Cooldown {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let min_interval = fields.interval("min_interval");
        let per = fields.word("per", Some(Per::Identity));
        Some(Self { min_interval: min_interval?, per: per? })
    }
}

#[cfg(test)]
mod tests {
    use crate::model::rules::testing::problems;

    #[test]
    fn what_is_wrong_is_named() {
        for (given, expected) in [
            ("{}", "min_interval is missing"),
            (r#"{"min_interval": "999ms"}"#, "min_interval must be >= 1s"),
            (r#"{"min_interval": "36501d"}"#, "min_interval must be <= 36500d"),
            (r#"{"min_interval": "1s", "per": "user"}"#, "per \"user\" is unknown"),
        ] {
            assert_eq!(problems("Cooldown", given), [expected]);
        }
        assert!(problems("Cooldown", r#"{"min_interval": "1s", "per": "client"}"#).is_empty());
    }
}

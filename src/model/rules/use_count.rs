//! `UseCount`: it works a set number of times.

use serde::{Deserialize, Serialize};

use super::Fields;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It works `max_use_count` times.
pub struct UseCount {
    /// 1 to 2147483647.
    pub max_use_count: i64,
}

/// As often as a token may be used at most.
pub(super) const MOST: i64 = 2_147_483_647;

impl UseCount {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self { max_use_count: fields.integer("max_use_count", (1, MOST), None)? })
    }
}

#[cfg(test)]
mod tests {
    use crate::model::rules::testing::problems;

    #[test]
    fn what_is_wrong_is_named() {
        for (given, expected) in [
            ("{}", "max_use_count is missing"),
            (r#"{"max_use_count": 0}"#, "max_use_count must be 1..2147483647, got 0"),
            (r#"{"max_use_count": -1}"#, "max_use_count must be 1..2147483647, got -1"),
            (r#"{"max_use_count": 1.5}"#, "max_use_count must be 1..2147483647, got 1.5"),
            (
                r#"{"max_use_count": 2147483648}"#,
                "max_use_count must be 1..2147483647, got 2147483648",
            ),
            (r#"{"max_use_count": "1"}"#, "max_use_count must be a whole number and is text"),
        ] {
            assert_eq!(problems("UseCount", given), [expected]);
        }
        assert!(problems("UseCount", r#"{"max_use_count": 2147483647}"#).is_empty());
    }

    #[test]
    fn an_unknown_key_is_named_with_the_nearest_one() {
        assert_eq!(
            problems("UseCount", r#"{"max_use_count": 1, "max_use_cont": 1, "wombat": 1}"#),
            ["unknown key max_use_cont; did you mean max_use_count?", "unknown key wombat"]
        );
    }
}

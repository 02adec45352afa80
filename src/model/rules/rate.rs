//! `Rate`: it works so often in a window of time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Fields, Shape, use_count::MOST};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It works `max_use_count` times in a window, which begins with its first use and, once over, with
/// the next one.
pub struct Rate {
    /// At least a second.
    #[serde(with = "crate::model::duration::text")]
    pub window: Duration,
    /// 1 to 2147483647.
    pub max_use_count: i64,
}

impl Rate {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let window = fields.interval("window");
        let max_use_count = fields.integer("max_use_count", (1, MOST), None);
        fields.takes("algorithm", Shape::Word(vec!["fixed".to_owned()]), None);
        let algorithm = fields.text("algorithm", Some("fixed")).and_then(|algorithm| {
            let remedy = "write fixed, or leave it out";
            fields.demand("algorithm", algorithm == "fixed", "must be fixed", remedy)
        });
        algorithm?;
        Some(Self { window: window?, max_use_count: max_use_count? })
    }
}

#[cfg(test)]
mod tests {
    use crate::model::rules::testing::problems;

    #[test]
    fn what_is_wrong_is_named() {
        for (given, expected) in [
            (r#"{"max_use_count": 2}"#, "window is missing"),
            (r#"{"window": "1s"}"#, "max_use_count is missing"),
            (r#"{"window": "999ms", "max_use_count": 2}"#, "window must be >= 1s"),
            (r#"{"window": "36501d", "max_use_count": 2}"#, "window must be <= 36500d"),
            (
                r#"{"window": 10, "max_use_count": 2}"#,
                "window must be a length of time such as \"15m\" and is a number",
            ),
            (
                r#"{"window": "1s", "max_use_count": 0}"#,
                "max_use_count must be 1..2147483647, got 0",
            ),
            (
                r#"{"window": "1s", "max_use_count": 2, "algorithm": "sliding"}"#,
                "algorithm must be fixed",
            ),
        ] {
            assert_eq!(problems("Rate", given), [expected]);
        }
        let whole = r#"{"window": "1s", "max_use_count": 1, "algorithm": "fixed"}"#;
        assert!(problems("Rate", whole).is_empty());
    }
}

//! `MaxActive`: at most so many of its type are active.

use serde::{Deserialize, Serialize};

use super::Fields;

/// The most that a type can have active for one identity or client.
pub const MOST_ACTIVE: i64 = 100;

words! {
    /// For whom tokens are counted.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Per: "per" {
        /// For each identity.
        Identity = "identity",
        /// For each client that makes them.
        Client = "client",
    }
}

words! {
    /// What happens when one more is to be made.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum OnLimit: "on_limit" {
        /// It is not.
        Reject = "reject",
        /// The oldest gives way.
        EvictOldest = "evict_oldest",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// At most `max` of its type are active for one identity or client.
pub struct MaxActive {
    /// 1 to 100.
    pub max: i64,
    /// For whom.
    pub per: Per,
    /// What happens beyond.
    pub on_limit: OnLimit,
}

impl MaxActive {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let max = fields.integer("max", (1, MOST_ACTIVE), None);
        let per = fields.word("per", Some(Per::Identity));
        let on_limit = fields.word("on_limit", Some(OnLimit::Reject));
        Some(Self { max: max?, per: per?, on_limit: on_limit? })
    }
}

#[cfg(test)]
mod tests {
    use crate::model::rules::testing::problems;

    #[test]
    fn what_is_wrong_is_named() {
        for (given, expected) in [
            ("{}", "max is missing"),
            (r#"{"max": 0}"#, "max must be 1..100, got 0"),
            (r#"{"max": 101}"#, "max must be 1..100, got 101"),
            (r#"{"max": 1, "per": "all"}"#, "per \"all\" is unknown"),
            (r#"{"max": 1, "on_limit": "wait"}"#, "on_limit \"wait\" is unknown"),
        ] {
            assert_eq!(problems("MaxActive", given), [expected]);
        }
        assert!(problems("MaxActive", r#"{"max": 100, "per": "client"}"#).is_empty());
    }

    #[test]
    fn all_that_is_wrong_is_named() {
        assert_eq!(
            problems("MaxActive", r#"{"max": 0, "per": 1, "on_limit": "x", "min": 2}"#).len(),
            4
        );
    }
}

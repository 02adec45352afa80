//! `MaxActive`: at most so many of its type are active.

use serde::{Deserialize, Serialize};

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

//! `Cooldown`: between making two lies a time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Per;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// For one identity or client, the next is made `min_interval` after the last at the earliest.
pub struct Cooldown {
    /// At least a second.
    #[serde(with = "crate::model::duration::text")]
    pub min_interval: Duration,
    /// For whom.
    pub per: Per,
}

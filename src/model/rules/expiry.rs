//! `Expiry`: it stops working after a time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It stops working `expiry_time` after it was made.
pub struct Expiry {
    /// At most 36500 days.
    #[serde(with = "crate::model::duration::text")]
    pub expiry_time: Duration,
}

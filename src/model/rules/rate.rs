//! `Rate`: it works so often in a window of time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

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

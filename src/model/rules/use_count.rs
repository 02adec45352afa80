//! `UseCount`: it works a set number of times.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It works `max_use_count` times.
pub struct UseCount {
    /// 1 to 2147483647.
    pub max_use_count: i64,
}

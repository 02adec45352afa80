//! `Idle`: it stops working when it rests too long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It stops working `max_idle` after it was last used, or made.
pub struct Idle {
    /// How long it may rest.
    #[serde(with = "crate::model::duration::text")]
    pub max_idle: Duration,
    /// Uses closer together than this need not be noted; less than `max_idle`.
    #[serde(with = "crate::model::duration::text")]
    pub touch_every: Duration,
}

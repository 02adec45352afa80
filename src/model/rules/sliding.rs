//! `Sliding`: each use makes it live on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// Each use makes it live `extend_by` from then, though no longer than `max_lifetime` from its
/// making.
pub struct Sliding {
    /// How long from each use.
    #[serde(with = "crate::model::duration::text")]
    pub extend_by: Duration,
    /// How long at most in all; not less than `extend_by`.
    #[serde(with = "crate::model::duration::text")]
    pub max_lifetime: Duration,
}

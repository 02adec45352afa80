//! `PurposeOnce`: it works once for each purpose.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It works once for each of its purposes.
pub struct PurposeOnce {}

impl PurposeOnce {
    /// It has no keys.
    pub(super) fn read() -> Self {
        Self {}
    }
}

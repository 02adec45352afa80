//! `NotBefore`: it does not work before a time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::timestamp::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It does not work before a time: one of the two is there.
pub struct NotBefore {
    /// So long after it was made.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::model::duration::text_or_none"
    )]
    pub delay: Option<Duration>,
    /// This moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

//! The zone that times are shown in.

use serde::{Deserialize, Serialize};

use crate::model::timestamp::Timestamp;

/// A time zone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Zone;

impl Zone {
    /// Coordinated Universal Time.
    pub(super) fn utc() -> Self {
        Self
    }

    /// How many seconds its clocks are ahead of UTC at a moment.
    pub(super) fn offset_at(&self, _at: Timestamp) -> i32 {
        0
    }

    /// How the zone is called at a moment.
    pub(super) fn name_at(&self, _at: Timestamp) -> String {
        "UTC".to_owned()
    }
}

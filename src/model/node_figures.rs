//! What a node says of itself each minute, so that all can be seen from any one of them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::timestamp::Timestamp;

/// What a node had to do in a minute, and with what.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NodeFigures {
    /// When it said so, by its own clock.
    pub at: Timestamp,
    /// How many requests it answered each second.
    pub requests_per_second: f64,
    /// What 99 of 100 introspections took no longer than, in microseconds; `None` if there were
    /// none.
    pub introspection_p99_micros: Option<u64>,
    /// The memory of its process, in bytes; `None` where the system does not tell.
    pub memory_bytes: Option<u64>,
    /// How long the store took to answer, in microseconds; `None` if it did not.
    pub store_micros: Option<u64>,
}

impl NodeFigures {
    /// As the store keeps them.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// Of what the store keeps; `None` where another version wrote something else.
    #[must_use]
    pub fn of_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What 99 of 100 introspections took no longer than.
    #[must_use]
    pub fn introspection_p99(&self) -> Option<Duration> {
        self.introspection_p99_micros.map(Duration::from_micros)
    }

    /// How long the store took to answer.
    #[must_use]
    pub fn store_latency(&self) -> Option<Duration> {
        self.store_micros.map(Duration::from_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_survive_the_store_and_what_is_none_is_nothing() {
        let figures = NodeFigures {
            at: Timestamp(1),
            requests_per_second: 71.5,
            introspection_p99_micros: Some(3_600),
            memory_bytes: None,
            store_micros: Some(400),
        };

        assert_eq!(NodeFigures::of_json(&figures.to_json()), Some(figures));
        assert_eq!(NodeFigures::of_json("{}"), None);
        assert_eq!(NodeFigures::of_json(""), None);
    }
}

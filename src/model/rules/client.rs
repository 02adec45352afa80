//! `Client`: some clients only may make and use it.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// Only clients of `allow` may make and use it.
pub struct Client {
    /// The clients; not empty.
    pub allow: Vec<String>,
}

impl Client {
    /// Whether `client_id` is one of them.
    #[must_use]
    pub fn admits(&self, client_id: &str) -> bool {
        self.allow.iter().any(|allowed| allowed == client_id)
    }
}

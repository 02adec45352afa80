//! `Client`: some clients only may make and use it.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// Only clients of `allow` may make and use it.
pub struct Client {
    /// The clients; not empty.
    pub allow: Vec<String>,
}

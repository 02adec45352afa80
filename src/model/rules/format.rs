//! `Format`: what its string looks like.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// The string is `prefix` and `bytes` random bytes in base64url.
pub struct Format {
    /// 16, or 32 to 64.
    pub bytes: u8,
    /// What stands in front; empty for nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
}

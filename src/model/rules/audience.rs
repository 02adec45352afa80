//! `Audience`: it works for some resource servers only.

use serde::{Deserialize, Serialize};

words! {
    /// How the audiences of a caller and those allowed have to meet.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Mode: "mode" {
        /// One of them is enough.
        Any = "any",
        /// The caller has to have them all.
        All = "all",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It works where the caller acts for a resource server of `allow`.
pub struct Audience {
    /// The audiences; not empty.
    pub allow: Vec<String>,
    /// Whether one is enough.
    pub mode: Mode,
}

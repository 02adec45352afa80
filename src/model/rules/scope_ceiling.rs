//! `ScopeCeiling`: it is made for no more than some scope.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It is made for no more than the scope tokens of `max`.
pub struct ScopeCeiling {
    /// The scope tokens; not empty.
    pub max: Vec<String>,
}

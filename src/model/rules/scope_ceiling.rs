//! `ScopeCeiling`: it is made for no more than some scope.

use serde::{Deserialize, Serialize};

use super::Fields;
use crate::model::scope::Scope;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It is made for no more than the scope tokens of `max`.
pub struct ScopeCeiling {
    /// The scope tokens; not empty.
    pub max: Vec<String>,
}

impl ScopeCeiling {
    /// Whether a token may be made for `scope_token`.
    #[must_use]
    pub fn admits(&self, scope_token: &str) -> bool {
        self.max.iter().any(|most| most == scope_token)
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self { max: fields.names("max", is_scope_token, "scope token")? })
    }
}

fn is_scope_token(text: &str) -> bool {
    Scope::parse(text).is_ok_and(|scope| scope.iter().eq([text]))
}

#[cfg(test)]
mod tests {
    use crate::model::rules::testing::problems;

    #[test]
    fn what_is_wrong_is_named() {
        for (given, expected) in [
            ("{}", "max must not be empty"),
            (r#"{"max": []}"#, "max must not be empty"),
            (r#"{"max": ["read", ""]}"#, "max[1] \"\" is no scope token"),
            (r#"{"max": ["read write"]}"#, "max[0] \"read write\" is no scope token"),
            (r#"{"max": ["é"]}"#, "max[0] \"é\" is no scope token"),
        ] {
            assert_eq!(problems("ScopeCeiling", given), [expected]);
        }
        assert!(problems("ScopeCeiling", r#"{"max": ["read"]}"#).is_empty());
    }
}

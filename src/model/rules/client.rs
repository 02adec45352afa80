//! `Client`: some clients only may make and use it.

use serde::{Deserialize, Serialize};

use super::Fields;
use crate::model::client_id::ClientId;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// Only clients of `allow` may make and use it.
pub struct Client {
    /// The clients; not empty.
    pub allow: Vec<String>,
}

impl Client {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let allow = fields.names("allow", |name| ClientId::parse(name).is_ok(), "client id")?;
        Some(Self { allow })
    }

    /// Whether `client_id` is one of them.
    #[must_use]
    pub fn admits(&self, client_id: &str) -> bool {
        self.allow.iter().any(|allowed| allowed == client_id)
    }
}

#[cfg(test)]
mod tests {
    use crate::model::rules::testing::problems;

    #[test]
    fn what_is_wrong_is_named() {
        for (given, expected) in [
            ("{}", "allow must not be empty"),
            (r#"{"allow": []}"#, "allow must not be empty"),
            (r#"{"allow": ["app1", "app 2"]}"#, "allow[1] \"app 2\" is no client id"),
        ] {
            assert_eq!(problems("Client", given), [expected]);
        }
        assert!(problems("Client", r#"{"allow": ["app1"]}"#).is_empty());
    }
}

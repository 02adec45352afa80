//! What may be chosen about the JWTs that say who a person is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::scope::Scope;

words! {
    /// What stands in their `sub`.
    pub enum SubjectFormat: "subject format" {
        /// The realm, a dash and the name. No realm has a dash, so it comes apart in one way only.
        RealmUsername = "realm-username",
        /// The id of the user, which stays when a name is written in another way.
        UserId = "user_id",
    }
}

words! {
    /// What `scopes` is.
    pub enum ScopesShape: "shape of scopes" {
        /// A list of scope tokens.
        Array = "array",
        /// Lists by service: what stands before the first colon of each scope token.
        Map = "map",
    }
}

impl ScopesShape {
    /// What `scopes` is of somebody with this scope.
    #[must_use]
    pub fn of(self, scope: &Scope) -> Value {
        match self {
            Self::Array => scope.iter().collect::<Vec<_>>().into(),
            Self::Map => {
                let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
                for token in scope.iter() {
                    // What names no service belongs to the one without a name.
                    let (service, scope) = token.split_once(':').unwrap_or(("", token));
                    services.entry(service).or_default().push(scope);
                }
                json!(services)
            }
        }
    }
}

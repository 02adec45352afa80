//! `SubjectAlive`: it falls with its user.

use serde::{Deserialize, Serialize};

words! {
    /// What ends it.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum SubjectEvent: "event" {
        /// Its user has another password.
        PasswordChange = "password_change",
        /// Its user is disabled or deleted.
        Disable = "disable",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// Its identity is a user, with whom it falls.
pub struct SubjectAlive {
    /// What ends it; not empty. A user who is disabled or deleted, or whose tokens are all revoked,
    /// ends it always.
    pub events: Vec<SubjectEvent>,
}

//! What a user's personal tokens say of them: what is so now, or what was so when each was made.

use serde::{Deserialize, Serialize};

use super::{
    scope::{NotAScope, Scope},
    space_delimited::SpaceDelimited,
    user::{Attributes, User},
};

words! {
    /// Which of the two. Whether their user may do anything is judged by what is so now, whichever
    /// it is.
    pub enum UserSnapshot: "user snapshot" {
        /// What is so now.
        Live = "live",
        /// What was so when the token was made.
        Issue = "issue",
    }
}

/// What was so of a user when a token was made: what applications are told of them, beside the name
/// and the realm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserAtIssue {
    roles: String,
    scope: String,
    attributes: Attributes,
    claims: Attributes,
}

impl UserAtIssue {
    /// What is so of `user`.
    #[must_use]
    pub fn of(user: &User) -> Self {
        Self {
            roles: user.roles.to_string(),
            scope: user.scope.to_string(),
            attributes: user.attributes.clone(),
            claims: user.claims.clone(),
        }
    }

    /// `user`, and of them what was so then.
    ///
    /// # Errors
    ///
    /// [`NotAScope`] if that is nothing that [`UserAtIssue::of`] made.
    pub fn of_then(self, user: &User) -> Result<User, NotAScope> {
        Ok(User {
            roles: SpaceDelimited::parse(&self.roles),
            scope: Scope::parse(&self.scope)?,
            attributes: self.attributes,
            claims: self.claims,
            ..user.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::{timestamp::Timestamp, user::UserStatus, username::Username};

    #[test]
    fn what_was_so_is_what_applications_are_told_and_nothing_else() {
        let name = Username::parse("alice").unwrap();
        let attributes = |text: &str| Attributes::try_from(text.to_owned()).unwrap();
        let then = User {
            roles: SpaceDelimited::parse("admin developer"),
            scope: Scope::parse("read write").unwrap(),
            attributes: attributes(r#"{"team":{"name":"a"}}"#),
            claims: attributes(r#"{"email":"a@example.com"}"#),
            ..User::blank(Uuid::from_u128(7), "internal", &name, Timestamp(0))
        };
        let now = User {
            status: UserStatus::Disabled,
            version: 2,
            generation: 2,
            ..User::blank(then.user_id, "internal", &name, Timestamp(0))
        };

        let sealed = serde_json::to_vec(&UserAtIssue::of(&then)).unwrap();
        let opened: UserAtIssue = serde_json::from_slice(&sealed).unwrap();

        let expected = User { status: now.status, version: 2, generation: 2, ..then };
        assert_eq!(opened.of_then(&now).unwrap(), expected);
    }
}

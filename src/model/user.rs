//! Users: the people, and the accounts of services, on whose behalf tokens are issued.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    person_refusal::PersonRefusal, scope::Scope, space_delimited::SpaceDelimited,
    timestamp::Timestamp, username::Username,
};

/// The realm of users that nobody put into another one.
pub const DEFAULT_REALM: &str = "default";

/// The longest JSON text of all attributes of a user, and of all claims, in bytes.
pub const LONGEST_ATTRIBUTES: usize = 16 * 1024;

words! {
    /// Whether a user may do anything.
    pub enum UserStatus: "user status" {
        /// They may.
        Active = "active",
        /// They may not, until they are set active again; the tokens they had stay dead.
        Disabled = "disabled",
        /// They are gone; only the name is remembered, so that nobody else is given it.
        Deleted = "deleted",
    }
}

words! {
    /// What somebody may do to the server itself. Never in tokens.
    pub enum OperatorRole: "operator role" {
        /// Look at everything that is no secret, and at the audit log.
        Auditor = "auditor",
        /// End tokens.
        TokenAdmin = "token-admin",
        /// Change clients and resource servers.
        ClientAdmin = "client-admin",
        /// Change users.
        UserAdmin = "user-admin",
        /// Everything.
        Admin = "admin",
    }
}

/// Claims that the server makes itself, or that say something about a token rather than about a
/// person: nobody states these of a user (RFC 7519 §4.1, RFC 9068 §2.2, OpenID Connect Core §2).
pub const RESERVED_CLAIMS: &[&str] = &[
    "acr",
    "act",
    "amr",
    "at_hash",
    "attributes",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "client_id",
    "cnf",
    "events",
    "exp",
    "iat",
    "iss",
    "jti",
    "may_act",
    "nbf",
    "nonce",
    "realm",
    "roles",
    "s_hash",
    "scope",
    "scopes",
    "sid",
    "sub",
    "typ",
    "username",
];

/// The argon2id hash of a password, as a PHC string. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(transparent))]
pub struct PasswordHash(String);

/// JSON values by name: what is known of a user, or said of one to applications.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(BTreeMap<String, Value>);

/// A user.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct User {
    /// The key of the row.
    pub user_id: Uuid,
    /// The namespace of the name.
    pub realm: String,
    /// The name, as it is shown.
    pub username: String,
    /// The name, as names are compared; unique in the realm.
    pub username_fold: String,
    /// What is kept of the password, if there is one.
    #[cfg_attr(feature = "server", sqlx(rename = "password_phc"))]
    pub password: Option<PasswordHash>,
    /// Roles in applications; they stand in tokens.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub roles: SpaceDelimited,
    /// What they may do to the server itself, each an [`OperatorRole`].
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub operator_roles: SpaceDelimited,
    /// What else is known of them.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub attributes: Attributes,
    /// What they may do in applications, as scope tokens; it stands in their JWTs.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub scope: Scope,
    /// What is said of them to applications, each a member of their JWTs. None has a name of
    /// [`RESERVED_CLAIMS`].
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub claims: Attributes,
    /// Whether they may do anything.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub status: UserStatus,
    /// Raised to end all their tokens at once: an entry with an older one is dead.
    pub generation: i64,
    /// Raised by every change.
    pub version: i64,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they were last changed.
    pub updated_at: Timestamp,
    /// The first moment at which they may sign in again, where an operator locked them out.
    pub locked_until: Option<Timestamp>,
    /// When their password was last changed, where that was noted.
    pub password_changed_at: Option<Timestamp>,
    /// When they last signed in.
    pub signed_in_at: Option<Timestamp>,
}

impl User {
    /// A user of this name before anything is set.
    #[must_use]
    pub fn blank(user_id: Uuid, realm: &str, username: &Username, now: Timestamp) -> Self {
        Self {
            user_id,
            realm: realm.to_owned(),
            username: username.as_str().to_owned(),
            username_fold: username.folded().to_owned(),
            password: None,
            roles: SpaceDelimited::default(),
            operator_roles: SpaceDelimited::default(),
            attributes: Attributes::default(),
            scope: Scope::default(),
            claims: Attributes::default(),
            status: UserStatus::Active,
            generation: 1,
            version: 1,
            created_at: now,
            updated_at: now,
            locked_until: None,
            password_changed_at: None,
            signed_in_at: None,
        }
    }

    /// Whether they may do anything.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == UserStatus::Active
    }

    /// Whether an operator has locked them out at `at`: nothing of theirs works, and nothing ends.
    #[must_use]
    pub fn is_locked(&self, at: Timestamp) -> bool {
        self.locked_until.is_some_and(|until| at < until)
    }

    /// Whether they may prove who they are at `at`, or have done so: neither disabled nor locked out.
    #[must_use]
    pub fn may_sign_in(&self, at: Timestamp) -> bool {
        self.is_active() && !self.is_locked(at)
    }

    /// Why they may not prove by a password who they are at `at`, or why theirs is another one: for
    /// the log.
    #[must_use]
    pub fn password_refusal(&self, at: Timestamp) -> PersonRefusal {
        match self.password {
            _ if !self.is_active() => PersonRefusal::Disabled,
            _ if self.is_locked(at) => PersonRefusal::Locked,
            None => PersonRefusal::NoPassword,
            Some(_) => PersonRefusal::WrongPassword,
        }
    }

    /// How people tell this user from all others: `default/ingrid`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}/{}", self.realm, self.username)
    }
}

/// Whether `text` can be a realm: 1 to 63 characters of `a-z 0-9 _ .`. No dash: a subject made of
/// realm and name, joined by one, must come apart in one way only.
#[must_use]
pub fn is_realm(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'.';
    (1..=63).contains(&text.len()) && text.bytes().all(allowed)
}

impl PasswordHash {
    /// Takes a PHC string of argon2id.
    #[must_use]
    pub fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

impl Attributes {
    /// The attributes and their names, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The value of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, Value)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl TryFrom<String> for Attributes {
    type Error = serde_json::Error;

    fn try_from(text: String) -> Result<Self, serde_json::Error> {
        serde_json::from_str(&text).map(Self)
    }
}

impl fmt::Display for Attributes {
    /// A JSON object, names in order.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_as_they_were_written() {
        let text = r#"{"a":[1,2.5],"b":"x","c":{"d":true}}"#;

        assert_eq!(Attributes::try_from(text.to_owned()).unwrap().to_string(), text);
        assert!(Attributes::try_from("[]".to_owned()).is_err());
    }

    #[test]
    fn a_realm_has_no_dash_and_no_capital() {
        for text in ["default", "a.b_1", &"a".repeat(63)] {
            assert!(is_realm(text), "{text}");
        }
        for text in ["", "a-b", "A", "a b", "ä", &"a".repeat(64)] {
            assert!(!is_realm(text), "{text}");
        }
    }

    #[test]
    fn a_password_hash_does_not_show_itself() {
        let shown = format!("{:?}", PasswordHash::new("$argon2id$x".to_owned()));

        assert_eq!(shown, "PasswordHash(…)");
    }
}

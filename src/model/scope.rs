//! Scope: what a token may be used for (RFC 6749 §3.3).

use std::fmt;

use super::{space_delimited::SpaceDelimited, timestamp::Timestamp};

/// What clients ask for to be told of people (OpenID Connect Core §3.1.2.1, §5.4, §11): the server's
/// own scope, known without being described or belonging to a resource server.
pub const OPENID_SCOPES: &[&str] =
    &["openid", "profile", "email", "address", "phone", "offline_access"];

/// A set of scope tokens, in the order given. They are case-sensitive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope(SpaceDelimited);

/// A scope token, and what it allows in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct DescribedScope {
    /// The one token.
    pub scope: String,
    /// What it allows.
    pub description: String,
    /// When the description was last changed.
    pub updated_at: Timestamp,
}

/// A character that no scope token may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope token holds printable ASCII characters only, and no quote or backslash")]
pub struct NotAScope;

impl Scope {
    /// Reads scope tokens parted by spaces.
    ///
    /// # Errors
    ///
    /// [`NotAScope`] for a character outside `%x21 / %x23-5B / %x5D-7E` (RFC 6749 §3.3).
    pub fn parse(text: &str) -> Result<Self, NotAScope> {
        let allowed = |byte| matches!(byte, b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if text.bytes().all(allowed) {
            Ok(Self(SpaceDelimited::parse(text)))
        } else {
            Err(NotAScope)
        }
    }

    /// Whether it holds `token`.
    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        self.0.contains(token)
    }

    /// Its tokens.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a token is in both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.0.meets(&other.0)
    }

    /// The tokens of this scope, and those of the other.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self(self.iter().chain(other.iter()).map(str::to_owned).collect())
    }

    /// The tokens of this scope that `keep` wants.
    #[must_use]
    pub fn retain(&self, mut keep: impl FnMut(&str) -> bool) -> Self {
        Self(self.iter().filter(|token| keep(token)).map(str::to_owned).collect())
    }
}

impl TryFrom<String> for Scope {
    type Error = NotAScope;

    fn try_from(text: String) -> Result<Self, NotAScope> {
        Self::parse(&text)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn order_stays_and_repetition_goes() {
        assert_eq!(Scope::parse("b a  b").unwrap().to_string(), "b a");
    }

    #[test]
    fn quotes_controls_and_foreign_letters_are_refused() {
        for text in ["a\"", "a\\b", "a\tb", "a\0", "ü", "a\n"] {
            assert_eq!(Scope::parse(text), Err(NotAScope), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(tokens in prop::collection::vec("[!#-\\[\\]-~]{1,9}", 0..9)) {
            let scope = Scope::parse(&tokens.join(" ")).unwrap();

            prop_assert_eq!(Scope::parse(&scope.to_string()), Ok(scope.clone()));
            prop_assert!(tokens.iter().all(|token| scope.contains(token)));
        }

        #[test]
        fn no_text_panics_and_none_smuggles_a_character_in(text in any::<String>()) {
            if let Ok(scope) = Scope::parse(&text) {
                prop_assert!(scope.iter().all(|token| token.bytes().all(|b| b.is_ascii_graphic())));
            }
        }
    }
}

//! The name of a client on the wire.

use std::fmt;

/// A client identifier: 1 to 100 characters of `A-Z a-z 0-9 . _ ~ -` (RFC 6749 §2.2).
///
/// The characters need no escaping in a URL, a form, a Basic header or a list parted by spaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "entry-check", derive(sqlx::Type), sqlx(transparent))]
pub struct ClientId(String);

/// See [`ClientId::of_people`].
const PEOPLE: &str = "~people";

/// A string that names no client, now or ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a client id has 1 to 100 letters, digits, dots, underscores, tildes or dashes")]
pub struct NotAClientId;

impl ClientId {
    /// Reads a client identifier.
    ///
    /// # Errors
    ///
    /// [`NotAClientId`] for anything outside the form above.
    pub fn parse(text: &str) -> Result<Self, NotAClientId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
        if (1..=100).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAClientId)
        }
    }

    /// What holds the tokens that people make for themselves, in the place of a client: there is
    /// none of that name, and nobody registers it.
    #[must_use]
    pub fn of_people() -> Self {
        Self(PEOPLE.to_owned())
    }

    /// Whether it is [`ClientId::of_people`].
    #[must_use]
    pub fn is_of_people(&self) -> bool {
        self.0 == PEOPLE
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_need_escaping_is_refused() {
        assert_eq!(ClientId::parse("report-mailer_2.x~").unwrap().as_str(), "report-mailer_2.x~");
        for text in ["", "a b", "a:b", "ä", "a\0", "a/b", &"a".repeat(101)] {
            assert_eq!(ClientId::parse(text), Err(NotAClientId), "{text:?}");
        }
    }
}

//! What a sign-in was worth, in a word that server and clients agreed on (OpenID Connect Core §2,
//! `acr`).

use std::{fmt, str::FromStr};

/// The longest, in bytes.
const LONGEST: usize = 255;

/// The name of an authentication context class: best a URI. 1 to 255 visible ASCII characters, since
/// clients list such names with spaces in between; no quotation mark and no backslash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationClass(String);

/// A text that names no class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no name of an authentication context class")]
pub struct NoAuthenticationClass;

impl AuthenticationClass {
    /// As it goes over the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AuthenticationClass {
    type Err = NoAuthenticationClass;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
        let is_name = (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_allowed);
        if is_name { Ok(Self(text.to_owned())) } else { Err(NoAuthenticationClass) }
    }
}

impl fmt::Display for AuthenticationClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_a_list_without_doubt() {
        for name in ["1", "urn:tessera:acr:password", "https://refeds.org/profile/sfa"] {
            assert_eq!(name.parse::<AuthenticationClass>().unwrap().as_str(), name);
        }
        for text in ["", "two words", "a\tb", "\"", "\\", "é", &"x".repeat(LONGEST + 1)] {
            assert_eq!(text.parse::<AuthenticationClass>(), Err(NoAuthenticationClass), "{text}");
        }
    }
}

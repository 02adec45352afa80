//! The names of users, and when two of them are the same.

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};

use super::look_alike::is_disguise;

/// The longest name, in characters.
const LONGEST: usize = 200;

/// The name of a user: as it is shown, and as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username {
    shown: String,
    folded: String,
}

/// Text that is no user's name, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAUsername {
    /// It is empty or too long.
    #[error("a user name has 1 to {LONGEST} characters")]
    Length,
    /// It begins or ends with a space, which nobody sees. It is not cut off: whose name it then
    /// were, nobody could tell.
    #[error("a user name does not begin or end with a space")]
    Edge,
    /// It holds something that commands a terminal, turns text around or takes no room.
    #[error("a user name holds no control, direction or invisible characters")]
    Disguise,
}

impl Username {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// [`NotAUsername`].
    pub fn parse(text: &str) -> Result<Self, NotAUsername> {
        if !(1..=LONGEST).contains(&text.chars().count()) {
            return Err(NotAUsername::Length);
        }
        if text.chars().any(|c| c.is_control() || is_disguise(c)) {
            return Err(NotAUsername::Disguise);
        }
        if text.trim() != text {
            return Err(NotAUsername::Edge);
        }
        let folded = fold(text);
        // What looks like something may be made of nothing but spaces and marks.
        if folded.trim().is_empty() {
            return Err(NotAUsername::Length);
        }
        Ok(Self { shown: text.to_owned(), folded })
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// Whether somebody of this name can prove by a password who they are: Basic ends the name at the
    /// first colon (RFC 7617 §2).
    #[must_use]
    pub fn takes_password(&self) -> bool {
        !self.shown.contains(':')
    }

    /// What equal names have in common: NFKC, case folded. Compared, never shown.
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

/// Text without the differences of case and of form that people do not see: normalised to NFKC and
/// case-folded, without a locale, as Unicode's compatibility caseless match does (D146). Folding
/// twice gives the same.
#[must_use]
pub fn fold(text: &str) -> String {
    let (case, apart) = (CaseMapper::new(), DecomposingNormalizer::new_nfkd());
    let once = apart
        .normalize(&case.fold_string(&DecomposingNormalizer::new_nfd().normalize(text)))
        .into_owned();
    let twice = case.fold_string(&once).into_owned();
    ComposingNormalizer::new_nfkc().normalize(&twice).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_look_alike_are_the_same() {
        for (one, other) in [
            ("Ingrid", "INGRID"),
            ("Straße", "STRASSE"),
            ("Ａｎｎａ", "anna"),
            ("e\u{301}va", "Éva"),
            ("ﬁnn", "FINN"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        assert_ne!(fold("ingrid"), fold("ingrit"));
    }

    #[test]
    fn no_locale_has_a_say() {
        assert_eq!(fold("I"), "i");
        assert_ne!(fold("ı"), "i");
        assert_eq!(fold("İ"), "i\u{307}");
    }

    #[test]
    fn disguises_and_edges_are_refused() {
        for (text, why) in [
            ("", NotAUsername::Length),
            ("\u{3000}x", NotAUsername::Edge),
            (" ingrid", NotAUsername::Edge),
            ("ingrid ", NotAUsername::Edge),
            ("a\u{202e}b", NotAUsername::Disguise),
            ("a\nb", NotAUsername::Disguise),
            ("a\u{200b}b", NotAUsername::Disguise),
            (&"x".repeat(201), NotAUsername::Length),
        ] {
            assert_eq!(Username::parse(text), Err(why), "{text:?}");
        }
        assert_eq!(Username::parse("Jonas Weber").unwrap().as_str(), "Jonas Weber");
    }

    proptest! {
        #[test]
        fn folding_twice_gives_the_same(text in any::<String>()) {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}

//! What a typed token is good for.

use icu_normalizer::ComposingNormalizer;

/// Purposes, folded, each once, in the order given; none means any purpose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purposes(Vec<String>);

impl Purposes {
    /// Takes purposes as they were given. Blank ones count for nothing.
    pub fn of<'p>(given: impl IntoIterator<Item = &'p str>) -> Self {
        let mut purposes = Self::default();
        for purpose in given.into_iter().map(fold).filter(|purpose| !purpose.trim().is_empty()) {
            if !purposes.0.contains(&purpose) {
                purposes.0.push(purpose);
            }
        }
        purposes
    }

    /// The purposes, folded.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a token made for these is good for `purpose`; one made for none is good for any.
    #[must_use]
    pub fn admit(&self, purpose: Option<&str>) -> bool {
        self.0.is_empty() || purpose.map(fold).is_some_and(|purpose| self.0.contains(&purpose))
    }

    /// As the row keeps them.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        (!self.is_empty()).then(|| serde_json::json!(self.0).to_string())
    }
}

impl From<Option<String>> for Purposes {
    /// Reads what the row keeps. What cannot be read is a purpose that nobody has.
    fn from(text: Option<String>) -> Self {
        let read =
            |text: String| serde_json::from_str(&text).unwrap_or_else(|_| vec![String::new()]);
        Self(text.map(read).unwrap_or_default())
    }
}

/// What equal purposes have in common: lower case letter by letter, without a locale, in NFC.
#[must_use]
pub fn fold(purpose: &str) -> String {
    let composer = ComposingNormalizer::new_nfc();
    let lower: String = composer.normalize(purpose).chars().flat_map(char::to_lowercase).collect();
    composer.normalize(&lower).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_form_make_no_difference_and_nothing_else_is_folded() {
        assert_eq!(fold("LOGIN"), fold("login"));
        assert_eq!(fold("É"), fold("e\u{301}"));
        assert_eq!(fold("ΟΔΟΣ"), fold("οδοσ"));
        assert_ne!(fold("İ"), fold("i"));
        assert_ne!(fold(" login"), fold("login"));
    }

    #[test]
    fn blank_purposes_are_none_and_none_admits_any() {
        let any = Purposes::of(["", "  "]);
        let login = Purposes::of(["Login", "LOGIN", " "]);

        assert!(any.is_empty() && any.admit(None) && any.admit(Some("x")));
        assert_eq!(login.iter().collect::<Vec<_>>(), ["login"]);
        assert!(login.admit(Some("lOgIn")) && !login.admit(None) && !login.admit(Some("")));
        assert_eq!(Purposes::from(login.text()), login);
    }

    #[test]
    fn what_cannot_be_read_admits_nothing() {
        let unreadable = Purposes::from(Some("{".to_owned()));

        assert!(!unreadable.admit(None) && !unreadable.admit(Some("x")));
    }
}

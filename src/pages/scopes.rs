//! What scope tokens allow, in words for people.

use super::words::Words;

/// A scope token on a page.
pub(super) struct ScopeInWords {
    /// The token itself.
    pub(super) token: String,
    /// What it allows; of what nobody described, that nobody did.
    pub(super) text: String,
    /// The drawing for it.
    pub(super) icon: &'static str,
}

/// The scope tokens of OpenID Connect (Core §5.4, §11): the drawing for each, and the key of what it
/// allows.
const STANDARD: &[(&str, &str, &str)] = &[
    ("openid", "id", "scope-openid"),
    ("profile", "user", "scope-profile"),
    ("email", "mail", "scope-email"),
    ("address", "globe", "scope-address"),
    ("phone", "phone", "scope-phone"),
    ("offline_access", "clock", "scope-offline-access"),
];

impl ScopeInWords {
    /// What `token` allows. What operators say of it goes before what we say.
    pub(super) fn of(token: &str, description: Option<&str>, words: Words) -> Self {
        let standard = STANDARD.iter().find(|(known, ..)| *known == token);
        let text = match (description, standard) {
            (Some(description), _) => description.to_owned(),
            (None, Some((.., key))) => words.text(key).into_owned(),
            (None, None) => words.text("consent-no-description").into_owned(),
        };
        let icon = standard.map_or("key", |(_, icon, _)| icon);
        Self { token: token.to_owned(), text, icon }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operators_words_go_before_ours_and_nothing_is_hidden() {
        let text = |token, said| ScopeInWords::of(token, said, Words::english()).text;

        assert_eq!(text("email", Some("Write to you")), "Write to you");
        assert_eq!(text("phone", None), "See your phone number");
        assert_eq!(text("x:y", None), "No description");
    }
}

//! The strings that reference tokens are, and how to recognise one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    entry_key::EntryKey,
    secret::{Random, Secret, Sha256, same},
};

/// Characters of 256 random bits in base64url.
const RANDOM_LENGTH: usize = 43;

/// Characters of a 64-bit entry key in base64url.
const KEY_LENGTH: usize = 11;

/// Characters of the checksum.
const CHECKSUM_LENGTH: usize = 6;

/// How new reference tokens are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenStringForm {
    /// Whether the entry key stands in front, so that no index by hash is needed.
    pub locator: bool,
    /// What stands before everything else, such as `ts_`; empty for nothing.
    pub prefix: String,
    /// Whether six characters of checksum stand at the end, for secret scanners.
    pub checksum: bool,
}

/// What a presented string can be, judged by its shape alone.
#[derive(Debug)]
pub enum Recognised {
    /// A reference token, found by this hash.
    Reference(Sha256),
    /// A located reference token, found by its key and proven by this hash.
    Located(EntryKey, Sha256),
    /// Three parts parted by dots: a JWT.
    Jwt,
}

impl TokenStringForm {
    /// Draws the string of a reference token whose entry is `key`.
    #[must_use]
    pub fn generate(&self, key: EntryKey, random: &Random) -> Secret {
        let locator =
            if self.locator { URL_SAFE_NO_PAD.encode(key.to_bytes()) } else { String::new() };
        let body = Secret::generate(random);
        let mut text = format!("{}{locator}{}", self.prefix, body.expose());
        if self.checksum {
            text.push_str(&checksum(&text));
        }
        Secret::new(text)
    }

    /// Recognises a string by the configured prefix or, without it, by its shape.
    ///
    /// Both forms, with and without locator and checksum, are always recognised, so that tokens
    /// outlive a change of these settings; a prefix is recognised while it is configured. What has
    /// none of these forms may be a token of a type with a form of its own. Nothing
    /// is trimmed, folded or decoded: the hash is taken over the exact characters.
    #[must_use]
    pub fn recognise(&self, presented: &str) -> Option<Recognised> {
        if is_jwt(presented) {
            return Some(Recognised::Jwt);
        }
        if !presented.bytes().all(is_base64url) {
            return None;
        }
        let prefixed = presented.strip_prefix(&self.prefix).filter(|_| !self.prefix.is_empty());
        prefixed
            .and_then(|body| recognise_body(presented, body))
            .or_else(|| recognise_body(presented, presented))
            .or_else(|| recognise_own_form(presented))
    }
}

fn recognise_body(whole: &str, body: &str) -> Option<Recognised> {
    let (plain, located) = (RANDOM_LENGTH, KEY_LENGTH + RANDOM_LENGTH);
    let length = body.len();
    if length == plain + CHECKSUM_LENGTH || length == located + CHECKSUM_LENGTH {
        let (text, sum) = whole.split_at(whole.len() - CHECKSUM_LENGTH);
        if !same(checksum(text).as_bytes(), sum.as_bytes()) {
            return None;
        }
    }
    let hash = || Sha256::of(whole.as_bytes());
    if length == plain || length == plain + CHECKSUM_LENGTH {
        Some(Recognised::Reference(hash()))
    } else if length == located || length == located + CHECKSUM_LENGTH {
        let key = URL_SAFE_NO_PAD.decode(&body[..KEY_LENGTH]).ok()?;
        Some(Recognised::Located(EntryKey::from_bytes(key.try_into().ok()?)?, hash()))
    } else {
        None
    }
}

/// Recognises what a token type with a form of its own may write: up to 8 letters and a `_`, or
/// nothing, before 16 bytes or 32 to 64 of them.
fn recognise_own_form(whole: &str) -> Option<Recognised> {
    let is_prefix = |prefix: &str| {
        (1..=8).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let body = whole.split_once('_').filter(|(prefix, _)| is_prefix(prefix)).map(|(_, body)| body);
    let is_body = |body: &str| {
        let (whole_groups, rest) = (body.len() / 4, body.len() % 4);
        let bytes = whole_groups * 3 + rest.saturating_sub(1);
        rest != 1 && (bytes == 16 || (32..=64).contains(&bytes))
    };
    // No type writes strings as long as those that carry their entry key.
    let is_located =
        [0, CHECKSUM_LENGTH].contains(&whole.len().wrapping_sub(KEY_LENGTH + RANDOM_LENGTH));
    let is_own = !is_located && (is_body(whole) || body.is_some_and(is_body));
    is_own.then(|| Recognised::Reference(Sha256::of(whole.as_bytes())))
}

/// Six characters that tell a mistyped or cut string from a whole one. No protection in itself.
fn checksum(text: &str) -> String {
    let hash = Sha256::of(text.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_bytes()[..5])[..CHECKSUM_LENGTH].to_owned()
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn is_jwt(presented: &str) -> bool {
    presented.bytes().filter(|byte| *byte == b'.').count() == 2
        && presented.bytes().all(|byte| is_base64url(byte) || byte == b'.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::timestamp::Timestamp;

    const KEY_TIME: Timestamp = Timestamp(1_800_000_000_000);

    fn forms() -> Vec<TokenStringForm> {
        let mut forms = Vec::new();
        for locator in [false, true] {
            for checksum in [false, true] {
                for prefix in ["", "x_", "pr_", "tokens7_"] {
                    forms.push(TokenStringForm { locator, prefix: prefix.to_owned(), checksum });
                }
            }
        }
        forms
    }

    #[test]
    fn a_plain_token_has_43_characters_and_a_located_one_54() {
        let key = EntryKey::draw(KEY_TIME, &Random::system());
        let plain = TokenStringForm::default();
        let located = TokenStringForm { locator: true, ..TokenStringForm::default() };

        assert_eq!(plain.generate(key, &Random::system()).expose().len(), 43);
        assert_eq!(located.generate(key, &Random::system()).expose().len(), 54);
    }

    #[test]
    fn every_form_recognises_its_own() {
        let key = EntryKey::draw(KEY_TIME, &Random::system());
        for form in forms() {
            let token = form.generate(key, &Random::system());

            match form.recognise(token.expose()) {
                Some(Recognised::Located(found, hash)) => {
                    assert!(form.locator && found == key && hash.matches(token.hash().as_bytes()));
                }
                Some(Recognised::Reference(hash)) => {
                    assert!(!form.locator && hash.matches(token.hash().as_bytes()));
                }
                other => panic!("{form:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn tokens_outlive_a_change_of_locator_and_checksum() {
        let key = EntryKey::draw(KEY_TIME, &Random::system());
        for old in forms().into_iter().filter(|form| form.prefix.is_empty()) {
            let token = old.generate(key, &Random::system());
            for new in forms() {
                assert!(new.recognise(token.expose()).is_some(), "{old:?} then {new:?}");
            }
        }
    }

    #[test]
    fn a_cut_lengthened_or_altered_string_is_not_the_one_it_was() {
        let form = TokenStringForm { prefix: "ts_".to_owned(), checksum: true, locator: false };
        let token = form.generate(EntryKey::draw(KEY_TIME, &Random::system()), &Random::system());
        let text = token.expose();
        let altered = format!("{}{}", if text.ends_with('A') { "B" } else { "A" }, &text[1..]);

        for bad in [&text[..51], &format!("{text}A"), &format!(" {text}"), &altered] {
            let other = match form.recognise(bad) {
                // The length of a type with a form of its own, perhaps.
                Some(Recognised::Reference(hash)) => !hash.matches(token.hash().as_bytes()),
                other => other.is_none(),
            };
            assert!(other, "{bad}");
        }
    }

    #[test]
    fn padding_spaces_and_foreign_characters_are_not_recognised() {
        let form = TokenStringForm::default();
        for bad in ["", "=", &"é".repeat(43), &format!("{}=", "A".repeat(42)), "a.b", "a.b.c.d"] {
            assert!(form.recognise(bad).is_none(), "{bad}");
        }
        assert!(matches!(form.recognise("a.b.c"), Some(Recognised::Jwt)));
    }

    proptest! {
        #[test]
        fn no_string_panics(text in any::<String>(), body in "[A-Za-z0-9_-]{0,80}") {
            for form in forms() {
                let _ = form.recognise(&text);
                let _ = form.recognise(&body);
            }
        }

        #[test]
        fn a_reference_is_recognised_as_one_form_only(body in "[A-Za-z0-9_-]{43}") {
            let is_reference =
                |form: &TokenStringForm| matches!(form.recognise(&body), Some(Recognised::Reference(_)));
            prop_assert!(forms().iter().all(is_reference));
        }
    }
}

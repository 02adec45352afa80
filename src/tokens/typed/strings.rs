//! The strings of typed tokens: as all reference tokens of this server are written, unless their
//! type has a form of its own.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::model::{
    entry_key::EntryKey,
    rules::{Format, Rule},
    secret::{Random, Secret},
    token_entry::EntryFormat,
    token_string::TokenStringForm,
};

/// Draws the string of a token with these rules, and says how it leads to its entry.
pub(super) fn draw(
    rules: &[Rule],
    form: &TokenStringForm,
    (key, random): (EntryKey, &Random),
) -> (Secret, EntryFormat) {
    let own = rules.iter().find_map(|rule| match rule {
        Rule::Format(format) => Some(format),
        _ => None,
    });
    match own {
        Some(format) => (draw_own(format, random), EntryFormat::Reference),
        None if form.locator => (form.generate(key, random), EntryFormat::Located),
        None => (form.generate(key, random), EntryFormat::Reference),
    }
}

fn draw_own(format: &Format, random: &Random) -> Secret {
    let bytes = Zeroizing::new(random.bytes::<64>());
    let length = usize::from(format.bytes).min(bytes.len());
    let body = Zeroizing::new(URL_SAFE_NO_PAD.encode(&bytes[..length]));
    Secret::new(format!("{}{}", format.prefix, body.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::timestamp::Timestamp;

    #[test]
    fn a_type_with_a_form_of_its_own_has_its_prefix_and_length() {
        let random = Random::system();
        let key = EntryKey::floor(Timestamp(0));
        let form = TokenStringForm { locator: true, ..TokenStringForm::default() };
        let drawn = |bytes, prefix: &str| {
            let rule = Rule::Format(Format { bytes, prefix: prefix.to_owned() });
            draw(&[rule], &form, (key, &random))
        };

        for (bytes, prefix, length) in [(16, "", 22), (16, "pr_", 25), (32, "", 43), (64, "x_", 88)]
        {
            let (token, format) = drawn(bytes, prefix);

            assert_eq!((token.expose().len(), format), (length, EntryFormat::Reference));
            assert!(token.expose().starts_with(prefix));
        }
        assert_eq!(draw(&[], &form, (key, &random)).1, EntryFormat::Located);
    }
}

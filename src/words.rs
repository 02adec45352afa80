//! The words of pages: a catalogue by key, one file for each language.
//!
//! A page asks for a key; Rust and templates hold no words themselves. Arguments are named; where a
//! page takes the text as HTML, the catalogue may mark it up, and arguments are escaped.

mod choice;

use std::{borrow::Cow, sync::LazyLock};

use askama::filters::Safe;
use axum::http::HeaderMap;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

/// The languages that there are. The first is the source of all others.
const LANGUAGES: &[(&str, &str)] = &[("en", include_str!("../locales/en.ftl"))];

/// The catalogue of one language. Copying it is free.
#[derive(Clone, Copy)]
pub(crate) struct Words(&'static Catalogue);

struct Catalogue {
    language: &'static str,
    messages: FluentBundle<FluentResource>,
}

impl Words {
    /// English, the source of all others.
    pub(crate) fn english() -> Self {
        Self(&all()[0])
    }

    /// The language that a browser wants most of those that there are; English if it wants none of
    /// them.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        Self::english().chosen(&choice::accepted(headers))
    }

    /// The first language of `tags`, separated by spaces, that there is (`ui_locales`, OpenID
    /// Connect Core §3.1.2.1); else this one.
    pub(crate) fn asked_for(self, tags: &str) -> Self {
        self.chosen(&tags.split_whitespace().collect::<Vec<_>>())
    }

    fn chosen(self, tags: &[&str]) -> Self {
        let languages: Vec<_> = all().iter().map(|catalogue| catalogue.language).collect();
        choice::choose(tags, &languages).map_or(self, |place| Self(&all()[place]))
    }

    /// The tag of the language (BCP 47), as `lang` has it.
    pub(crate) fn language(self) -> &'static str {
        self.0.language
    }

    /// The text of a key that takes no arguments.
    pub(crate) fn text(self, key: &str) -> Cow<'static, str> {
        self.format(key, None)
    }

    /// The text of a key with its arguments by name.
    pub(crate) fn with<const N: usize>(self, key: &str, arguments: [(&str, &str); N]) -> String {
        self.fill(key, &arguments)
    }

    /// The same for templates, which hand lists on by reference.
    pub(crate) fn fill(self, key: &str, arguments: &[(&str, &str)]) -> String {
        let mut named = FluentArgs::with_capacity(arguments.len());
        for (name, value) in arguments {
            named.set((*name).to_owned(), (*value).to_owned());
        }
        self.format(key, Some(&named)).into_owned()
    }

    /// The text of a key that says how many, in the form that belongs to the number.
    pub(crate) fn count(self, key: &str, number: i64) -> String {
        self.numbers(key, [("count", number)])
    }

    /// The text of a key with numbers by name, each of which may choose a form.
    pub(crate) fn numbers<const N: usize>(self, key: &str, numbers: [(&str, i64); N]) -> String {
        self.mixed(key, &[], &numbers)
    }

    /// The text of a key with texts and numbers by name.
    pub(crate) fn mixed(
        self,
        key: &str,
        texts: &[(&str, String)],
        numbers: &[(&str, i64)],
    ) -> String {
        let mut named = FluentArgs::with_capacity(texts.len() + numbers.len());
        for (name, value) in texts {
            named.set((*name).to_owned(), value.clone());
        }
        for (name, value) in numbers {
            named.set((*name).to_owned(), FluentValue::from(*value));
        }
        self.format(key, Some(&named)).into_owned()
    }

    /// The text of a key as HTML: what the catalogue marks up is marked up, and no argument is.
    pub(crate) fn html<const N: usize>(
        self,
        key: &str,
        arguments: [(&str, &str); N],
    ) -> Safe<String> {
        self.fill_html(key, &arguments)
    }

    /// The same for templates.
    pub(crate) fn fill_html(self, key: &str, arguments: &[(&str, &str)]) -> Safe<String> {
        let mut named = FluentArgs::with_capacity(arguments.len());
        for (name, value) in arguments {
            named.set((*name).to_owned(), escaped(value));
        }
        Safe(self.format(key, Some(&named)).into_owned())
    }

    fn format(self, key: &str, arguments: Option<&FluentArgs<'_>>) -> Cow<'static, str> {
        let own = self.0.messages.get_message(key).map(|message| (self, message));
        let source = Self::english();
        let found = own.or_else(|| Some((source, source.0.messages.get_message(key)?)));
        let pattern = found.and_then(|(words, message)| Some((words, message.value()?)));
        let Some((words, pattern)) = pattern else {
            // Every key that a page asks for is in the catalogue: a test holds that.
            return Cow::Owned(key.to_owned());
        };
        let mut faults = Vec::new();
        let text = words.0.messages.format_pattern(pattern, arguments, &mut faults);
        Cow::Owned(text.into_owned())
    }
}

/// Every catalogue, in the order of [`LANGUAGES`].
///
/// # Panics
///
/// If one cannot be read: a test reads them.
fn all() -> &'static [Catalogue] {
    static ALL: LazyLock<Vec<Catalogue>> = LazyLock::new(|| {
        let read = |(language, text): &(&'static str, &str)| {
            let messages = read(language, text).expect("the catalogue is well-formed");
            Catalogue { language, messages }
        };
        LANGUAGES.iter().map(read).collect()
    });
    &ALL
}

/// Reads the catalogue of a language.
fn read(language: &str, text: &str) -> Result<FluentBundle<FluentResource>, String> {
    let language: LanguageIdentifier = language.parse().map_err(|fault| format!("{fault:?}"))?;
    let resource = FluentResource::try_new(text.to_owned()).map_err(|(_, faults)| {
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    })?;
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Marks that keep directions apart would be copied along with what they stand around.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(in_groups));
    bundle
        .add_resource(resource)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))?;
    Ok(bundle)
}

/// A whole number with its thousands apart, as English and, so far, every language here has it.
fn in_groups<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let digits = number.as_string();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    Some(text)
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Words {
        let messages = read("en", text).unwrap();
        Words(Box::leak(Box::new(Catalogue { language: "en", messages })))
    }

    #[test]
    fn arguments_in_html_are_text() {
        let words = words("greeting = Hello <b>{$name}</b>");

        let html = words.html("greeting", [("name", "<script>&'\"")]).0;

        assert_eq!(html, "Hello <b>&lt;script&gt;&amp;&#39;&quot;</b>");
        assert_eq!(words.with("greeting", [("name", "<i>")]), "Hello <b><i></b>");
    }

    #[test]
    fn a_number_chooses_its_form() {
        let text = "apps = { $count ->\n    [one] one app\n   *[other] {$count} apps\n }";
        let words = words(text);

        assert_eq!(words.count("apps", 1), "one app");
        assert_eq!(words.count("apps", 3), "3 apps");
    }

    #[test]
    fn a_large_number_has_its_thousands_apart() {
        let words = words("apps = { $count }");

        for (number, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (13_496, "13,496"), (1_234_567, "1,234,567")]
        {
            assert_eq!(words.count("apps", number), text);
        }
    }

    #[test]
    fn what_a_language_lacks_is_said_in_english() {
        let words = words("greeting = Hei");

        assert_eq!(words.text("greeting"), "Hei");
        assert_eq!(words.text("skip"), "Skip to content");
    }

    #[test]
    fn every_catalogue_is_well_formed() {
        assert_eq!(all().len(), LANGUAGES.len());
        assert_eq!(Words::english().language(), "en");
    }
}

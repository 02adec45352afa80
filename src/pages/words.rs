//! The words of pages: a catalogue by key, one file for each language.
//!
//! A page asks for a key; Rust and templates hold no words themselves. Arguments are named; where a
//! page takes the text as HTML, the catalogue may mark it up, and arguments are escaped.

use std::{borrow::Cow, sync::LazyLock};

use askama::filters::Safe;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

const ENGLISH: &str = include_str!("../../locales/en.ftl");

/// The catalogue of one language. Copying it is free.
#[derive(Clone, Copy)]
pub(super) struct Words(&'static FluentBundle<FluentResource>);

impl Words {
    /// English, the source of all others.
    ///
    /// # Panics
    ///
    /// If the catalogue cannot be read: a test reads it.
    pub(super) fn english() -> Self {
        static BUNDLE: LazyLock<FluentBundle<FluentResource>> =
            LazyLock::new(|| read("en", ENGLISH).expect("the catalogue is well-formed"));
        Self(&BUNDLE)
    }

    /// The text of a key that takes no arguments.
    pub(super) fn text(self, key: &str) -> Cow<'static, str> {
        self.format(key, None)
    }

    /// The text of a key with its arguments by name.
    pub(super) fn with<const N: usize>(self, key: &str, arguments: [(&str, &str); N]) -> String {
        let mut named = FluentArgs::with_capacity(N);
        for (name, value) in arguments {
            named.set(name.to_owned(), value.to_owned());
        }
        self.format(key, Some(&named)).into_owned()
    }

    /// The text of a key that says how many, in the form that belongs to the number.
    pub(super) fn count(self, key: &str, number: i64) -> String {
        let mut named = FluentArgs::with_capacity(1);
        named.set("count", FluentValue::from(number));
        self.format(key, Some(&named)).into_owned()
    }

    /// The text of a key as HTML: what the catalogue marks up is marked up, and no argument is.
    pub(super) fn html<const N: usize>(
        self,
        key: &str,
        arguments: [(&str, &str); N],
    ) -> Safe<String> {
        let mut named = FluentArgs::with_capacity(N);
        for (name, value) in arguments {
            named.set(name.to_owned(), escaped(value));
        }
        Safe(self.format(key, Some(&named)).into_owned())
    }

    fn format(self, key: &str, arguments: Option<&FluentArgs<'_>>) -> Cow<'static, str> {
        let Some(pattern) = self.0.get_message(key).and_then(|message| message.value()) else {
            // Every key that a page asks for is in the catalogue: a test holds that.
            return Cow::Owned(key.to_owned());
        };
        let mut faults = Vec::new();
        Cow::Owned(self.0.format_pattern(pattern, arguments, &mut faults).into_owned())
    }
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
    bundle
        .add_resource(resource)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))?;
    Ok(bundle)
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

    #[test]
    fn arguments_in_html_are_text() {
        let bundle = read("en", "greeting = Hello <b>{$name}</b>").unwrap();
        let words = Words(Box::leak(Box::new(bundle)));

        let html = words.html("greeting", [("name", "<script>&'\"")]).0;

        assert_eq!(html, "Hello <b>&lt;script&gt;&amp;&#39;&quot;</b>");
        assert_eq!(words.with("greeting", [("name", "<i>")]), "Hello <b><i></b>");
    }

    #[test]
    fn a_number_chooses_its_form() {
        let text = "apps = { $count ->\n    [one] one app\n   *[other] {$count} apps\n }";
        let words = Words(Box::leak(Box::new(read("en", text).unwrap())));

        assert_eq!(words.count("apps", 1), "one app");
        assert_eq!(words.count("apps", 3), "3 apps");
    }

    #[test]
    fn the_english_catalogue_is_well_formed() {
        assert_eq!(Words::english().text("skip"), "Skip to content");
    }
}

//! Forms of operators: fields as they are described once, drawn, and read back.

use crate::{acts::edits::Faults, pages::words::Words};

use super::guard::AdminPosted;

/// A word that can be chosen, and the key of what it is called; no key where the word says it.
pub(super) type Word = (&'static str, &'static str);

/// What a field looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A line for people.
    Text,
    /// A line for programs.
    Code,
    /// Several lines for programs, of so many shown.
    Lines(u8),
    /// One of several words; the empty one stands for none.
    Choice(&'static [Word]),
    /// Any of several words, each a box of the name `FIELD.WORD`.
    Boxes(&'static [Word]),
}

/// A field, and what stands in it.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: &'static str,
    /// The key of its label.
    pub(super) label: &'static str,
    /// The key of what helps with it, if that needs words.
    pub(super) hint: Option<&'static str>,
    pub(super) kind: Kind,
    pub(super) value: String,
    /// What is wrong with it.
    pub(super) wrong: Option<String>,
}

/// A word of a field, as it is drawn.
pub(super) struct Offered {
    pub(super) name: String,
    pub(super) word: &'static str,
    pub(super) text: String,
    pub(super) is_chosen: bool,
}

/// What a page says at its head of what came.
#[derive(Debug, Default)]
pub(super) struct News {
    /// What was done, as a key.
    pub(super) done: Option<&'static str>,
    /// Why nothing was, as a key.
    pub(super) trouble: Option<&'static str>,
    /// What else is wrong, ready to read.
    pub(super) wrong: Vec<String>,
}

impl News {
    /// That this was done.
    pub(super) fn done(key: Option<&'static str>) -> Self {
        Self { done: key, ..Self::default() }
    }

    /// That nothing was done, and why.
    pub(super) fn trouble(key: &'static str) -> Self {
        Self { trouble: Some(key), ..Self::default() }
    }
}

impl Field {
    /// What somebody typed into it.
    pub(super) fn typed(mut self, posted: &AdminPosted) -> Self {
        self.value = typed(posted, self.name, self.kind);
        self
    }

    /// How many lines it shows; none for one that is no text area.
    pub(super) fn rows(&self) -> u8 {
        if let Kind::Lines(rows) = self.kind { rows } else { 0 }
    }

    pub(super) fn is_choice(&self) -> bool {
        matches!(self.kind, Kind::Choice(_))
    }

    pub(super) fn is_boxes(&self) -> bool {
        matches!(self.kind, Kind::Boxes(_))
    }

    pub(super) fn is_code(&self) -> bool {
        matches!(self.kind, Kind::Code | Kind::Lines(_))
    }

    /// What describes it, for those who hear the page.
    pub(super) fn described_by(&self) -> String {
        let hint = self.hint.map(|_| format!("{}-hint", self.name));
        let wrong = self.wrong.as_ref().map(|_| format!("{}-wrong", self.name));
        [hint, wrong].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The words that it offers.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand on references")]
    pub(super) fn offered(&self, words: &Words) -> Vec<Offered> {
        let (Kind::Choice(all) | Kind::Boxes(all)) = self.kind else { return Vec::new() };
        let ticked: Vec<_> = self.value.split_whitespace().collect();
        let is_one = self.is_choice();
        let offer = |(word, key): &Word| Offered {
            name: format!("{}.{word}", self.name),
            word,
            text: if key.is_empty() { (*word).to_owned() } else { words.text(key).into_owned() },
            is_chosen: if is_one { self.value == *word } else { ticked.contains(word) },
        };
        all.iter().map(offer).collect()
    }
}

/// What stands in a field of a form. Lines are parted by spaces or line ends as they were typed.
pub(super) fn typed(posted: &AdminPosted, name: &str, kind: Kind) -> String {
    let text = posted.field(name);
    let Kind::Boxes(all) = kind else { return text.trim().replace("\r\n", "\n") };
    let ticked = all.iter().filter(|(word, _)| posted.field(&format!("{name}.{word}")) == "1");
    let ticked = ticked.map(|(word, _)| *word);
    text.split_whitespace().chain(ticked).collect::<Vec<_>>().join(" ")
}

/// Puts what is wrong beside the fields that it is about. Returns what is about none of them.
pub(super) fn mark(fields: &mut [Field], faults: Faults) -> Vec<String> {
    let mut others = Vec::new();
    for (name, text) in faults {
        match fields.iter_mut().find(|field| field.name == name) {
            Some(field) if field.wrong.is_none() => field.wrong = Some(text),
            Some(_) => {}
            None => others.push(text),
        }
    }
    others
}

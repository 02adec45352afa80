//! Reading a table key by key, so that everything wrong with it is found at once.

use std::{fmt::Display, str::FromStr, time::Duration};

use serde_json::{Map, Value};

use super::described::{RuleKey, Shape};
use crate::model::{UnknownWord, duration, nearest::nearest};

/// A table that is being read. Every key is asked for by name; what nobody asked for is unknown.
pub(in crate::model) struct Fields<'f> {
    members: &'f Map<String, Value>,
    asked: Vec<&'static str>,
    /// What each key takes, as far as that was noted.
    pub(super) keys: Vec<RuleKey>,
    flaws: Vec<Flaw>,
    notes: Vec<String>,
}

/// Something wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::model) struct Flaw {
    /// The key it is about, where it is about one that is there.
    pub(in crate::model) key: Option<String>,
    /// What is wrong, as a sentence that names the key.
    pub(in crate::model) problem: String,
    /// What to do about it.
    pub(in crate::model) remedy: String,
}

/// The longest length of time that a rule may state.
pub(in crate::model) const LONGEST: Duration = Duration::from_secs(36_500 * DAY);

/// The seconds of a day.
pub(in crate::model) const DAY: u64 = 86_400;

/// How many items a list has at most: it is copied into every token.
const MOST_ITEMS: usize = 100;

impl Flaw {
    pub(in crate::model) fn new(
        key: Option<&str>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { key: key.map(str::to_owned), problem: problem.into(), remedy: remedy.into() }
    }
}

impl<'f> Fields<'f> {
    /// Begins with a table.
    pub(in crate::model) fn of(members: &'f Map<String, Value>) -> Self {
        Self { members, asked: vec![], keys: vec![], flaws: vec![], notes: vec![] }
    }

    /// The value of a key. A null is none.
    pub(in crate::model) fn value(&mut self, key: &'static str) -> Option<&'f Value> {
        self.asked.push(key);
        self.members.get(key).filter(|value| !value.is_null())
    }

    /// Whether a key is there.
    pub(in crate::model) fn has(&mut self, key: &'static str) -> bool {
        self.value(key).is_some()
    }

    /// Reports that something is wrong with a key.
    pub(in crate::model) fn refuse(
        &mut self,
        key: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.flaws.push(Flaw::new(Some(key), problem, remedy));
    }

    /// Reports a key whose value has the wrong type.
    pub(in crate::model) fn mistyped(&mut self, key: &str, wanted: &str, value: &Value) {
        let problem = format!("{key} must be {wanted} and is {}", kind(value));
        self.refuse(key, problem, format!("write {wanted}"));
    }

    /// Tells the operator something that is not wrong.
    pub(in crate::model) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// What stands for a key that is not there; one that has to be is reported.
    fn absent<T>(&mut self, key: &str, default: Option<T>) -> Option<T> {
        if default.is_none() {
            self.flaws.push(Flaw::new(None, format!("{key} is missing"), format!("write {key}")));
        }
        default
    }

    /// Yes or no.
    pub(in crate::model) fn boolean(&mut self, key: &'static str, default: bool) -> Option<bool> {
        self.takes(key, Shape::Boolean, Some(default.to_string()));
        match self.value(key) {
            None => Some(default),
            Some(Value::Bool(value)) => Some(*value),
            Some(_) => {
                self.refuse(key, format!("{key} must be boolean"), "write true or false");
                None
            }
        }
    }

    /// A whole number; both bounds are allowed.
    pub(in crate::model) fn integer(
        &mut self,
        key: &'static str,
        (least, most): (i64, i64),
        default: Option<i64>,
    ) -> Option<i64> {
        self.takes(key, Shape::Integer(least, most), default.map(|number| number.to_string()));
        let Some(value) = self.value(key) else { return self.absent(key, default) };
        let number = value.as_i64();
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => return Some(number),
            None if value.is_number() => {
                let problem = format!("{key} must be {least}..{most}, got {value}");
                self.refuse(key, problem, format!("write a whole number, {least} to {most}"));
            }
            None => self.mistyped(key, "a whole number", value),
        }
        None
    }

    /// A text.
    pub(in crate::model) fn text(
        &mut self,
        key: &'static str,
        default: Option<&str>,
    ) -> Option<String> {
        self.takes(key, Shape::Text, default.map(str::to_owned));
        match self.value(key) {
            None => self.absent(key, default.map(str::to_owned)),
            Some(Value::String(text)) => Some(text.clone()),
            Some(value) => {
                self.mistyped(key, "text", value);
                None
            }
        }
    }

    /// One of a closed list of words.
    pub(in crate::model) fn word<T: FromStr<Err = UnknownWord> + Display>(
        &mut self,
        key: &'static str,
        default: Option<T>,
    ) -> Option<T> {
        self.takes_word(key, default.as_ref());
        let text = match self.value(key) {
            None => return self.absent(key, default),
            Some(_) => self.text(key, None)?,
        };
        let read = text.parse();
        if let Err(UnknownWord { word, known, .. }) = &read {
            self.refuse(key, format!("{key} {word:?} is unknown"), format!("one of: {known}"));
        }
        read.ok()
    }

    /// A length of time, whatever its bounds.
    pub(in crate::model) fn length(
        &mut self,
        key: &'static str,
        default: Option<Duration>,
    ) -> Option<Duration> {
        self.takes_length(key, default);
        match self.value(key) {
            None => self.absent(key, default),
            Some(Value::String(text)) => match duration::parse(text) {
                Ok(length) => Some(length),
                Err(problem) => {
                    self.refuse(key, format!("{key} {text:?} {problem}"), duration::ADVICE);
                    None
                }
            },
            Some(value) => {
                self.mistyped(key, "a length of time such as \"15m\"", value);
                None
            }
        }
    }

    /// A length of time that has to be there, above zero and at most [`LONGEST`].
    pub(in crate::model) fn span(&mut self, key: &'static str) -> Option<Duration> {
        let length = self.length(key, None)?;
        let is_within = !length.is_zero() && length <= LONGEST;
        self.demand(key, is_within, "must be > 0 and <= 36500d", duration::ADVICE)?;
        Some(length)
    }

    /// The same in whole seconds: the ends of tokens are.
    pub(in crate::model) fn lifetime(&mut self, key: &'static str) -> Option<Duration> {
        let length = self.span(key)?;
        let remedy = "write it in seconds or a longer unit: 30s, 15m, 8h, 7d or 2w";
        self.demand(key, length.subsec_nanos() == 0, "must be in whole seconds", remedy)?;
        Some(length)
    }

    /// A length of time that has to be there, from a second to [`LONGEST`].
    pub(in crate::model) fn interval(&mut self, key: &'static str) -> Option<Duration> {
        let length = self.length(key, None)?;
        self.demand(key, length >= Duration::from_secs(1), "must be >= 1s", duration::ADVICE)?;
        self.demand(key, length <= LONGEST, "must be <= 36500d", duration::ADVICE)?;
        Some(length)
    }

    /// Refuses a key unless something holds of it.
    pub(in crate::model) fn demand(
        &mut self,
        key: &str,
        holds: bool,
        what: &str,
        remedy: &str,
    ) -> Option<()> {
        if !holds {
            self.refuse(key, format!("{key} {what}"), remedy);
        }
        holds.then_some(())
    }

    /// A list of texts, none where the key is not there.
    pub(in crate::model) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        self.takes(key, Shape::Texts, Some(String::new()));
        let items = match self.value(key) {
            None => return Some(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(value) => {
                self.mistyped(key, "a list of texts", value);
                return None;
            }
        };
        let text = |item: &Value| item.as_str().map(str::to_owned);
        if let Some(at) = items.iter().position(|item| !item.is_string()) {
            let problem = format!("{key}[{at}] must be text and is {}", kind(&items[at]));
            self.refuse(key, problem, "write each item in quotes");
            return None;
        }
        let what = format!("must have at most {MOST_ITEMS} items");
        self.demand(key, items.len() <= MOST_ITEMS, &what, "write fewer")?;
        items.iter().map(text).collect()
    }

    /// A list of texts that is not empty, each of which `is_sound`.
    pub(in crate::model) fn names(
        &mut self,
        key: &'static str,
        is_sound: fn(&str) -> bool,
        what: &str,
    ) -> Option<Vec<String>> {
        self.takes(key, Shape::Texts, None);
        let names = self.texts(key)?;
        let remedy = format!("name at least one {what}, or leave the rule out");
        self.demand(key, !names.is_empty(), "must not be empty", &remedy)?;
        let mut holds = Some(());
        for (at, name) in names.iter().enumerate().filter(|(_, name)| !is_sound(name)) {
            self.refuse(key, format!("{key}[{at}] {name:?} is no {what}"), "correct or remove it");
            holds = None;
        }
        holds.map(|()| names)
    }

    /// Reports the keys that nobody asked for, and hands out what was found, and notes.
    pub(in crate::model) fn finish(mut self) -> (Vec<Flaw>, Vec<String>) {
        let unknown = |key: &&String| !self.asked.iter().any(|asked| asked == key);
        let unknown: Vec<&String> = self.members.keys().filter(unknown).collect();
        for key in unknown {
            let guess = nearest(key, self.asked.iter().copied());
            let hint = guess.map_or(String::new(), |guess| format!("; did you mean {guess}?"));
            let mut known = self.asked.clone();
            known.sort_unstable();
            known.dedup();
            let remedy = format!("rename or remove it; known here: {}", known.join(", "));
            self.refuse(key, format!("unknown key {key}{hint}"), remedy);
        }
        (self.flaws, self.notes)
    }
}

/// What a value is, as a person says.
pub(in crate::model) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

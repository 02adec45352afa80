//! What each rule may say: its keys, found by having it read nothing. So whoever adds a rule adds
//! its form, too.

use std::{fmt::Display, str::FromStr, time::Duration};

use super::Fields;
use crate::model::{UnknownWord, duration};

/// A rule that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedRule {
    /// Its name, as it is written in settings.
    pub name: &'static str,
    /// Its keys, in the order in which it reads them.
    pub keys: Vec<RuleKey>,
}

/// A key of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleKey {
    /// Its name.
    pub name: &'static str,
    /// What stands behind it.
    pub shape: Shape,
    /// What holds where it is left out, empty for nothing; `None` if it has to be there.
    pub usual: Option<String>,
}

/// What can stand behind a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Yes or no.
    Boolean,
    /// A whole number within both bounds.
    Integer(i64, i64),
    /// A text.
    Text,
    /// A length of time.
    Length,
    /// One of these words.
    Word(Vec<String>),
    /// Any number of texts.
    Texts,
    /// Any number of these words.
    Words(Vec<String>),
}

impl Fields<'_> {
    /// Notes what a key takes. The first note counts: whoever knows more says so before it reads.
    pub(super) fn takes(&mut self, name: &'static str, shape: Shape, usual: Option<String>) {
        if !self.keys.iter().any(|key| key.name == name) {
            self.keys.push(RuleKey { name, shape, usual });
        }
    }

    /// Notes that a key takes a length of time.
    pub(super) fn takes_length(&mut self, name: &'static str, default: Option<Duration>) {
        self.takes(name, Shape::Length, default.map(duration::format));
    }

    /// Notes that a key takes a word of a closed list.
    pub(super) fn takes_word<T>(&mut self, name: &'static str, default: Option<&T>)
    where
        T: FromStr<Err = UnknownWord> + Display,
    {
        // Whoever says none of them is told all.
        let told = "".parse::<T>().err().map_or(String::new(), |unknown| unknown.known);
        let words = told.split(", ").map(str::to_owned).collect();
        self.takes(name, Shape::Word(words), default.map(ToString::to_string));
    }
}

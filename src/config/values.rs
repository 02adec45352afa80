//! What the sources gave, before and while it is judged.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use zeroize::Zeroizing;

use super::{
    fault::{Fault, Wrong},
    keys::{KEYS, Key},
    kind::{Kind, items},
    named,
    store_url::StoreUrl,
};
use crate::model::token_type::DeclaredType;

/// One key and its value, as an operator wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key's path.
    pub path: &'static str,
    /// The value. A secret shows `****`, or all but its password if it is a URL.
    pub value: String,
    /// Where it comes from.
    pub source: Source,
    raw: Raw,
}

/// A value as it was written, for comparing only.
#[derive(Clone, PartialEq, Eq)]
struct Raw(Zeroizing<String>);

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Raw(…)")
    }
}

impl Setting {
    /// Whether the value is another one than that of `other`, also where neither is shown.
    #[must_use]
    pub fn differs(&self, other: &Self) -> bool {
        self.raw != other.raw
    }

    /// Whether a reload takes a new value.
    #[must_use]
    pub fn reloads(&self) -> bool {
        named::get(self.path).reloads
    }

    /// Whether the value is the built-in default, wherever it was stated.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.value == named::get(self.path).default
    }
}

/// Where a value comes from. Later variants win over earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// Nobody set it, and this other setting changes what is usual.
    Implied(&'static str),
    /// The settings file.
    File {
        /// As it was named.
        name: String,
        /// Counted from 1.
        line: usize,
    },
    /// This environment variable.
    Variable(String),
    /// A file that an environment variable names.
    VariableFile {
        /// The variable, with its `_FILE`.
        variable: String,
        /// The file, as the variable names it.
        path: String,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("built-in default"),
            Self::Implied(by) => write!(f, "follows from {by}"),
            Self::File { name, line } => write!(f, "{name}, line {line}"),
            Self::Variable(variable) => write!(f, "environment {variable}"),
            Self::VariableFile { variable, path } => {
                write!(f, "environment {variable}, file {path}")
            }
        }
    }
}

/// The values given so far, and all that was found wrong with them.
#[derive(Default)]
pub(super) struct Values {
    given: BTreeMap<&'static str, (String, Source)>,
    token_types: Vec<DeclaredType>,
    /// Keys whose value is not the one that was meant, because of a fault already reported.
    unsound: BTreeSet<&'static str>,
    faults: Vec<Fault>,
    notes: Vec<String>,
}

impl Values {
    /// Sets `key`, over whatever an earlier source gave.
    pub(super) fn give(&mut self, key: &'static Key, text: String, source: Source) {
        self.given.insert(key.path, (text, source));
    }

    /// Sets `key`, unless somebody did, because `by` is as it is.
    pub(super) fn imply(&mut self, key: &'static Key, text: &str, by: &'static str) {
        let implied = || (text.to_owned(), Source::Implied(by));
        self.given.entry(key.path).or_insert_with(implied);
    }

    /// What somebody stated of the key at `path`, if anybody did.
    pub(super) fn stated(&self, path: &str) -> Option<&str> {
        let (text, source) = self.given.get(path)?;
        Some(text.as_str()).filter(|_| !matches!(source, Source::Implied(_)))
    }

    /// Sets `key`, which is shown as the names of these types.
    pub(super) fn give_types(
        &mut self,
        key: &'static Key,
        types: Vec<DeclaredType>,
        source: Source,
    ) {
        let names: Vec<_> = types.iter().map(|declared| declared.name.as_str()).collect();
        self.give(key, names.join(", "), source);
        self.token_types = types;
    }

    /// The token types that were given.
    pub(super) fn token_types(&self) -> Vec<DeclaredType> {
        self.token_types.clone()
    }

    /// Reports what is wrong with the value of a key.
    pub(super) fn refuse(&mut self, key: &'static Key, from: impl fmt::Display, wrong: Wrong) {
        self.unsound.insert(key.path);
        self.faults.push(wrong.at(key.path, from));
    }

    /// Reports a name that is no key. `meant` are the keys it may have been meant for: nothing is
    /// concluded from their values any more.
    pub(super) fn refuse_name(
        &mut self,
        name: &str,
        from: impl fmt::Display,
        wrong: Wrong,
        meant: impl IntoIterator<Item = &'static Key>,
    ) {
        self.unsound.extend(meant.into_iter().map(|key| key.path));
        self.faults.push(wrong.at(name, from));
    }

    /// Reports that the settings file is of no use at all.
    pub(super) fn refuse_file(&mut self, name: &str, from: impl fmt::Display, wrong: Wrong) {
        self.refuse_name(name, from, wrong, KEYS);
    }

    /// Tells the operator something that is not wrong.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// The value of the key at `path`, as its kind and then `parse` read it.
    ///
    /// If either refuses it, the refusal is reported and the default stands in, so that the other
    /// settings can be judged too.
    pub(super) fn read<T>(
        &mut self,
        path: &'static str,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> T {
        let key = named::get(path);
        let default = (key.default.to_owned(), Source::Default);
        let (text, source) = self.given.get(path).unwrap_or(&default);
        match key.kind.check(text).and_then(|()| parse(text)) {
            Ok(value) => value,
            Err(wrong) => {
                self.refuse(key, source.clone(), wrong);
                parse(key.default).expect("a built-in default is sound")
            }
        }
    }

    /// Whether the values of all these keys are the ones that were meant.
    pub(super) fn are_sound(&self, paths: &[&'static str]) -> bool {
        paths.iter().all(|path| !self.unsound.contains(path))
    }

    /// Where the value of the key at `path` comes from.
    pub(super) fn source(&self, path: &str) -> Source {
        self.given.get(path).map_or(Source::Default, |(_, source)| source.clone())
    }

    /// All settings, fit to be shown.
    pub(super) fn settings(&self) -> Vec<Setting> {
        let setting = |key: &Key| {
            let text = self.given.get(key.path).map_or(key.default, |(text, _)| text);
            let value = if key.secret { masked(key, text) } else { text.to_owned() };
            let raw = if key.is_in_file_only() { self.definitions() } else { text.to_owned() };
            let raw = Raw(Zeroizing::new(raw));
            Setting { path: key.path, value, source: self.source(key.path), raw }
        };
        KEYS.iter().map(setting).collect()
    }

    /// What token types say, as far as it counts.
    fn definitions(&self) -> String {
        let definitions = self.token_types.iter().map(DeclaredType::fingerprint);
        definitions.map(|(_, definition)| definition).collect::<Vec<_>>().join(", ")
    }

    /// What was found wrong, and what there is to tell.
    pub(super) fn into_outcome(self) -> (Vec<Fault>, Vec<String>) {
        (self.faults, self.notes)
    }
}

/// A secret as it may be shown: its absence and the file that holds it are no secrets.
fn masked(key: &Key, text: &str) -> String {
    if matches!(key.kind, Kind::List(_)) {
        let items: Vec<_> = items(text).map(masked_one).collect();
        return items.join(", ");
    }
    masked_one(text)
}

fn masked_one(text: &str) -> String {
    match StoreUrl::parse(text) {
        Ok(url) => url.masked(),
        Err(_) if text.is_empty() || text.starts_with("file:") => text.to_owned(),
        Err(_) => "****".to_owned(),
    }
}

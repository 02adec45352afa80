//! Reading a declared file key by key, so that everything wrong with it is found at once.

use std::{fmt, str::FromStr, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    config::{Fault, Wrong, nearest},
    model::{UnknownWord, secret::Secret, timestamp::Timestamp},
};

use super::file::External;

/// What gets things that a file names outside itself.
pub(super) type Fetch<'f> = &'f mut dyn FnMut(&External) -> Result<Secret, Wrong>;

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    file: Arc<str>,
    line: usize,
}

/// What was found wrong, and where.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<(Place, Fault)>);

/// A file that is being read.
pub(super) struct Page<'p> {
    file: Arc<str>,
    /// Where its lines end. Places are asked for by the thousand.
    ends: Vec<usize>,
    pub(super) findings: &'p mut Findings,
    pub(super) fetch: Fetch<'p>,
    pub(super) now: Timestamp,
    /// Whether a secret itself stands in it.
    pub(super) states_secret: bool,
}

/// A table of the file. Every key is asked for by name; what nobody asked for is unknown.
pub(super) struct Section<'s, 'p, 't> {
    pub(super) page: &'s mut Page<'p>,
    table: &'t DeTable<'t>,
    /// What it is called in faults, such as `clients.report-mailer`; empty for the whole file.
    pub(super) name: String,
    pub(super) place: Place,
    asked: Vec<&'static str>,
    found_before: usize,
}

/// Names that the command line has for keys of ours.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("auth", "authentication"),
    ("auth_method", "authentication"),
    ("default", "is_default"),
    ("enabled", "disabled"),
    ("grant", "grant_types"),
    ("id", "client_id"),
    ("introspector", "introspectors"),
    ("lifetime", "access_lifetime"),
    ("scopes", "scope"),
    ("secret", "secrets"),
];

impl Place {
    /// The file that it is in.
    pub(super) fn file(&self) -> &str {
        &self.file
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.file, self.line)
    }
}

impl Findings {
    /// Reports that something is wrong with `key`.
    pub(super) fn report(&mut self, place: &Place, key: &str, wrong: Wrong) {
        self.0.push((place.clone(), wrong.at(key, place)));
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Everything that was found, file by file and line by line.
    pub(super) fn into_faults(mut self) -> Vec<Fault> {
        self.0.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.0.into_iter().map(|(_, fault)| fault).collect()
    }
}

impl<'p> Page<'p> {
    /// The file of this name and text.
    pub(super) fn new(
        (name, text): (&str, &str),
        findings: &'p mut Findings,
        fetch: Fetch<'p>,
        now: Timestamp,
    ) -> Self {
        let ends = text.match_indices('\n').map(|(end, _)| end).collect();
        Self { file: Arc::from(name), ends, findings, fetch, now, states_secret: false }
    }

    pub(super) fn place(&self, offset: usize) -> Place {
        let line = self.ends.partition_point(|end| *end < offset) + 1;
        Place { file: Arc::clone(&self.file), line }
    }
}

impl<'s, 'p, 't> Section<'s, 'p, 't> {
    /// The whole file.
    pub(super) fn whole(page: &'s mut Page<'p>, table: &'t DeTable<'t>) -> Self {
        let (place, found_before) = (page.place(0), page.findings.count());
        Self { page, table, name: String::new(), place, asked: Vec::new(), found_before }
    }

    /// The value of a key, and where it stands.
    pub(super) fn value(&mut self, key: &'static str) -> Option<(Place, &'t DeValue<'t>)> {
        self.asked.push(key);
        let (name, value) = self.table.iter().find(|(name, _)| name.get_ref() == key)?;
        Some((self.page.place(name.span().start), value.get_ref()))
    }

    /// The value of a key as `parse` reads it; `None` if it is absent, or refused and reported.
    pub(super) fn read<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&DeValue<'_>) -> Result<T, Wrong>,
    ) -> Option<T> {
        let (place, value) = self.value(key)?;
        match parse(value) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.refuse_at(&place, key, wrong);
                None
            }
        }
    }

    /// A text.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        self.read(key, text)
    }

    /// One of a closed list of words.
    pub(super) fn word<T: FromStr<Err = UnknownWord>>(&mut self, key: &'static str) -> Option<T> {
        self.read(key, |value| {
            text(value)?.parse().map_err(|unknown: UnknownWord| {
                let UnknownWord { word, list, known } = unknown;
                Wrong::new(format!("{word:?} is not a {list}"), format!("one of: {known}"))
            })
        })
    }

    /// A list of texts without spaces.
    pub(super) fn list(&mut self, key: &'static str) -> Option<Vec<String>> {
        self.read(key, |value| {
            let DeValue::Array(items) = value else { return Err(mistyped("an array", value)) };
            let one = |item: &Spanned<DeValue<'_>>| {
                let item = text(item.get_ref())?;
                if item.is_empty() || item.contains(char::is_whitespace) {
                    let remedy = "write each item in quotes of its own";
                    return Err(Wrong::new(format!("{item:?} is empty or has a space"), remedy));
                }
                Ok(item)
            };
            items.iter().map(one).collect()
        })
    }

    /// Yes or no.
    pub(super) fn boolean(&mut self, key: &'static str) -> Option<bool> {
        self.read(key, |value| value.as_bool().ok_or_else(|| mistyped("a boolean", value)))
    }

    /// Gets something that the file names outside itself.
    pub(super) fn fetch(
        &mut self,
        (place, key): (&Place, &str),
        external: &External,
    ) -> Option<Secret> {
        match (self.page.fetch)(external) {
            Ok(secret) => Some(secret),
            Err(wrong) => {
                let Wrong { problem, remedy } = wrong;
                let problem = format!("{} {problem}", external.shown());
                self.refuse_at(place, key, Wrong::new(problem, remedy));
                None
            }
        }
    }

    /// A table below this one.
    pub(super) fn below<'b>(
        &'b mut self,
        (place, key): (Place, &str),
        table: &'t DeTable<'t>,
    ) -> Section<'b, 'p, 't> {
        let (name, found_before) = (self.key(key), self.page.findings.count());
        Section { page: &mut *self.page, table, name, place, asked: Vec::new(), found_before }
    }

    /// What `read` makes of each table of an array; `None` if the key is absent.
    pub(super) fn each<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(Section<'_, 'p, 't>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let (place, value) = self.value(key)?;
        let DeValue::Array(items) = value else {
            let head = self.key(key);
            let head = head.split('.').next().unwrap_or(key);
            self.refuse_at(&place, key, no_array(head, value));
            return Some(Vec::new());
        };
        let mut found = Vec::new();
        for (number, item) in items.iter().enumerate() {
            let (place, key) =
                (self.page.place(item.span().start), format!("{key}[{}]", number + 1));
            match item.get_ref() {
                DeValue::Table(table) => found.extend(read(self.below((place, &key), table))),
                other => self.refuse_at(&place, &key, mistyped("a table", other)),
            }
        }
        Some(found)
    }

    /// Reports what is wrong with a key of this table.
    pub(super) fn refuse(&mut self, key: &str, wrong: Wrong) {
        let found = self.table.iter().find(|(name, _)| name.get_ref() == key);
        let place = found.map(|(name, _)| self.page.place(name.span().start));
        self.refuse_at(&place.unwrap_or_else(|| self.place.clone()), key, wrong);
    }

    pub(super) fn refuse_at(&mut self, place: &Place, key: &str, wrong: Wrong) {
        let key = self.key(key);
        self.page.findings.report(place, &key, wrong);
    }

    /// Reports keys that nobody asked for. Returns whether everything in this table was sound.
    pub(super) fn finish(mut self) -> bool {
        for (name, _) in self.table {
            let key: &str = name.get_ref();
            if self.asked.contains(&key) {
                continue;
            }
            let other = OTHER_NAMES.iter().find(|(theirs, _)| *theirs == key);
            let other = other.map(|(_, ours)| *ours).filter(|ours| self.asked.contains(ours));
            let guess = other.or_else(|| nearest(key, self.asked.iter().copied()));
            let problem = match guess {
                Some(guess) => format!("no such key; did you mean {guess}?"),
                None => "no such key".to_owned(),
            };
            let mut known = self.asked.clone();
            known.sort_unstable();
            known.dedup();
            let remedy = format!("rename or remove it; known here: {}", known.join(", "));
            let place = self.page.place(name.span().start);
            self.refuse_at(&place, key, Wrong::new(problem, remedy));
        }
        self.is_sound()
    }

    /// Whether nothing was found wrong in this table so far.
    pub(super) fn is_sound(&self) -> bool {
        self.page.findings.count() == self.found_before
    }

    fn key(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }
}

/// A text.
pub(super) fn text(value: &DeValue<'_>) -> Result<String, Wrong> {
    value.as_str().map(str::to_owned).ok_or_else(|| mistyped("a string", value))
}

/// The refusal of a value of another type than `wanted`.
pub(super) fn mistyped(wanted: &str, value: &DeValue<'_>) -> Wrong {
    let found = article(value.type_str());
    Wrong::new(format!("must be {wanted} and is {found}"), format!("write {wanted}"))
}

/// The refusal of a value where tables with `[[head]]` above them are wanted.
pub(super) fn no_array(head: &str, value: &DeValue<'_>) -> Wrong {
    let problem = format!("must be an array of tables and is {}", article(value.type_str()));
    Wrong::new(problem, format!("write [[{head}]] above each of them"))
}

fn article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {noun}")
}

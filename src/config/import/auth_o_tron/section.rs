//! A section of the configuration. Every key is asked for by name; what nobody asked for is left
//! out and told.

use super::super::{
    remarks::Remarks,
    yaml::{Entry, Node, Value},
};
use crate::model::nearest::nearest;

pub(super) struct Section<'n> {
    /// What stands before the names of its keys, such as `server.`
    pub(super) prefix: String,
    pub(super) line: usize,
    entries: &'n [Entry],
    asked: Vec<&'static str>,
}

impl<'n> Section<'n> {
    pub(super) fn whole(entries: &'n [Entry]) -> Self {
        Self { prefix: String::new(), line: 1, entries, asked: Vec::new() }
    }

    /// The section that `node` is, called `name`; `None` if it is none, which is told.
    pub(super) fn of(name: &str, node: &'n Node, remarks: &mut Remarks) -> Option<Self> {
        match &node.value {
            Value::Map(entries) => {
                let (prefix, asked) = (format!("{name}."), Vec::new());
                Some(Self { prefix, line: node.line, entries, asked })
            }
            other => {
                let problem = format!("is {}, not a section", other.kind());
                remarks.refuse((name, node.line), problem, "write keys and values below it");
                None
            }
        }
    }

    /// The full name of a key.
    pub(super) fn name(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// A key and its value, unless that is null.
    pub(super) fn entry(&mut self, key: &'static str) -> Option<&'n Entry> {
        self.asked.push(key);
        let found = self.entries.iter().find(|entry| entry.key == key)?;
        (!matches!(found.node.value, Value::Null)).then_some(found)
    }

    /// A section below.
    pub(super) fn section(
        &mut self,
        key: &'static str,
        remarks: &mut Remarks,
    ) -> Option<Section<'n>> {
        let entry = self.entry(key)?;
        let mut below = Section::of(&self.name(key), &entry.node, remarks)?;
        below.line = entry.line;
        Some(below)
    }

    /// Text, and its line.
    pub(super) fn text(
        &mut self,
        key: &'static str,
        remarks: &mut Remarks,
    ) -> Option<(&'n str, usize)> {
        let entry = self.entry(key)?;
        match &entry.node.value {
            Value::Text(text) => Some((text, entry.line)),
            other => {
                // It may be a password: it is not repeated.
                let problem = format!("is {}, not text", other.kind());
                remarks.refuse((&self.name(key), entry.line), problem, "put it in quotes");
                None
            }
        }
    }

    /// Text that must be there.
    pub(super) fn needed_text(
        &mut self,
        key: &'static str,
        remarks: &mut Remarks,
    ) -> Option<(&'n str, usize)> {
        self.require(key, remarks);
        self.text(key, remarks)
    }

    /// Refuses the file if a key is not there.
    pub(super) fn require(&mut self, key: &'static str, remarks: &mut Remarks) {
        if self.entry(key).is_none() {
            let remedy = format!("write {key}, also if a variable of Auth-O-Tron sets it");
            remarks.refuse((&self.name(key), self.line), "is missing", &remedy);
        }
    }

    /// A whole number, and its line.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        remarks: &mut Remarks,
    ) -> Option<(i64, usize)> {
        let entry = self.entry(key)?;
        if let Value::Number(text) = &entry.node.value
            && let Ok(number) = text.parse()
        {
            return Some((number, entry.line));
        }
        let problem = format!("is {}, not a whole number", entry.node.value.kind());
        remarks.refuse((&self.name(key), entry.line), problem, "write it in digits");
        None
    }

    /// Yes or no, and its line.
    pub(super) fn boolean(
        &mut self,
        key: &'static str,
        remarks: &mut Remarks,
    ) -> Option<(bool, usize)> {
        let entry = self.entry(key)?;
        if let Value::Boolean(value) = entry.node.value {
            return Some((value, entry.line));
        }
        let problem = format!("is {}, not true or false", entry.node.value.kind());
        remarks.refuse((&self.name(key), entry.line), problem, "write true or false");
        None
    }

    /// A list, and its line.
    pub(super) fn list(
        &mut self,
        key: &'static str,
        remarks: &mut Remarks,
    ) -> Option<(&'n [Node], usize)> {
        let entry = self.entry(key)?;
        if let Value::List(items) = &entry.node.value {
            return Some((items, entry.line));
        }
        let problem = format!("is {}, not a list", entry.node.value.kind());
        remarks.refuse((&self.name(key), entry.line), problem, "write a list");
        None
    }

    /// A list of text; empty if it is not there.
    pub(super) fn texts(&mut self, key: &'static str, remarks: &mut Remarks) -> Vec<&'n str> {
        let name = self.name(key);
        let items = self.list(key, remarks).map_or(&[][..], |(items, _)| items);
        items.iter().filter_map(|item| text_of(item, &name, remarks)).collect()
    }

    /// What stands in it, whatever the names.
    pub(super) fn entries(&self) -> &'n [Entry] {
        self.entries
    }

    /// Tells what nobody asked for. `known` are the keys there are, for guesses.
    pub(super) fn finish(
        self,
        remarks: &mut Remarks,
        known: impl IntoIterator<Item = &'static str>,
    ) {
        let known: Vec<_> = known.into_iter().collect();
        let unknown = self.entries.iter().filter(|entry| !self.asked.contains(&entry.key.as_str()));
        for entry in unknown {
            let guess = nearest(&entry.key, known.iter().copied());
            let problem = "is no key that Auth-O-Tron has, and does nothing there";
            let remedy = match guess {
                Some(guess) => format!("if {guess} was meant, correct it and import again"),
                None => "nothing".to_owned(),
            };
            remarks.leave_out((&self.name(&entry.key), entry.line), problem, remedy);
        }
    }
}

/// The text of an item of the list `name`; `None` if it is none, which is told.
pub(super) fn text_of<'n>(item: &'n Node, name: &str, remarks: &mut Remarks) -> Option<&'n str> {
    match &item.value {
        Value::Text(text) => Some(text),
        other => {
            let problem = format!("holds {}, not text", other.kind());
            remarks.refuse((name, item.line), problem, "put it in quotes");
            None
        }
    }
}

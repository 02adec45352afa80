//! The values of a TOML file, each by its full name and its line.

use toml::de::{DeTable, DeValue};

use crate::config::token_types::json_of;

/// A value, its full name and its line.
pub(super) struct Leaf {
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) value: serde_json::Value,
}

/// Every value of a table that is no table itself.
pub(super) fn gather(text: &str, prefix: &str, table: &DeTable<'_>, leaves: &mut Vec<Leaf>) {
    for (name, value) in table {
        let path = format!("{prefix}{}", name.get_ref());
        let line = line_of(text, name.span().start);
        value_of(text, (path, line), value.get_ref(), leaves);
    }
}

fn value_of(
    text: &str,
    (path, line): (String, usize),
    value: &DeValue<'_>,
    leaves: &mut Vec<Leaf>,
) {
    match value {
        DeValue::Table(below) => gather(text, &format!("{path}."), below, leaves),
        DeValue::Array(items) if items.iter().any(|item| item.get_ref().is_table()) => {
            for (at, item) in items.iter().enumerate() {
                let line = line_of(text, item.span().start);
                value_of(text, (format!("{path}[{at}]"), line), item.get_ref(), leaves);
            }
        }
        other => leaves.push(Leaf { path, line, value: json_of(other) }),
    }
}

pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

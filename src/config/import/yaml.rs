//! YAML with the line of every key and value, and nothing in it that could be taken two ways.

use std::collections::HashMap;

use yaml_rust2::{
    Event,
    parser::Parser,
    scanner::{Marker, TScalarStyle},
};

use crate::config::fault::Wrong;

/// How deep values may nest.
const DEEPEST: usize = 32;

/// How much aliases may stand for: a short file can stand for a long one. Each value counts as one,
/// and as one more for every [`PIECE`] bytes of its text. What is written out is bounded by the
/// length of the file.
const MOST: usize = 100_000;

/// The bytes of a text that count as a value.
const PIECE: usize = 32;

/// A value, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) value: Value,
}

/// What stands there.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    /// A number, as it is written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) line: usize,
    pub(super) node: Node,
}

/// Why it cannot be read, and the line at which that was seen.
type Refusal = (usize, Wrong);

/// Reads the one document that a file holds. A file without any is null.
pub(super) fn read(text: &str) -> Result<Node, Refusal> {
    let mut parser = Parser::new_from_str(text);
    let mut building = Building::default();
    loop {
        let (event, marker) = parser.next_token().map_err(|error| {
            let problem = format!("is not YAML: {}", error.info());
            // What is missing at the end is missed behind it.
            (error.marker().line().min(text.lines().count()), Wrong::new(problem, "correct it"))
        })?;
        if event == Event::StreamEnd {
            return Ok(building.whole.unwrap_or(Node { line: 1, value: Value::Null }));
        }
        building.take(event, marker).map_err(|wrong| (marker.line(), wrong))?;
    }
}

/// What is open, from the outermost, and what was named on the way.
#[derive(Default)]
struct Building {
    whole: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    /// How many values aliases stood for.
    count: usize,
}

struct Open {
    line: usize,
    anchor: usize,
    container: Container,
}

enum Container {
    List(Vec<Node>),
    Map(OpenMap),
}

#[derive(Default)]
struct OpenMap {
    entries: Vec<Entry>,
    /// The line of each key.
    lines: HashMap<String, usize>,
    /// The key whose value is due.
    due: Option<(String, usize)>,
}

impl Building {
    fn take(&mut self, event: Event, marker: Marker) -> Result<(), Wrong> {
        let line = marker.line();
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if tag.is_some() {
                    return Err(Wrong::new("has a tag (!)", "write the value without it"));
                }
                self.add(Node { line, value: scalar(text, style) }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.open(line, anchor, Container::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                self.open(line, anchor, Container::Map(OpenMap::default()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => {
                let missing = || Wrong::new("has an alias (*) within itself", "write it out");
                let node = self.anchors.get(&anchor).ok_or_else(missing)?;
                self.count += size(node);
                if self.count > MOST {
                    let problem = format!(
                        "stands for more than {MOST} values by aliases (*), of {PIECE} bytes each"
                    );
                    return Err(Wrong::new(problem, "write it without aliases"));
                }
                self.add(node.clone(), 0)
            }
            Event::DocumentStart if self.whole.is_some() => {
                Err(Wrong::new("holds a second document", "keep one in a file"))
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, line: usize, anchor: usize, container: Container) -> Result<(), Wrong> {
        if self.open.len() == DEEPEST {
            let problem = format!("nests deeper than {DEEPEST} levels");
            return Err(Wrong::new(problem, "no setting is that deep"));
        }
        self.open.push(Open { line, anchor, container });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Wrong> {
        let Some(Open { line, anchor, container }) = self.open.pop() else { return Ok(()) };
        let value = match container {
            Container::List(items) => Value::List(items),
            Container::Map(map) => Value::Map(map.entries),
        };
        self.add(Node { line, value }, anchor)
    }

    /// Puts a value where it belongs: it may be a key.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Wrong> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.container) {
            None => self.whole = Some(node),
            Some(Container::List(items)) => items.push(node),
            Some(Container::Map(map)) => map.add(node)?,
        }
        Ok(())
    }
}

impl OpenMap {
    /// Adds a key, or the value of the key before.
    fn add(&mut self, node: Node) -> Result<(), Wrong> {
        if let Some((key, line)) = self.due.take() {
            self.entries.push(Entry { key, line, node });
            return Ok(());
        }
        let key = key_of(&node)?;
        if let Some(first) = self.lines.insert(key.clone(), node.line) {
            let problem = format!("has {key} twice in one section, first at line {first}");
            return Err(Wrong::new(problem, "keep one of them"));
        }
        self.due = Some((key, node.line));
        Ok(())
    }
}

/// How many values a node has.
fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(entries) => {
            entries.iter().map(|entry| entry.key.len() / PIECE + size(&entry.node)).sum()
        }
        Value::Text(text) | Value::Number(text) => text.len() / PIECE,
        Value::Null | Value::Boolean(_) => 0,
    }
}

fn key_of(node: &Node) -> Result<String, Wrong> {
    match &node.value {
        Value::Text(text) | Value::Number(text) => Ok(text.clone()),
        Value::Boolean(value) => Ok(value.to_string()),
        Value::Null | Value::List(_) | Value::Map(_) => {
            Err(Wrong::new("has a key that is no text", "write a word before the colon"))
        }
    }
}

/// A scalar, as YAML 1.2's core schema reads it.
fn scalar(text: String, style: TScalarStyle) -> Value {
    if style != TScalarStyle::Plain {
        return Value::Text(text);
    }
    match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Boolean(true),
        "false" | "False" | "FALSE" => Value::Boolean(false),
        number if is_number(number) => Value::Number(text),
        _ => Value::Text(text),
    }
}

fn is_number(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let radix = |prefix, radix| {
        text.strip_prefix(prefix).is_some_and(|rest| i64::from_str_radix(rest, radix).is_ok())
    };
    begins && (text.parse::<f64>().is_ok() || radix("0x", 16) || radix("0o", 8))
}

impl Node {
    /// Whether nothing stands in it.
    pub(super) fn is_empty(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::List(items) => items.is_empty(),
            Value::Map(entries) => entries.is_empty(),
            _ => false,
        }
    }
}

impl Value {
    /// What kind of value it is, for people.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a section",
        }
    }
}

#[cfg(test)]
mod tests;

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

/// How many values there may be, aliases followed: a short file can stand for a long one.
const MOST: usize = 100_000;

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
    count: usize,
}

struct Open {
    line: usize,
    anchor: usize,
    container: Container,
}

enum Container {
    List(Vec<Node>),
    /// The entries so far, and the key whose value is due.
    Map(Vec<Entry>, Option<(String, usize)>),
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
                self.open(line, anchor, Container::Map(Vec::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                let missing = || Wrong::new("has an alias (*) within itself", "write it out");
                self.add(node.ok_or_else(missing)?, 0)
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
            Container::Map(entries, _) => Value::Map(entries),
        };
        self.add(Node { line, value }, anchor)
    }

    /// Puts a value where it belongs: it may be a key.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Wrong> {
        self.count += size(&node);
        if self.count > MOST {
            let problem = format!("stands for more than {MOST} values");
            return Err(Wrong::new(problem, "write it without aliases"));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.container) {
            None => self.whole = Some(node),
            Some(Container::List(items)) => items.push(node),
            Some(Container::Map(entries, due)) => match due.take() {
                Some((key, line)) => entries.push(Entry { key, line, node }),
                None => *due = Some((key_of(&node, entries)?, node.line)),
            },
        }
        Ok(())
    }
}

/// How many values a node has. What is open was not counted yet, what is closed was: so a value
/// counts once for each level, and every time that an alias stands for it.
fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(entries) => entries.iter().map(|entry| size(&entry.node)).sum(),
        _ => 0,
    }
}

fn key_of(node: &Node, entries: &[Entry]) -> Result<String, Wrong> {
    let key = match &node.value {
        Value::Text(text) | Value::Number(text) => text.clone(),
        Value::Boolean(value) => value.to_string(),
        Value::Null | Value::List(_) | Value::Map(_) => {
            return Err(Wrong::new("has a key that is no text", "write a word before the colon"));
        }
    };
    match entries.iter().find(|entry| entry.key == key) {
        None => Ok(key),
        Some(first) => {
            let problem = format!("has {key} twice in one section, first at line {}", first.line);
            Err(Wrong::new(problem, "keep one of them"))
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
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<Entry> {
        match read(text).unwrap().value {
            Value::Map(entries) => entries,
            other => panic!("{other:?}"),
        }
    }

    fn refused(text: &str) -> (usize, String) {
        let (line, wrong) = read(text).unwrap_err();
        (line, wrong.problem)
    }

    #[test]
    fn every_key_knows_its_line() {
        let read = entries("# a\nversion: 2.0.0\n\nserver:\n  port: 8080\n  host: \"::1\"\n");

        assert_eq!((read[0].key.as_str(), read[0].line), ("version", 2));
        assert!(matches!(&read[0].node.value, Value::Text(text) if text == "2.0.0"));
        let Value::Map(server) = &read[1].node.value else { panic!() };
        assert_eq!((server[1].key.as_str(), server[1].line), ("host", 6));
        assert!(matches!(&server[0].node.value, Value::Number(text) if text == "8080"));
    }

    #[test]
    fn plain_words_are_what_yaml_says_and_quoted_ones_are_text() {
        let read = entries("a: true\nb: 'true'\nc: ~\nd: 0x1F\ne: no\nf: 1e3\ng: 1.2.3\nh: inf\n");

        let kinds: Vec<_> = read.iter().map(|entry| entry.node.value.kind()).collect();

        let expected =
            ["true or false", "text", "nothing", "a number", "text", "a number", "text", "text"];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn what_could_be_taken_two_ways_is_refused() {
        for (text, line, problem) in [
            ("a: 1\nb: 2\na: 3", 3, "has a twice in one section, first at line 1"),
            ("a: 1\n---\nb: 2", 2, "holds a second document"),
            ("a: !!str 5", 1, "has a tag (!)"),
            ("[a]: 1", 1, "has a key that is no text"),
        ] {
            assert_eq!(refused(text), (line, problem.to_owned()), "{text}");
        }
        assert!(refused("a: [1").1.starts_with("is not YAML: "));
    }

    #[test]
    fn an_alias_stands_for_what_it_names_and_no_bomb_goes_off() {
        let read = entries("a: &x [1, 2]\nb: *x\n");
        assert!(matches!(&read[1].node.value, Value::List(items) if items.len() == 2));

        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let below = format!("*a{}, ", level - 1).repeat(10);
            bomb.extend(["a", &level.to_string(), ": &a", &level.to_string(), " [", &below, "]\n"]);
        }
        assert!(refused(&bomb).1.starts_with("stands for more than"));
        assert_eq!(refused(&"[".repeat(40)).1, "nests deeper than 32 levels");
        assert!(refused(&"[".repeat(100_000)).1.starts_with("is not YAML: "));
    }
}

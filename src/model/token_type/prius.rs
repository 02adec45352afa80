//! The layout that the origin of typed tokens configures them in.
//!
//! Its documentation shows rules without braces around them, in an array:
//! `"rules": ["type": "Expiry", "config": "…", "type": "UseCount", "config": "…"]`. That is no
//! JSON, so the braces are added where they are missing. What stands twice then is refused: of two
//! rules in one pair of braces, the first would be lost.

mod twice;

use serde_json::{Map, Value};

use self::twice::Twins;
use super::{
    DeclaredType,
    read::{FaultPlace, TypeFault, read_all},
};
use crate::model::{
    rules::{kind, snake},
    strict_json::{self, Unreadable},
};

/// Where the types stand.
const PATH: [&str; 4] = ["owinFramework", "facility", "tokenStore.prius", "tokenTypes"];

/// How deep the file may nest.
const DEPTH: usize = 100;

/// Reads the types of a configuration of Prius: `tokenTypes` of
/// `owinFramework.facility."tokenStore.prius"`, where null stands for none.
///
/// # Errors
///
/// Everything that is wrong with it, at once. What is no JSON, with braces added or without, is one
/// fault, whose path is empty.
pub fn read_prius(text: &str) -> Result<Vec<DeclaredType>, Vec<TypeFault>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let read = strict_json::read(with_braces(text).as_bytes(), DEPTH).map_err(|fault| {
        let remedy = "correct it; only the braces around rules may be missing";
        let problem = match fault {
            Unreadable::NotJson(error) => format!("is not JSON: {error}"),
            Unreadable::TooDeep => format!("nests deeper than {DEPTH} levels"),
        };
        vec![misplaced(problem, remedy)]
    })?;
    let mut twins = Twins::of(&read);
    if twins.are_around_types() {
        return Err(twins.faults);
    }
    let reading = read_all(&types(&read.value, &mut twins)?);
    let faults = twins.before(reading.faults);
    if faults.is_empty() { Ok(reading.types) } else { Err(faults) }
}

/// The types in the words of our own settings.
fn types(whole: &Value, twins: &mut Twins) -> Result<Vec<Value>, Vec<TypeFault>> {
    let mut found = whole;
    for (depth, name) in PATH.iter().enumerate() {
        found = match found.get(name) {
            Some(below) => below,
            // What Prius has without any configuration.
            None if depth == PATH.len() - 1 && found.is_object() => return Ok(Vec::new()),
            None => {
                let place = format!("{}.{}.{:?}", PATH[0], PATH[1], PATH[2]);
                let remedy = "name the file that Prius is configured in";
                return Err(vec![misplaced(format!("has no {place}"), remedy)]);
            }
        };
    }
    match found {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => {
            let ours = |(at, item)| ours(item, (at, item, None), twins);
            Ok(items.iter().enumerate().map(ours).collect())
        }
        other => {
            let remedy = "write a list in brackets, or null for none";
            Err(vec![misplaced(format!("has tokenTypes that are {}", kind(other)), remedy)])
        }
    }
}

/// Where a type or a rule stands: the type's place, the type, and the place of the rule in it.
type At<'t> = (usize, &'t Value, Option<usize>);

/// A type with our names for its keys. Those inside `config` are read in either spelling anyway.
fn ours(item: &Value, at: At<'_>, twins: &mut Twins) -> Value {
    match item {
        Value::Object(members) => Value::Object(renamed(members, at, twins)),
        other => other.clone(),
    }
}

fn renamed(members: &Map<String, Value>, at: At<'_>, twins: &mut Twins) -> Map<String, Value> {
    let mut renamed = Map::new();
    for (given, value) in members {
        let name = snake(given);
        let (index, item, _) = at;
        let value = match value {
            Value::Array(items) if name == "rules" => {
                let each = items.iter().enumerate();
                each.map(|(place, rule)| ours(rule, (index, item, Some(place)), twins)).collect()
            }
            other => other.clone(),
        };
        if renamed.insert(name.clone(), value).is_some() {
            let same = members.keys().find(|other| *other != given && snake(other) == name);
            twins.note_spellings(at, same.map_or("", String::as_str), given);
        }
    }
    renamed
}

fn misplaced(problem: String, remedy: &str) -> TypeFault {
    let place = FaultPlace { type_index: 0, rule_index: None, key: None };
    TypeFault { place, path: String::new(), problem, remedy: remedy.to_owned() }
}

/// Adds the braces that are missing around members that stand in an array by themselves. A name
/// that the object at hand has already begins the next one. No line is added or taken away.
fn with_braces(text: &str) -> String {
    let mut braces = Braces { written: String::new(), held: String::new(), open: Vec::new() };
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' { string_length(rest) } else { first.len_utf8() };
        let (token, behind) = rest.split_at(length);
        rest = behind;
        let is_name = first == '"' && behind.trim_start().starts_with(':');
        braces.take(token, is_name);
    }
    braces.written + &braces.held
}

/// How far a string goes, its quotes included; to the end if nothing closes it.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

struct Braces<'t> {
    written: String,
    /// Commas and space whose place, before or behind a brace of ours, is not known yet.
    held: String,
    /// What is open, from the outermost.
    open: Vec<Bracket<'t>>,
}

enum Bracket<'t> {
    Object,
    /// An array, the names in the object that we opened in it, and whether a value is due.
    Array {
        names: Option<Vec<&'t str>>,
        is_value_due: bool,
    },
}

impl<'t> Braces<'t> {
    fn take(&mut self, token: &'t str, is_name: bool) {
        if let Some(Bracket::Array { names, is_value_due }) = self.open.last_mut() {
            if token == "," || token.trim().is_empty() {
                self.held.push_str(token);
                return;
            }
            let (before, behind) = brace(names, is_value_due, token, is_name);
            self.written.push_str(before);
            self.written.push_str(&std::mem::take(&mut self.held));
            self.written.push_str(behind);
        }
        match token {
            "{" => self.open.push(Bracket::Object),
            "[" => self.open.push(Bracket::Array { names: None, is_value_due: false }),
            "}" | "]" => {
                self.open.pop();
            }
            _ => {}
        }
        self.written.push_str(token);
    }
}

/// What to write before what was held, and behind it, now that a token of an array comes.
fn brace<'t>(
    names: &mut Option<Vec<&'t str>>,
    is_value_due: &mut bool,
    token: &'t str,
    is_name: bool,
) -> (&'static str, &'static str) {
    if token == ":" || std::mem::replace(is_value_due, false) {
        *is_value_due = token == ":";
        return ("", "");
    }
    match names {
        Some(known) if is_name && !known.contains(&token) => {
            known.push(token);
            ("", "")
        }
        Some(known) if is_name => {
            *known = vec![token];
            ("}", "{")
        }
        None if is_name => {
            *names = Some(vec![token]);
            ("", "{")
        }
        Some(_) if is_scalar_piece(token) => ("", ""),
        Some(_) => {
            *names = None;
            ("}", "")
        }
        None => ("", ""),
    }
}

/// Whether it is a letter of a number, `true`, `false` or `null`, which come one by one.
fn is_scalar_piece(token: &str) -> bool {
    !token.starts_with(['{', '[', ']', '"'])
}

#[cfg(test)]
mod tests;

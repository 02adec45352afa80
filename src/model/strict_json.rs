//! JSON, read so that nothing in it can be taken two ways.

use std::{
    cell::{Cell, RefCell},
    fmt,
};

use serde::{
    Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

/// How many repeated members are told of.
const MOST_REPEATS: usize = 20;

/// How many characters of a member's name are told of.
const LONGEST_NAME: usize = 64;

/// 2^63: what an integer that does not fit 64 bits becomes is at least so large.
const LEAST_LARGE: f64 = 9_223_372_036_854_775_808.0;

/// What was read.
#[derive(Debug)]
pub(in crate::model) struct StrictJson {
    /// The value. Where a member is repeated, the last counts; that is for the reader to refuse.
    pub(in crate::model) value: Value,
    /// The members that stand twice in one object (RFC 8259 §4), 20 at most.
    pub(in crate::model) repeats: Vec<Repeat>,
    /// Whether every integer is as it was written: one beyond 64 bits became a rounded float.
    pub(in crate::model) is_exact: bool,
}

/// A member that stands twice in one object. Its `Display` is the path: `a[0].b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::model) struct Repeat {
    /// The way to the object, from the outside.
    pub(in crate::model) within: Vec<Step>,
    /// The name of the member, cut to 64 characters.
    pub(in crate::model) name: String,
}

/// One step from a value into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::model) enum Step {
    /// To a member of an object, whose name is cut to 64 characters.
    Member(String),
    /// To an item of an array, counted from 0.
    Item(usize),
}

/// Why nothing was read.
#[derive(Debug)]
pub(in crate::model) enum Unreadable {
    /// It breaks the grammar, or is no UTF-8.
    NotJson(serde_json::Error),
    /// Brackets within brackets within brackets.
    TooDeep,
}

/// Reads a value whose objects and arrays nest at most `levels` deep, the outermost counted; at
/// most 127, where the grammar's own reader stops.
///
/// # Errors
///
/// [`Unreadable`] for what is no JSON or nests deeper.
pub(in crate::model) fn read(text: &[u8], levels: usize) -> Result<StrictJson, Unreadable> {
    let found = Found::default();
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = Strict { levels, place: None, found: &found }.deserialize(&mut reader);
    match read.and_then(|value| reader.end().map(|()| value)) {
        Ok(value) => {
            let is_exact = !found.has_large_number.get() || !has_long_integer(text);
            Ok(StrictJson { value, repeats: found.repeats.into_inner(), is_exact })
        }
        Err(_) if found.is_too_deep.get() => Err(Unreadable::TooDeep),
        Err(error) => Err(Unreadable::NotJson(error)),
    }
}

/// The way as it is written: `a[0].b`. Names that are no words stand in quotes.
pub(in crate::model) fn path(steps: &[Step]) -> String {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    let written = steps.iter().map(|step| match step {
        Step::Item(at) => format!("[{at}]"),
        Step::Member(name) if name.chars().all(is_word) => format!(".{name}"),
        Step::Member(name) => format!(".{name:?}"),
    });
    let written: String = written.collect();
    written.strip_prefix('.').map(str::to_owned).unwrap_or(written)
}

impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = [&self.within[..], &[Step::Member(self.name.clone())]].concat();
        f.write_str(&path(&steps))
    }
}

/// Whether an integer in this JSON does not fit 64 bits. The grammar's reader does not say so: it
/// makes floats of such, and of `1e30`, which is none.
fn has_long_integer(json: &[u8]) -> bool {
    let is_of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    let mut rest = json;
    while let Some((first, behind)) = rest.split_first() {
        let length = match first {
            b'"' => 1 + text_length(behind),
            b'-' | b'0'..=b'9' => rest.iter().take_while(|byte| is_of_number(byte)).count(),
            _ => 1,
        };
        let (token, behind) = rest.split_at(length.min(rest.len()));
        rest = behind;
        let number = str::from_utf8(token).unwrap_or_default();
        let is_integer = is_of_number(first) && !number.contains(['.', 'e', 'E']);
        if is_integer && number.parse::<i64>().is_err() && number.parse::<u64>().is_err() {
            return true;
        }
    }
    false
}

/// How far a text goes behind its first quote, its last quote included.
fn text_length(behind: &[u8]) -> usize {
    let mut is_escaped = false;
    let ends = |byte: &u8| {
        let ends = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        ends
    };
    behind.iter().position(ends).map_or(behind.len(), |at| at + 1)
}

/// What is noticed on the way.
#[derive(Default)]
struct Found {
    has_large_number: Cell<bool>,
    is_too_deep: Cell<bool>,
    repeats: RefCell<Vec<Repeat>>,
}

/// Where a value stands, from the inside.
#[derive(Clone, Copy)]
struct Place<'p> {
    above: Option<&'p Place<'p>>,
    step: NextStep<'p>,
}

#[derive(Clone, Copy)]
enum NextStep<'p> {
    Member(&'p str),
    Item(usize),
}

/// Reads any value, down to so many levels.
#[derive(Clone, Copy)]
struct Strict<'r> {
    levels: usize,
    place: Option<&'r Place<'r>>,
    found: &'r Found,
}

impl<'r> Strict<'r> {
    /// What reads the items of an object or array.
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        let Some(levels) = self.levels.checked_sub(1) else {
            self.found.is_too_deep.set(true);
            return Err(E::custom(""));
        };
        Ok(Self { levels, ..self })
    }

    fn at<'p>(self, place: &'p Place<'p>) -> Strict<'p>
    where
        'r: 'p,
    {
        Strict { place: Some(place), ..self }
    }

    fn note_repeat(self, name: &str) {
        let mut repeats = self.found.repeats.borrow_mut();
        if repeats.len() == MOST_REPEATS {
            return;
        }
        let mut within = Vec::new();
        let mut place = self.place;
        while let Some(Place { above, step }) = place {
            within.push(match step {
                NextStep::Member(name) => Step::Member(cut(name)),
                NextStep::Item(at) => Step::Item(*at),
            });
            place = *above;
        }
        within.reverse();
        let repeat = Repeat { within, name: cut(name) };
        // Who stands there three times is told of once.
        if !repeats.contains(&repeat) {
            repeats.push(repeat);
        }
    }
}

fn cut(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        if value.abs() >= LEAST_LARGE {
            self.found.has_large_number.set(true);
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom(""))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut list = Vec::new();
        loop {
            let place = Place { above: self.place, step: NextStep::Item(list.len()) };
            let Some(item) = items.next_element_seed(inside.at(&place))? else { break };
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut members = Map::new();
        while let Some(name) = items.next_key::<String>()? {
            if members.contains_key(&name) {
                self.note_repeat(&name);
            }
            let place = Place { above: self.place, step: NextStep::Member(&name) };
            let value = items.next_value_seed(inside.at(&place))?;
            members.insert(name, value);
        }
        Ok(members.into())
    }
}

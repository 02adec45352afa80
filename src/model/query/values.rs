//! What may stand behind a key, one reader for each form.

use std::str::FromStr;

use uuid::Uuid;

use crate::model::{
    client_id::ClientId,
    entry_key::EntryKeyRange,
    nearest::nearest,
    purposes,
    status_word::StatusWord,
    token_entry::{EntryFormat, TokenKind},
    token_type,
};

use super::{
    condition::{EntryBeginning, UserName},
    fault::QueryFault,
    quantity::{NumberValue, TimeValue},
    syntax::Value,
};

/// What is wrong with a value, and what to do about it.
type Wrong = (String, String);

/// The word that was meant, if that can be told: two letters are near to everything.
pub(super) fn meant<'w>(typed: &str, known: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    (typed.chars().count() > 2).then(|| nearest(typed, known)).flatten()
}

/// Reads every value, or says what is wrong with each that is.
pub(super) fn each<T>(
    values: &[Value],
    read: impl Fn(&Value) -> Result<T, Wrong>,
) -> Result<Vec<T>, Vec<QueryFault>> {
    let (mut read_values, mut faults) = (Vec::new(), Vec::new());
    for value in values {
        match read(value) {
            Ok(value) => read_values.push(value),
            Err((problem, remedy)) => {
                faults.push(QueryFault::new((&value.text, value.position), problem, remedy));
            }
        }
    }
    if faults.is_empty() { Ok(read_values) } else { Err(faults) }
}

/// A word of a closed list, or the one that was meant.
fn word<T: FromStr>(text: &str, list: &str, known: &[&'static str]) -> Result<T, Wrong> {
    let folded = text.to_ascii_lowercase().replace([' ', '-'], "_");
    folded.parse().map_err(|_| {
        let remedy = match meant(&folded, known.iter().copied()) {
            Some(meant) => format!("write {meant}"),
            None => format!("one of {}", known.join(", ")),
        };
        (format!("is no {list}"), remedy)
    })
}

pub(super) fn status(value: &Value) -> Result<StatusWord, Wrong> {
    let known: Vec<_> = StatusWord::ALL.iter().map(|word| word.as_str()).collect();
    word(&value.text, "status", &known)
}

pub(super) fn kind(value: &Value) -> Result<TokenKind, Wrong> {
    let known: Vec<_> = TokenKind::ALL.iter().map(|word| word.as_str()).collect();
    word(&value.text, "kind", &known)
}

pub(super) fn format(value: &Value) -> Result<EntryFormat, Wrong> {
    let known: Vec<_> = EntryFormat::ALL.iter().map(|word| word.as_str()).collect();
    word(&value.text, "format", &known)
}

/// Text that means itself. One that looks like a comparison was meant as one.
pub(super) fn text(value: &Value) -> Result<String, Wrong> {
    if !value.quoted && value.text.starts_with(['<', '>']) {
        let remedy = "write the text alone, or put it in quotes if it begins so";
        return Err(("is neither a time nor a number".to_owned(), remedy.to_owned()));
    }
    Ok(value.text.clone())
}

pub(super) fn type_name(value: &Value) -> Result<String, Wrong> {
    let name = token_type::TypeName::parse(&value.text);
    name.map(|name| name.fold())
        .map_err(|fault| ("names no token type".to_owned(), fault.to_string()))
}

pub(super) fn client(value: &Value) -> Result<ClientId, Wrong> {
    ClientId::parse(&value.text).map_err(|fault| ("names no client".to_owned(), fault.to_string()))
}

pub(super) fn user(value: &Value) -> Result<UserName, Wrong> {
    UserName::parse(&value.text).map_err(|fault| ("names no user".to_owned(), fault))
}

pub(super) fn family(value: &Value) -> Result<Uuid, Wrong> {
    value.text.parse().map_err(|_| {
        let remedy = "take it from tessera token show --json";
        ("is no family".to_owned(), remedy.to_owned())
    })
}

pub(super) fn purpose(value: &Value) -> Result<String, Wrong> {
    text(value).map(|text| purposes::fold(&text))
}

pub(super) fn time(value: &Value) -> Result<TimeValue, Wrong> {
    TimeValue::parse(&value.text).map_err(|(problem, remedy)| (problem, remedy.to_owned()))
}

pub(super) fn number(value: &Value) -> Result<NumberValue, Wrong> {
    NumberValue::parse(&value.text).map_err(|(problem, remedy)| (problem, remedy.to_owned()))
}

pub(super) fn entry(value: &Value) -> Result<EntryBeginning, Wrong> {
    let range: Result<EntryKeyRange, _> = value.text.parse();
    let range = range.map_err(|fault| ("is no entry".to_owned(), fault.to_string()))?;
    let characters = value.text.strip_prefix("tok_").unwrap_or(&value.text);
    Ok(EntryBeginning { typed: format!("tok_{}", characters.to_ascii_uppercase()), range })
}

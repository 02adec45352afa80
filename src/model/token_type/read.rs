//! Reading token types out of tables, so that everything wrong with all of them is found at once.

use serde_json::{Map, Value};

use super::{
    ACCESS, DeclaredType, PERSONAL, PROTOCOL, SpendOn, TypeDefinition, TypeName, fold, is_built_in,
};
use crate::model::rules::{self, Company, Fields, Flaw, ReadRule};

/// One thing that is wrong with a token type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeFault {
    /// Where it stands.
    pub place: FaultPlace,
    /// The same for a person: `token_types[0] "PasswordReset" rules[1] "UseCount"`.
    pub path: String,
    /// What is wrong, as a sentence that names the key.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

/// Where something stands in a list of token types. Everything is counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultPlace {
    /// Which type.
    pub type_index: usize,
    /// Which of its rules, if it is about one.
    pub rule_index: Option<usize>,
    /// The key of that rule or type, if it is about one that is there.
    pub key: Option<String>,
}

/// What came of reading token types.
#[derive(Debug, Default)]
pub struct Reading {
    /// Those that nothing is wrong with, in the order given.
    pub types: Vec<DeclaredType>,
    /// Everything that is wrong, in the order given.
    pub faults: Vec<TypeFault>,
    /// Sentences for the operator. Nothing in them is wrong.
    pub notes: Vec<String>,
}

/// How long a description may be, in characters.
const LONGEST_DESCRIPTION: usize = 500;

/// Reads a list of types. No two may have the same name.
#[must_use]
pub fn read_all<'v>(items: impl IntoIterator<Item = &'v Value>) -> Reading {
    let mut reading = Reading::default();
    let mut names: Vec<(usize, String)> = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        let Value::Object(members) = item else {
            let problem = format!("a token type is a table, and this is {}", rules::kind(item));
            let flaw = Flaw::new(None, problem, "write [[token_types]] above each of them");
            reading.faults.push(fault((at, &Value::Null), None, flaw));
            continue;
        };
        let name = members.get("name").and_then(Value::as_str).map(fold);
        let twin = names.iter().find(|(_, other)| Some(other) == name.as_ref());
        if let Some((earlier, _)) = twin {
            let problem = format!("the name stands there twice: token_types[{earlier}], too");
            let remedy = "rename or remove one of the two; names compare without case";
            let flaw = Flaw::new(Some("name"), problem, remedy);
            reading.faults.push(fault((at, &members["name"]), None, flaw));
        }
        names.extend(name.map(|name| (at, name)));
        let one = read(at, members);
        reading.types.extend(one.types);
        reading.faults.extend(one.faults);
        reading.notes.extend(one.notes);
    }
    reading
}

/// Reads one type, which is the `index`th of its list, counted from 0.
///
/// The answer has one type, or none and at least one fault.
#[must_use]
pub fn read(index: usize, members: &Map<String, Value>) -> Reading {
    let mut fields = Fields::of(members);
    let name = name(&mut fields);
    let description = description(&mut fields);
    let is_access = name.as_ref().is_some_and(|name| name.fold() == ACCESS);
    let is_built_in = name.as_ref().is_some_and(|name| is_built_in(name.as_str()));
    let require_purpose = required(&mut fields, "require_purpose", is_built_in);
    let require_identity = required(&mut fields, "require_identity", is_built_in);
    let spend_on = spend_on(&mut fields, is_access);
    let rules = rules_of(&mut fields);
    // A token that somebody makes for themselves is for that person: it is counted by them.
    let is_personal = name.as_ref().is_some_and(|name| name.fold() == PERSONAL);
    let counted = require_identity.map(|required| required || is_personal);
    let company = Company { is_access, require_purpose, require_identity: counted };
    let beside = rules::check(company, &rules);

    let (flaws, _) = fields.finish();
    let head = (index, members.get("name").unwrap_or(&Value::Null));
    let mut faults: Vec<_> = flaws.into_iter().map(|flaw| fault(head, None, flaw)).collect();
    let mut notes = Vec::new();
    let mut sound = Vec::new();
    for (at, mut rule) in rules.into_iter().enumerate() {
        let among = beside.iter().filter(|(place, _)| *place == at).map(|(_, flaw)| flaw.clone());
        let shown = shown_rule(members, at, &rule.name);
        rule.flaws.extend(among);
        let place = Some((at, shown.as_str()));
        notes.extend(rule.notes.iter().map(|note| format!("{}: {note}", path(head, place))));
        faults.extend(rule.flaws.into_iter().map(|flaw| fault(head, place, flaw)));
        sound.extend(rule.rule);
    }
    let definition = || {
        Some(TypeDefinition {
            description: description?,
            require_purpose: require_purpose?,
            require_identity: require_identity?,
            spend_on: spend_on?,
            rules: sound,
        })
    };
    let declared = match (name, faults.is_empty()) {
        (Some(name), true) => definition().map(|definition| DeclaredType { name, definition }),
        _ => None,
    };
    Reading { types: declared.into_iter().collect(), faults, notes }
}

fn name(fields: &mut Fields<'_>) -> Option<TypeName> {
    let text = fields.text("name", None)?;
    let name = match TypeName::parse(&text) {
        Ok(name) => name,
        Err(rule) => {
            fields.refuse("name", format!("{text:?} is no name: {rule}"), "write another name");
            return None;
        }
    };
    if PROTOCOL.contains(&name.fold().as_str()) {
        let problem = format!("{name} belongs to the protocol");
        fields.refuse(
            "name",
            problem,
            "choose another name; of those, only access and personal take rules",
        );
        return None;
    }
    Some(name)
}

fn description(fields: &mut Fields<'_>) -> Option<String> {
    let text = fields.text("description", Some(""))?;
    let fits = text.chars().count() <= LONGEST_DESCRIPTION && !text.chars().any(char::is_control);
    let what = format!("must be one line of at most {LONGEST_DESCRIPTION} characters");
    fields.demand("description", fits, &what, "write a shorter sentence")?;
    Some(text)
}

/// Whether every token has to have something, which access and personal tokens never have.
fn required(fields: &mut Fields<'_>, key: &'static str, is_built_in: bool) -> Option<bool> {
    let required = fields.boolean(key, false)?;
    let what = "is not for access and personal tokens, which have neither purposes nor an identity";
    fields.demand(key, !(required && is_built_in), what, "remove it")?;
    Some(required)
}

/// What spends a use. Introspection knows access tokens only, and would spend none of the others.
fn spend_on(fields: &mut Fields<'_>, is_access: bool) -> Option<SpendOn> {
    let spend_on = fields.word("spend_on", Some(SpendOn::default()))?;
    if spend_on == SpendOn::Introspection && !is_access {
        let problem = "spend_on = \"introspection\" is for the type access: other tokens are \
                       unknown to introspection";
        fields.refuse("spend_on", problem, "remove it: POST /tokens/use spends their uses");
        return None;
    }
    Some(spend_on)
}

fn rules_of(fields: &mut Fields<'_>) -> Vec<ReadRule> {
    let items = match fields.value("rules") {
        None => return Vec::new(),
        Some(Value::Array(items)) => items,
        Some(other) => {
            fields.mistyped("rules", "a list of tables", other);
            return Vec::new();
        }
    };
    let read = |item: &Value| match item {
        Value::Object(members) => rules::read(members),
        other => {
            let problem = format!("a rule is a table, and this is {}", rules::kind(other));
            let remedy = "write [[token_types.rules]] above each of them";
            ReadRule { flaws: vec![Flaw::new(None, problem, remedy)], ..ReadRule::default() }
        }
    };
    items.iter().map(read).collect()
}

/// The name of a rule as it is shown: ours where it has one, else what was written.
fn shown_rule(members: &Map<String, Value>, at: usize, known: &str) -> String {
    let written = members["rules"][at]["type"].as_str().unwrap_or_default();
    if written.eq_ignore_ascii_case(known) { known.to_owned() } else { cut(written) }
}

pub(super) fn fault(head: (usize, &Value), rule: Option<(usize, &str)>, flaw: Flaw) -> TypeFault {
    let Flaw { key, problem, remedy } = flaw;
    let place = FaultPlace { type_index: head.0, rule_index: rule.map(|(at, _)| at), key };
    TypeFault { place, path: path(head, rule), problem, remedy }
}

fn path((index, name): (usize, &Value), rule: Option<(usize, &str)>) -> String {
    let quoted = |name: &str| if name.is_empty() { String::new() } else { format!(" {name:?}") };
    let name = quoted(&cut(name.as_str().unwrap_or_default()));
    let rule = rule.map(|(at, name)| format!(" rules[{at}]{}", quoted(name)));
    format!("token_types[{index}]{name}{}", rule.unwrap_or_default())
}

/// As much of a name as can be one.
fn cut(name: &str) -> String {
    name.chars().take(64).collect()
}

#[cfg(test)]
mod tests;

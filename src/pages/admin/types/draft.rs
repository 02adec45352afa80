//! A token type as its form holds it: texts, sound or not, under the keys that its rules describe.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::{
    model::{
        parameters::Parameters,
        rules::{self, DescribedRule, RuleKey, Shape},
        token_type::{self, DeclaredType, Reading, SpendOn, toml_text},
        toml_text::line,
    },
    pages::admin::guard::AdminPosted,
};

/// A type that is being written.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) require_purpose: bool,
    pub(super) require_identity: bool,
    pub(super) spend_on: String,
    pub(super) rules: Vec<RuleDraft>,
    /// Whether it was typed into a form of another version, which has rules or keys that nobody
    /// here knows. Saved without them, it would allow more.
    pub(super) is_foreign: bool,
}

/// A rule that is being written.
#[derive(Debug)]
pub(super) struct RuleDraft {
    /// What it may say.
    pub(super) described: DescribedRule,
    /// What stands behind each of its keys; empty for nothing.
    pub(super) values: Vec<String>,
}

/// The field of the unit that belongs to a length of time.
pub(super) fn unit_field(field: &str) -> String {
    format!("{field}.unit")
}

/// The box of one of the words that a field is ticked from.
pub(super) fn word_field(field: &str, word: &str) -> String {
    format!("{field}.{word}")
}

/// The field of a key of the rule at `at`.
pub(super) fn key_field(at: usize, key: &str) -> String {
    format!("rule.{at}.{key}")
}

/// The field that says which rule is at `at`.
pub(super) fn rule_field(at: usize) -> String {
    format!("rule.{at}")
}

impl Draft {
    /// What a new type begins with.
    pub(super) fn new() -> Self {
        let rules = [("Expiry", "24h"), ("UseCount", "1")];
        let rule = |(name, value): (&str, &str)| {
            let blank = RuleDraft::blank(name)?;
            Some(RuleDraft { values: vec![value.to_owned()], ..blank })
        };
        let spend_on = SpendOn::default().to_string();
        Self { spend_on, rules: rules.into_iter().filter_map(rule).collect(), ..Self::default() }
    }

    /// A type as it is; `None` if one of its rules is of a later version.
    pub(super) fn of(declared: &DeclaredType) -> Option<Self> {
        let definition = &declared.definition;
        let rules = definition.rules.iter().map(|rule| {
            let settings = rule.settings()?;
            let mut draft = RuleDraft::blank(rule.name())?;
            for (key, value) in draft.described.keys.iter().zip(&mut draft.values) {
                *value = settings.get(key.name).map(text_of).unwrap_or_default();
            }
            Some(draft)
        });
        Some(Self {
            name: declared.name.to_string(),
            description: definition.description.clone(),
            require_purpose: definition.require_purpose,
            require_identity: definition.require_identity,
            spend_on: definition.spend_on.to_string(),
            rules: rules.collect::<Option<_>>()?,
            is_foreign: false,
        })
    }

    /// What somebody typed.
    pub(super) fn typed(posted: &AdminPosted) -> Self {
        let field = |name: &str| posted.field(name).trim().to_owned();
        let rules: Vec<_> = (0..).map_while(|at| RuleDraft::typed(&posted.fields, at)).collect();
        let known: HashSet<_> =
            rules.iter().enumerate().flat_map(|(at, rule)| rule.fields(at)).collect();
        let mut of_rules = posted.fields.names().filter(|name| name.starts_with("rule."));
        Self {
            name: field("name"),
            description: field("description"),
            require_purpose: !posted.field("require_purpose").is_empty(),
            require_identity: !posted.field("require_identity").is_empty(),
            spend_on: field("spend_on"),
            is_foreign: of_rules.any(|name| !known.contains(name)),
            rules,
        }
    }

    /// Adds a rule that says nothing yet, unless it is there or there is none of that name. Returns
    /// its place.
    pub(super) fn add(&mut self, name: &str) -> Option<usize> {
        if self.rules.iter().any(|rule| rule.described.name == name) {
            return None;
        }
        self.rules.push(RuleDraft::blank(name)?);
        Some(self.rules.len() - 1)
    }

    /// Takes the rule at a place away.
    pub(super) fn remove(&mut self, at: usize) {
        if at < self.rules.len() {
            self.rules.remove(at);
        }
    }

    /// Reads it, with all that is wrong in its place.
    pub(super) fn read(&self) -> Reading {
        token_type::read(0, &self.members())
    }

    /// The same as a file declares it, whether it is sound or not.
    pub(super) fn text(&self) -> String {
        if let Some(declared) = self.read().types.pop() {
            return toml_text(&declared);
        }
        let mut members = self.members();
        let rules = members.remove("rules");
        let mut lines = vec!["[[token_types]]".to_owned()];
        lines.extend(members.iter().map(|(key, value)| line(key, value)));
        for rule in rules.as_ref().and_then(Value::as_array).into_iter().flatten() {
            lines.extend([String::new(), "[[token_types.rules]]".to_owned()]);
            let keys = rule.as_object().into_iter().flatten();
            lines.extend(keys.map(|(key, value)| line(key, value)));
        }
        lines.join("\n") + "\n"
    }

    fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let mut put = |key: &str, value: Value| members.insert(key.to_owned(), value);
        for (key, text) in [("name", &self.name), ("description", &self.description)] {
            if !text.is_empty() {
                put(key, text.as_str().into());
            }
        }
        for (key, is_required) in
            [("require_purpose", self.require_purpose), ("require_identity", self.require_identity)]
        {
            if is_required {
                put(key, true.into());
            }
        }
        if ![String::new(), SpendOn::default().to_string()].contains(&self.spend_on) {
            put("spend_on", self.spend_on.as_str().into());
        }
        put("rules", self.rules.iter().map(RuleDraft::members).collect());
        members
    }
}

impl RuleDraft {
    fn blank(name: &str) -> Option<Self> {
        let described = rules::described().into_iter().find(|rule| rule.name == name)?;
        let values = vec![String::new(); described.keys.len()];
        Some(Self { described, values })
    }

    fn typed(fields: &Parameters, at: usize) -> Option<Self> {
        let field = |name: &str| fields.get(name).unwrap_or_default().trim().replace("\r\n", "\n");
        let mut draft = Self::blank(&field(&rule_field(at)))?;
        for (key, value) in draft.described.keys.iter().zip(&mut draft.values) {
            let name = key_field(at, key.name);
            *value = match &key.shape {
                Shape::Length => with_unit(&field(&name), &field(&unit_field(&name))),
                Shape::Words(words) => {
                    let ticked = |word: &&String| !field(&word_field(&name, word)).is_empty();
                    let ticked: Vec<_> = words.iter().filter(ticked).map(String::as_str).collect();
                    ticked.join("\n")
                }
                _ => field(&name),
            };
        }
        Some(draft)
    }

    /// The fields that the rule at `at` has.
    fn fields(&self, at: usize) -> Vec<String> {
        let of_key = |key: &RuleKey| {
            let field = key_field(at, key.name);
            match &key.shape {
                Shape::Words(words) => words.iter().map(|word| word_field(&field, word)).collect(),
                Shape::Length => vec![unit_field(&field), field],
                _ => vec![field],
            }
        };
        [rule_field(at)].into_iter().chain(self.described.keys.iter().flat_map(of_key)).collect()
    }

    /// Its keys and values as a file states them. What is empty is left out.
    fn members(&self) -> Value {
        let mut members = Map::from_iter([("type".to_owned(), self.described.name.into())]);
        for (key, text) in self.described.keys.iter().zip(&self.values) {
            if !text.is_empty() {
                members.insert(key.name.to_owned(), value_of(&key.shape, text));
            }
        }
        Value::Object(members)
    }
}

/// A length of time out of a number and a unit. What is no number has its unit with it.
fn with_unit(number: &str, unit: &str) -> String {
    let is_bare = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_bare { format!("{number}{unit}") } else { number.to_owned() }
}

/// A value as a field holds it.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

/// What a field holds as a value. What makes no sense stays text, and is refused as such.
fn value_of(shape: &Shape, text: &str) -> Value {
    let typed = || text.into();
    match shape {
        Shape::Boolean => text.parse::<bool>().map_or_else(|_| typed(), Value::Bool),
        Shape::Integer(..) => text.parse::<i64>().map_or_else(|_| typed(), Value::from),
        Shape::Text | Shape::Length | Shape::Word(_) => typed(),
        Shape::Texts | Shape::Words(_) => {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
        }
    }
}

#[cfg(test)]
mod tests;

//! What a token type says, field by field.

use crate::model::{
    rules::Rule,
    token_type::{SpendOn, TokenType, TypeDefinition, TypeSource},
    toml_text::line,
};

use super::difference::Changed;

/// What a definition says, in an order that hangs on nothing but the rules' names.
fn fields(definition: &TypeDefinition) -> Vec<(String, String)> {
    let TypeDefinition { description, require_purpose, require_identity, spend_on, rules } =
        definition;
    let yes = |is: bool| is.then(|| "yes".to_owned());
    let described = Some(description.clone()).filter(|text| !text.is_empty());
    let spend_on = Some(*spend_on).filter(|word| *word != SpendOn::default());
    let plain = [
        ("description", described),
        ("require_purpose", yes(*require_purpose)),
        ("require_identity", yes(*require_identity)),
        ("spend_on", spend_on.map(|word| word.to_string())),
    ];
    let plain = plain.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    let mut rules: Vec<_> = rules.iter().map(rule).collect();
    rules.sort();
    plain.chain(rules).collect()
}

/// How a type is to change; nothing if it is as it is to be.
#[must_use]
pub fn type_changes(before: Option<&TokenType>, after: &TokenType) -> Vec<Changed> {
    let around = |known: &TokenType| {
        let mut around = vec![
            ("name".to_owned(), known.name.to_string()),
            ("source".to_owned(), known.source.to_string()),
        ];
        if known.removed_at.is_some() {
            around.push(("removed".to_owned(), "yes".to_owned()));
        }
        around.extend(fields(&known.definition));
        around
    };
    match before {
        Some(before) => differing(&around(before), &around(after)),
        None => {
            let source = Some(("source".to_owned(), after.source.to_string()));
            let source = source.filter(|_| after.source != TypeSource::Store);
            let all: Vec<_> = source.into_iter().chain(fields(&after.definition)).collect();
            differing(&[], &all)
        }
    }
}

fn differing(before: &[(String, String)], after: &[(String, String)]) -> Vec<Changed> {
    let find = |list: &[(String, String)], key: &str| {
        list.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone())
    };
    let new = after.iter().filter(|(key, _)| find(before, key).is_none());
    let keys = before.iter().chain(new).map(|(key, _)| key);
    let change = |key: &String| {
        let (from, to) = (find(before, key), find(after, key));
        (from != to).then(|| Changed { field: key.clone(), from, to })
    };
    keys.filter_map(change).collect()
}

/// A rule in words: `rules.UseCount` and `max_use_count = 1`.
fn rule(rule: &Rule) -> (String, String) {
    let mut settings = rule.settings().unwrap_or_default();
    settings.remove("type");
    let settings: Vec<_> = settings.iter().map(|(key, value)| line(key, value)).collect();
    let settings = if settings.is_empty() { "yes".to_owned() } else { settings.join(", ") };
    (format!("rules.{}", rule.name()), settings)
}

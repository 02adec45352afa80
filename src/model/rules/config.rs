//! The keys of a rule in the other form, where `config` holds them.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Flaw, fields::kind};
use crate::model::strict_json::{self, Unreadable};

/// How deep `config` may nest, the object itself counted.
const DEPTH: usize = 16;

/// The keys of a rule, out of its `config` where they stand there: JSON, as text or as it is, whose
/// names may be written `maxUseCount`.
pub(super) fn opened(
    members: &Map<String, Value>,
) -> Result<Cow<'_, Map<String, Value>>, Vec<Flaw>> {
    let Some(config) = members.get("config") else { return Ok(Cow::Borrowed(members)) };
    if let Some(other) = members.keys().find(|key| !["type", "config"].contains(&key.as_str())) {
        let problem = format!("config and {other} are both given");
        return Err(flaws(problem, "write the rule's keys in one form only"));
    }
    let mut keys: Map<String, Value> = members
        .iter()
        .filter(|(key, _)| *key == "type")
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let mut twins = Vec::new();
    for (name, value) in inside(config)? {
        let key = snake(&name);
        if keys.insert(key.clone(), value).is_some() {
            twins.extend(twice(&key));
        }
    }
    // Nothing is taken of what can be taken two ways.
    if twins.is_empty() { Ok(Cow::Owned(keys)) } else { Err(twins) }
}

/// What `config` holds.
fn inside(config: &Value) -> Result<Map<String, Value>, Vec<Flaw>> {
    let text = match config {
        Value::Null => return Ok(Map::new()),
        Value::Object(inside) => return Ok(inside.clone()),
        Value::String(text) if text.trim().is_empty() => return Ok(Map::new()),
        Value::String(text) => text,
        other => {
            let problem = format!("config must be text and is {}", kind(other));
            return Err(flaws(problem, "write JSON in quotes, or the keys themselves"));
        }
    };
    let remedy = "write it such as '{ \"maxUseCount\": 1 }', or the keys themselves";
    let read = strict_json::read(text.as_bytes(), DEPTH).map_err(|fault| {
        let problem = match fault {
            Unreadable::NotJson(error) => format!("config is not JSON: {error}"),
            Unreadable::TooDeep => format!("config nests deeper than {DEPTH} levels"),
        };
        flaws(problem, remedy)
    })?;
    if !read.repeats.is_empty() {
        return Err(read.repeats.iter().flat_map(|repeat| twice(&repeat.to_string())).collect());
    }
    match read.value {
        Value::Object(inside) => Ok(inside),
        Value::Null => Ok(Map::new()),
        other => Err(flaws(format!("config holds {} and no object", kind(&other)), remedy)),
    }
}

fn twice(key: &str) -> Vec<Flaw> {
    flaws(format!("{key} is given twice in config"), "remove one of the two")
}

fn flaws(problem: String, remedy: &str) -> Vec<Flaw> {
    vec![Flaw::new(Some("config"), problem, remedy)]
}

/// `maxUseCount` as we write it: `max_use_count`.
pub(in crate::model) fn snake(name: &str) -> String {
    let mut written = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !written.is_empty() && !written.ends_with('_') {
            written.push('_');
        }
        written.push(letter.to_ascii_lowercase());
    }
    written
}

#[cfg(test)]
mod tests {
    use crate::model::rules::testing::{problems, rule};

    #[test]
    fn settings_in_a_text_of_json_are_the_same_settings() {
        let plain = rule(r#"{"type": "UseCount", "max_use_count": 1}"#);
        for config in [
            r#""{ \"maxUseCount\": 1 }""#,
            r#""{ \"MaxUseCount\": 1 }""#,
            r#""{ \"max_use_count\": 1 }""#,
            r#"{ "maxUseCount": 1 }"#,
        ] {
            assert_eq!(rule(&format!(r#"{{"type": "UseCount", "config": {config}}}"#)), plain);
        }
        for config in ["null", r#""""#, r#""null""#, "{}"] {
            let _ = rule(&format!(r#"{{"type": "PurposeOnce", "config": {config}}}"#));
        }
    }

    #[test]
    fn what_is_wrong_with_such_a_text_is_named() {
        for (given, expected) in [
            (
                r#"{"config": "{ \"maxUseCount\": 1 }", "max_use_count": 1}"#,
                "config and max_use_count are both given",
            ),
            (r#"{"config": "[]"}"#, "config holds a list and no object"),
            (r#"{"config": 1}"#, "config must be text and is a number"),
            (
                r#"{"config": "{ \"maxUseCount\": 1, \"max_use_count\": 2 }"}"#,
                "max_use_count is given twice in config",
            ),
            (r#"{"config": "{ \"type\": 1 }"}"#, "type is given twice in config"),
            (
                r#"{"config": "{ \"maxUseCount\": 1, \"maxUseCount\": 500 }"}"#,
                "maxUseCount is given twice in config",
            ),
            (
                r#"{"config": "{ \"maxUseCount\": [{ \"a\": 1, \"\\u0061\": 2 }] }"}"#,
                "maxUseCount[0].a is given twice in config",
            ),
            (
                r#"{"config": "{ \"maxUseCount\": 0 }"}"#,
                "max_use_count must be 1..2147483647, got 0",
            ),
            (r#"{"config": null}"#, "max_use_count is missing"),
        ] {
            assert_eq!(problems("UseCount", given), [expected]);
        }
        let [problem] = &problems("UseCount", r#"{"config": "{"}"#)[..] else { panic!("one") };
        assert!(problem.starts_with("config is not JSON: "), "{problem}");
        let deep = format!(r#"{{"config": "{}"}}"#, "[".repeat(5000));
        assert_eq!(problems("UseCount", &deep), ["config nests deeper than 16 levels"]);
        let twins = r#"{"config": "{ \"a\": 1, \"a\": 2, \"b\": 1, \"b\": 2 }"}"#;
        assert_eq!(problems("UseCount", twins).len(), 2);
    }
}

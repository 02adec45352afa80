//! Values as TOML writes them, always in the same way.

use serde_json::{Map, Value};

/// `key = value`.
#[must_use]
pub fn line(key: &str, given: &Value) -> String {
    format!("{} = {}", name(key), value(given))
}

/// A value in one line, but for text that has several. TOML has no null: it is left out.
fn value(given: &Value) -> String {
    match given {
        Value::String(string) => text(string),
        Value::Array(items) => {
            let items = items.iter().filter(|item| !item.is_null()).map(value);
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        Value::Object(members) => table(members),
        other => other.to_string(),
    }
}

fn table(members: &Map<String, Value>) -> String {
    let members = members.iter().filter(|(_, value)| !value.is_null());
    let members: Vec<_> = members.map(|(key, value)| line(key, value)).collect();
    if members.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", members.join(", ")) }
}

/// A key, in quotes if it needs them.
fn name(key: &str) -> String {
    let is_bare = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !key.is_empty() && key.bytes().all(is_bare) { key.to_owned() } else { basic(key) }
}

/// Text as it is easiest to read: without escapes where that is possible.
fn text(text: &str) -> String {
    let needs_escapes = text.contains(['"', '\\', '\n']);
    let is_literal = |c: char| !c.is_control() || c == '\t';
    if needs_escapes && !text.contains('\'') && text.chars().all(is_literal) {
        return format!("'{text}'");
    }
    let is_literal_block = |c: char| is_literal(c) || c == '\n';
    if text.contains('\n')
        && !text.contains("'''")
        && !text.ends_with('\'')
        && text.chars().all(is_literal_block)
    {
        return format!("'''\n{text}'''");
    }
    basic(text)
}

/// A basic string of TOML.
fn basic(text: &str) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            c if c.is_control() => written.extend(format!("\\u{:04X}", u32::from(c)).chars()),
            c => written.push(c),
        }
    }
    written.push('"');
    written
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn text_is_easy_to_read_where_it_can_be() {
        for (given, expected) in [
            ("a", "\"a\""),
            ("{\"keys\":[]}", "'{\"keys\":[]}'"),
            ("it's \"x\"", "\"it's \\\"x\\\"\""),
            ("a\nb", "'''\na\nb'''"),
            ("a\r\nb", "\"a\\r\\nb\""),
            ("\u{7f}", "\"\\u007F\""),
        ] {
            assert_eq!(text(given), expected);
        }
    }

    #[test]
    fn tables_are_written_in_one_line() {
        let given = json!({"a b": [1, 2.5, true], "c": {}, "d": null});

        assert_eq!(line("x", &given), "x = { \"a b\" = [1, 2.5, true], c = {} }");
    }

    proptest! {
        #[test]
        fn every_text_is_read_back(given in any::<String>(), key in any::<String>()) {
            let written = line(&key, &Value::String(given.clone()));
            let table: toml::Table = toml::from_str(&written).unwrap();

            prop_assert_eq!(table[&key].as_str(), Some(given.as_str()), "{}", written);
        }
    }
}

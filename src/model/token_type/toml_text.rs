//! A token type as the settings file states it.

use serde_json::Value;

use super::{DeclaredType, SpendOn, TypeDefinition};
use crate::model::toml_text::line;

/// A type in TOML, as it stands in the settings file or a declared file: `[[token_types]]` and one
/// `[[token_types.rules]]` for each rule, with a newline at the end. Reading it gives the same type.
#[must_use]
pub fn toml_text(declared: &DeclaredType) -> String {
    let DeclaredType { name, definition } = declared;
    let TypeDefinition { description, require_purpose, require_identity, spend_on, rules } =
        definition;
    let mut lines = vec!["[[token_types]]".to_owned(), line("name", &name.as_str().into())];
    if !description.is_empty() {
        lines.push(line("description", &description.as_str().into()));
    }
    for (key, is_required) in
        [("require_purpose", require_purpose), ("require_identity", require_identity)]
    {
        if *is_required {
            lines.push(line(key, &Value::Bool(true)));
        }
    }
    if *spend_on != SpendOn::default() {
        lines.push(line("spend_on", &spend_on.as_str().into()));
    }
    for rule in rules {
        lines.push(String::new());
        let Some(mut keys) = rule.settings() else {
            lines.push(
                "# A rule that only a later version of Tessera knows stands here.".to_owned(),
            );
            continue;
        };
        lines.push("[[token_types.rules]]".to_owned());
        lines.extend(keys.remove("type").map(|name| line("type", &name)));
        let is_said = |value: &Value| !matches!(value, Value::Array(items) if items.is_empty());
        let keys = keys.iter().filter(|(_, value)| is_said(value));
        lines.extend(keys.map(|(key, value)| line(key, value)));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::token_type::read_all;

    /// Types of this TOML.
    fn types(text: &str) -> Vec<DeclaredType> {
        let file: Value = toml::from_str(text).unwrap();
        let reading = read_all(file["token_types"].as_array().unwrap());
        assert!(reading.faults.is_empty(), "{:?}\n{text}", reading.faults);
        reading.types
    }

    #[test]
    fn a_type_is_written_as_a_person_would() {
        let text = "[[token_types]]\n\
                    name = \"PasswordReset\"\n\
                    description = \"Mailed to who forgot a password\"\n\
                    require_purpose = true\n\
                    spend_on = \"introspection\"\n\
                    \n\
                    [[token_types.rules]]\n\
                    type = \"UseCount\"\n\
                    max_use_count = 1\n\
                    \n\
                    [[token_types.rules]]\n\
                    type = \"NotBefore\"\n\
                    at = \"2025-01-01T00:00:00Z\"\n\
                    \n\
                    [[token_types.rules]]\n\
                    type = \"PinIp\"\n\
                    by = \"ip/24\"\n\
                    \n\
                    [[token_types.rules]]\n\
                    type = \"Cidr\"\n\
                    allow = [\"10.0.0.0/8\"]\n";

        assert_eq!(toml_text(&types(text)[0]), text);
    }
}

//! When two definitions say the same, and a short word for what one says.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{DeclaredType, TypeDefinition};
use crate::model::secret::Sha256;

impl TypeDefinition {
    /// Whether both say the same. The order of rules, and of what stands in their lists, does not
    /// count, and neither does an item that stands there twice.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }

    /// A word of 16 characters that definitions have in common if they say the same, and, but for
    /// one case in 2^96, only then.
    #[must_use]
    pub fn digest(&self) -> String {
        let hash = Sha256::of(self.canonical().to_string().as_bytes());
        URL_SAFE_NO_PAD.encode(&hash.as_bytes()[..12])
    }

    /// What it says, written in one way only.
    fn canonical(&self) -> Value {
        let mut written = serde_json::json!(self);
        let Some(Value::Array(rules)) = written.get_mut("rules") else { return written };
        for list in
            rules.iter_mut().filter_map(Value::as_object_mut).flat_map(|rule| rule.values_mut())
        {
            // Every list that a rule has is a set.
            if let Value::Array(items) = list {
                items.sort_by_key(Value::to_string);
                items.dedup();
            }
        }
        rules.sort_by_key(Value::to_string);
        written
    }
}

impl DeclaredType {
    /// Its name and a word for its definition: two that differ in nothing that counts are alike.
    #[must_use]
    pub fn fingerprint(&self) -> (String, String) {
        (self.name.fold(), format!("{} {}", self.name, self.definition.digest()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::token_type::read_all;

    fn definition(text: &str) -> TypeDefinition {
        let value: Value = serde_json::from_str(text).unwrap();
        let reading = read_all([&value]);
        assert!(reading.faults.is_empty(), "{:?}", reading.faults);
        reading.types[0].definition.clone()
    }

    #[test]
    fn order_repetition_and_spelling_do_not_count() {
        let one = definition(
            r#"{"name": "A", "rules": [
                {"type": "Client", "allow": ["b", "a", "b"]},
                {"type": "Expiry", "expiry_time": "7d"}]}"#,
        );
        let other = definition(
            r#"{"name": "A", "require_purpose": false, "spend_on": "use", "rules": [
                {"type": "expiry", "config": "{ \"expiryTime\": 7 }"},
                {"type": "CLIENT", "allow": ["a", "b"]}]}"#,
        );

        assert!(one.says_the_same_as(&other) && one != other);
        assert_eq!(one.digest(), other.digest());
        assert_eq!(one.digest().len(), 16);
    }

    #[test]
    fn all_else_counts() {
        let texts = [
            r#"{"name": "A"}"#,
            r#"{"name": "A", "description": "x"}"#,
            r#"{"name": "A", "require_purpose": true}"#,
            r#"{"name": "A", "require_identity": true}"#,
            r#"{"name": "access", "spend_on": "introspection"}"#,
            r#"{"name": "A", "rules": [{"type": "UseCount", "max_use_count": 1}]}"#,
            r#"{"name": "A", "rules": [{"type": "UseCount", "max_use_count": 2}]}"#,
        ];
        for (at, one) in texts.iter().enumerate() {
            for other in &texts[at + 1..] {
                let (one, other) = (definition(one), definition(other));
                assert!(!one.says_the_same_as(&other) && one.digest() != other.digest());
            }
        }
    }
}

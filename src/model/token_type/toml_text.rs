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
    use proptest::prelude::*;
    use serde_json::json;

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

    fn names() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("[a-z]{1,6}", 1..4)
    }

    fn per() -> impl Strategy<Value = &'static str> {
        prop_oneof![Just("identity"), Just("client")]
    }

    fn networks() -> impl Strategy<Value = Vec<String>> {
        let network = |(bytes, bits): ([u8; 4], u8)| {
            let network = ipnet::Ipv4Net::new(bytes.into(), bits).unwrap();
            network.trunc().to_string()
        };
        prop::collection::vec((any::<[u8; 4]>(), 0..=32_u8).prop_map(network), 1..4)
    }

    /// One sound rule of each kind, Expiry long enough for the others.
    fn rules() -> impl Strategy<Value = Vec<Value>> {
        let times = (1..1_000_u64, 1..1_000_u64, 1..1_000_000_u64, 0..4_000_000_000_i64);
        let times = times.prop_map(|(short, more, milliseconds, at)| {
            let at = crate::model::timestamp::Timestamp::from_seconds(at).rfc3339();
            vec![
                json!({"type": "Expiry", "expiry_time": format!("{short}s")}),
                json!({"type": "Idle", "max_idle": format!("{milliseconds}ms"),
                    "touch_every": format!("{}ms", milliseconds / 3)}),
                json!({"type": "Sliding", "extend_by": format!("{short}s"),
                    "max_lifetime": format!("{}s", short + more)}),
                json!({"type": "NotBefore", "at": at}),
            ]
        });
        let numbers = (1..2_147_483_647_i64, 1..100_i64, 8..=32_u8, 16..=128_u8, per());
        let numbers = numbers.prop_map(|(count, max, ipv4, ipv6, per)| {
            vec![
                json!({"type": "UseCount", "max_use_count": count}),
                json!({"type": "Rate", "window": format!("{max}m"), "max_use_count": count}),
                json!({"type": "MaxActive", "max": max, "per": per, "on_limit": "evict_oldest"}),
                json!({"type": "Cooldown", "min_interval": format!("{max}s"), "per": per}),
                json!({"type": "PinIp", "by": format!("ip/{ipv4}"), "ipv6": ipv6}),
                json!({"type": "PurposeOnce"}),
            ]
        });
        let lists = (networks(), networks(), names(), names(), "[a-z]{1,2}_");
        let lists = lists.prop_map(|(allow, deny, names, clients, prefix)| {
            vec![
                json!({"type": "Cidr", "allow": allow, "deny": deny}),
                json!({"type": "Audience", "allow": names, "mode": "all"}),
                json!({"type": "Client", "allow": clients}),
                json!({"type": "Schedule", "days": ["fri-mon"], "from": "22:00", "to": "06:30",
                    "tz": "Europe/Berlin"}),
                json!({"type": "SubjectAlive", "events": ["disable"]}),
                json!({"type": "Format", "bytes": 16, "prefix": prefix}),
            ]
        });
        (times, numbers, lists)
            .prop_map(|(times, numbers, lists)| [times, numbers, lists].concat())
            .prop_shuffle()
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            name in "[a-zA-Z][a-zA-Z0-9_.-]{0,20}T", // No name of the protocol ends so.
            description in "\\PC{0,40}",
            rules in rules(),
        ) {
            let given = json!({"name": name, "description": description, "rules": rules,
                "require_purpose": true, "require_identity": true});
            let reading = read_all([&given]);
            prop_assert!(reading.faults.is_empty(), "{:?}", reading.faults);

            let text = toml_text(&reading.types[0]);

            prop_assert_eq!(types(&text), reading.types, "{}", text);
        }
    }

    #[test]
    fn what_only_access_has_is_read_back() {
        let text = "[[token_types]]\nname = \"access\"\nspend_on = \"introspection\"\n\n\
                    [[token_types.rules]]\n\
                    type = \"ScopeCeiling\"\nmax = [\"read\"]\n";

        assert_eq!(toml_text(&types(text)[0]), text);
    }
}

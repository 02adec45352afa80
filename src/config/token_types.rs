//! Token types in TOML: read as the model reads them, and where their faults stand in the file.

use serde_json::{Map, Number, Value};
use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

use crate::model::token_type::{self, FaultPlace, Reading};

/// Reads every type of an array, and tells everything that is wrong at once.
pub(super) fn read(items: &DeArray<'_>) -> Reading {
    let items: Vec<Value> = items.iter().map(|item| json_of(item.get_ref())).collect();
    token_type::read_all(&items)
}

/// A value of TOML as JSON has it. Moments become text, and so does what JSON has no number for.
#[must_use]
pub fn json_of(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(moment) => Value::String(moment.to_string()),
        DeValue::Integer(written) => {
            let whole = i64::from_str_radix(written.as_str(), written.radix());
            whole.map_or_else(|_| number(written.as_str()), Value::from)
        }
        DeValue::Float(written) => number(written.as_str()),
        DeValue::Array(items) => items.iter().map(|item| json_of(item.get_ref())).collect(),
        DeValue::Table(table) => {
            let member = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
                let name: &std::borrow::Cow<'_, str> = name.get_ref();
                (name.to_string(), json_of(value.get_ref()))
            };
            Value::Object(table.iter().map(member).collect::<Map<_, _>>())
        }
    }
}

fn number(text: &str) -> Value {
    let number = text.parse().ok().and_then(Number::from_f64);
    number.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

/// Where a fault stands in a file: how many bytes before the key it is about, else its rule or type.
#[must_use]
pub fn offset_of(items: &DeArray<'_>, place: &FaultPlace) -> usize {
    let Some(item) = items.get(place.type_index) else { return 0 };
    let rule = place.rule_index.and_then(|at| {
        let rules = item.get_ref().as_table()?.get("rules")?.get_ref().as_array()?;
        rules.get(at)
    });
    let spot = rule.unwrap_or(item);
    let key = || {
        let table: &DeTable<'_> = spot.get_ref().as_table()?;
        let wanted = place.key.as_deref()?;
        table.keys().find(|name| name.get_ref() == wanted).map(|name| name.span().start)
    };
    key().unwrap_or(spot.span().start)
}

#[cfg(test)]
mod tests {
    use crate::config::{Fault, Loaded, Setting, parse};

    const GOOD: &str = "[log]\nlevel = 'warn'\n\n\
                        [[token_types]]\nname = 'PasswordReset'\n\n\
                        [[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = 7\n\n\
                        [[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 1\n\n\
                        [[token_types]]\nname = 'Invite'\n";

    fn loaded(text: &str) -> Loaded {
        parse(Some(("config.toml", text)), []).unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn setting(text: &str) -> Setting {
        let settings = loaded(text).settings;
        settings.into_iter().find(|setting| setting.path == "token_types").unwrap()
    }

    /// Path, place and problem of everything wrong with these lines.
    fn faults(text: &str) -> Vec<String> {
        let faults = parse(Some(("config.toml", text)), []).unwrap_err().0;
        let told = |Fault { key, from, problem, .. }| format!("{key} | {from} | {problem}");
        faults.into_iter().map(told).collect()
    }

    #[test]
    fn types_stand_in_the_file_with_their_rules() {
        let loaded = loaded(GOOD);

        let names: Vec<_> = loaded.config.token_types.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["PasswordReset", "Invite"]);
        assert_eq!(loaded.config.token_types[0].definition.rules.len(), 2);
        assert_eq!(
            loaded.notes,
            [
                "token_types[0] \"PasswordReset\" rules[0] \"Expiry\": expiry_time = 7 means 7 days; \
              write \"7d\""
            ]
        );
    }

    #[test]
    fn they_are_shown_by_their_names_and_a_reload_takes_them() {
        let setting = setting(GOOD);

        assert_eq!(setting.value, "PasswordReset, Invite");
        assert_eq!(setting.source.to_string(), "config.toml, line 4");
        assert!(setting.reloads() && !setting.is_default());
        assert!(super::super::Config::default().token_types.is_empty());
    }

    #[test]
    fn they_differ_if_a_rule_does_and_not_if_it_is_spelt_otherwise() {
        let before = setting(GOOD);

        assert!(before.differs(&setting(&GOOD.replace("count = 1", "count = 2"))));
        assert!(before.differs(&setting(&GOOD.replace("'Invite'", "'invite'"))));
        assert!(before.differs(&setting("")));
        assert!(!before.differs(&setting(&GOOD.replace("= 7", "= '168h'"))));
        assert!(!before.differs(&setting(&GOOD.replace("'UseCount'", "'usecount'"))));
    }

    #[test]
    fn other_nodes_are_told_of_each_type() {
        let shared = |text: &str| loaded(text).config.shared();
        let changed = shared(&GOOD.replace("count = 1", "count = 2"));

        assert!(shared(GOOD).contains_key("token_types.invite"));
        let key = "token_types.passwordreset";
        assert!(
            shared(GOOD)[key].starts_with("PasswordReset ") && shared(GOOD)[key] != changed[key]
        );
        assert!(!shared("").keys().any(|key| key.starts_with("token_types")));
    }

    #[test]
    fn every_fault_is_told_with_its_line_beside_all_others() {
        let text = "[log]\nlevel = 'loud'\n\n\
                    [[token_types]]\nname = 'PasswordReset'\nrequire_purpose = 'yes'\n\n\
                    [[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '0s'\n\n\
                    [[token_types.rules]]\ntype = 'UseCount'\nconfig = '{ \"maxUseCount\": 0 }'\n\n\
                    [[token_types]]\nname = 'passwordreset'\n\n\
                    [[token_types.rules]]\ntype = 'UseCont'\n";

        assert_eq!(
            faults(text),
            [
                "token_types[0] \"PasswordReset\" | config.toml, line 6 | require_purpose must be \
                 boolean",
                "token_types[0] \"PasswordReset\" rules[0] \"Expiry\" | config.toml, line 10 | \
                 expiry_time must be > 0 and <= 36500d",
                "token_types[0] \"PasswordReset\" rules[1] \"UseCount\" | config.toml, line 12 | \
                 max_use_count must be 1..2147483647, got 0",
                "token_types[1] \"passwordreset\" | config.toml, line 17 | the name stands there \
                 twice: token_types[0], too",
                "token_types[1] \"passwordreset\" rules[0] \"UseCont\" | config.toml, line 20 | \
                 unknown rule \"UseCont\"; did you mean UseCount?",
                "log.level | config.toml, line 2 | \"loud\" is not allowed",
            ]
        );
    }

    #[test]
    fn what_is_no_array_of_tables_is_refused() {
        for (text, problem) in [
            (
                "token_types = 1",
                "token_types | config.toml, line 1 | must be an array of tables and is an integer",
            ),
            (
                "[token_types]\nname = 'A'",
                "token_types | config.toml, line 1 | must be an array of tables and is a table",
            ),
            (
                "token_types = ['A']",
                "token_types[0] | config.toml, line 1 | a token type is a table, and this is text",
            ),
            (
                "[[token_type]]\nname = 'A'",
                "token_type | config.toml, line 1 | no such key; did you mean token_types?",
            ),
        ] {
            assert_eq!(faults(text), [problem]);
        }
        assert!(loaded("token_types = []").config.token_types.is_empty());
    }

    #[test]
    fn values_of_every_type_of_toml_are_understood() {
        let rule =
            |keys: &str| format!("[[token_types]]\nname = 'A'\n[[token_types.rules]]\n{keys}");

        loaded(&rule("type = 'NotBefore'\nat = 2025-01-01T00:00:00Z"));
        loaded(&rule("type = 'UseCount'\nmax_use_count = 0x10"));
        loaded("token_types = [{ name = 'A', rules = [{ type = 'Client', allow = ['a'] }] }]");
        for (value, shown) in [("1.5", "1.5"), ("99999999999999999999", "1e+20")] {
            let told = faults(&rule(&format!("type = 'UseCount'\nmax_use_count = {value}")));
            assert!(told[0].ends_with(&format!("must be 1..2147483647, got {shown}")), "{told:?}");
        }
        assert!(
            faults(&rule("type = 'UseCount'\nmax_use_count = nan"))[0]
                .ends_with("whole number and is text")
        );
    }
}

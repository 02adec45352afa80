//! Whole types: what is between their rules, and every fault of every type at once.

mod company;

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn reading(types: Value) -> Reading {
    let Value::Array(types) = types else { panic!("a list") };
    read_all(&types)
}

/// Path and problem of everything wrong with these types.
fn problems(types: Value) -> Vec<String> {
    let reading = reading(types);
    reading.faults.into_iter().map(|fault| format!("{}: {}", fault.path, fault.problem)).collect()
}

/// The problems of one rule beside others, in a type that has `members`.
fn among(members: Value, rules: Value) -> Vec<String> {
    let mut members = members;
    members["name"] = members.get("name").cloned().unwrap_or_else(|| json!("A"));
    members["rules"] = rules;
    reading(json!([members])).faults.into_iter().map(|fault| fault.problem).collect()
}

#[test]
fn a_type_is_read_with_its_rules_in_the_order_written() {
    let reading = reading(json!([
        {"name": "Bare"},
        {"name": "Full", "description": "x", "require_purpose": true, "require_identity": true,
            "spend_on": "use", "rules": [
                {"type": "usecount", "max_use_count": 1},
                {"type": "EXPIRY", "expiry_time": 7}]},
    ]));

    assert!(reading.faults.is_empty(), "{:?}", reading.faults);
    assert_eq!(reading.types[0].definition, TypeDefinition::default());
    let full = &reading.types[1].definition;
    assert!(full.require_purpose && full.require_identity);
    assert_eq!(full.spend_on, SpendOn::Use);
    let names: Vec<_> = full.rules.iter().map(crate::model::rules::Rule::name).collect();
    assert_eq!(names, ["UseCount", "Expiry"]);
    assert_eq!(
        reading.notes,
        ["token_types[1] \"Full\" rules[1] \"Expiry\": expiry_time = 7 means 7 days; write \"7d\""]
    );
}

#[test]
fn every_fault_of_every_type_is_told_with_its_place() {
    let reading = reading(json!([
        {"name": "PasswordReset", "rules": [
            {"type": "Expiry", "expiry_time": "7d"},
            {"type": "UseCount", "max_use_count": 0}]},
        {"name": "Good"},
        {"rules": [{"type": "Rate", "window": "0s", "algorithm": "x"}, {}]},
        {"name": "passwordRESET", "require_purpose": "yes", "rule": []},
    ]));

    let told: Vec<_> =
        reading.faults.iter().map(|fault| format!("{}: {}", fault.path, fault.problem)).collect();
    assert_eq!(
        told,
        [
            "token_types[0] \"PasswordReset\" rules[1] \"UseCount\": max_use_count must be \
             1..2147483647, got 0",
            "token_types[2]: name is missing",
            "token_types[2] rules[0] \"Rate\": window must be >= 1s",
            "token_types[2] rules[0] \"Rate\": max_use_count is missing",
            "token_types[2] rules[0] \"Rate\": algorithm must be fixed",
            "token_types[2] rules[1]: type is missing",
            "token_types[3] \"passwordRESET\": the name stands there twice: token_types[0], too",
            "token_types[3] \"passwordRESET\": require_purpose must be boolean",
            "token_types[3] \"passwordRESET\": unknown key rule; did you mean rules?",
        ]
    );
    let place =
        FaultPlace { type_index: 0, rule_index: Some(1), key: Some("max_use_count".into()) };
    assert_eq!(reading.faults[0].place, place);
    assert!(reading.faults.iter().all(|fault| !fault.remedy.is_empty()));
    assert_eq!(reading.types.len(), 1);
}

#[test]
fn names_are_refused_with_a_word() {
    for (name, problem) in [
        ("", "\"\" is no name: a token type's name is a letter and up to 63 of A-Z a-z 0-9 _ . -"),
        (
            "7a",
            "\"7a\" is no name: a token type's name is a letter and up to 63 of A-Z a-z 0-9 _ . -",
        ),
        ("Refresh", "Refresh belongs to the protocol"),
        ("code", "code belongs to the protocol"),
        ("device_code", "device_code belongs to the protocol"),
        ("ID", "ID belongs to the protocol"),
    ] {
        assert_eq!(reading(json!([{"name": name}])).faults[0].problem, problem);
    }
    assert_eq!(
        problems(json!([{"name": 7}])),
        ["token_types[0]: name must be text and is a number"]
    );
    assert!(problems(json!([{"name": "Access"}, {"name": "Invite"}])).is_empty());
}

#[test]
fn what_is_no_table_is_refused() {
    assert_eq!(
        problems(json!(["x", {"name": "A", "rules": {}}, {"name": "B", "rules": ["Expiry"]}])),
        [
            "token_types[0]: a token type is a table, and this is text",
            "token_types[1] \"A\": rules must be a list of tables and is a table",
            "token_types[2] \"B\" rules[0]: a rule is a table, and this is text",
        ]
    );
    assert!(problems(json!([{"name": "A", "rules": null, "description": null}])).is_empty());
}

#[test]
fn what_a_type_says_of_itself_is_judged() {
    for (members, problem) in [
        (json!({"require_purpose": 1}), "require_purpose must be boolean"),
        (json!({"require_identity": "true"}), "require_identity must be boolean"),
        (json!({"spend_on": "login"}), "spend_on \"login\" is unknown"),
        (json!({"description": 1}), "description must be text and is a number"),
        (json!({"description": "a\nb"}), "description must be one line of at most 500 characters"),
        (
            json!({"description": "x".repeat(501)}),
            "description must be one line of at most 500 characters",
        ),
    ] {
        assert_eq!(among(members, json!([])), [problem]);
    }
}

#[test]
fn a_rule_stands_there_once() {
    let count = |max| json!({"type": "UseCount", "max_use_count": max});

    assert_eq!(
        among(json!({}), json!([count(1), {"type": "Format"}, count(2)])),
        ["UseCount stands there twice: rules[0], too"]
    );
    assert_eq!(
        among(json!({}), json!([count(1), {"type": "UseCont"}])),
        ["unknown rule \"UseCont\"; did you mean UseCount?"]
    );
}

#[test]
fn sliding_needs_an_expiry_that_it_may_reach() {
    let sliding = json!({"type": "Sliding", "extend_by": "1h", "max_lifetime": "1d"});
    let expiry = |time: &str| json!({"type": "Expiry", "expiry_time": time});

    assert_eq!(among(json!({}), json!([sliding])), ["Sliding needs Expiry"]);
    assert_eq!(among(json!({}), json!([sliding, expiry("2d")])), ["max_lifetime < expiry_time"]);
    assert!(among(json!({}), json!([sliding, expiry("1d")])).is_empty());
    // What is wrong with the other rule is told once.
    assert_eq!(among(json!({}), json!([sliding, expiry("0s")])).len(), 1);
    assert_eq!(among(json!({}), json!([sliding, {"type": "Expirey"}])).len(), 1);
}

#[test]
fn a_token_begins_before_it_ends() {
    let expiry = json!({"type": "Expiry", "expiry_time": "1h"});
    let delay = |time: &str| json!({"type": "NotBefore", "delay": time});

    assert_eq!(among(json!({}), json!([expiry, delay("1h")])), ["not_before must precede expiry"]);
    assert!(among(json!({}), json!([expiry, delay("59m")])).is_empty());
    assert!(among(json!({}), json!([delay("59m")])).is_empty());
}

#[test]
fn rules_about_identities_and_purposes_need_them() {
    let identity = json!({"require_identity": true});
    for rule in [
        json!({"type": "MaxActive", "max": 3}),
        json!({"type": "Cooldown", "min_interval": "60s", "per": "identity"}),
    ] {
        assert_eq!(among(json!({}), json!([rule])), ["per=identity needs require_identity"]);
        assert!(among(identity.clone(), json!([rule])).is_empty());
    }
    let alive = json!({"type": "SubjectAlive", "events": ["disable"]});
    assert_eq!(among(json!({}), json!([alive])), ["SubjectAlive needs require_identity"]);
    assert!(among(identity, json!([alive])).is_empty());
    let once = json!({"type": "PurposeOnce"});
    assert_eq!(among(json!({}), json!([once])), ["PurposeOnce needs require_purpose"]);
    assert!(among(json!({"require_purpose": true}), json!([once])).is_empty());
    assert_eq!(
        among(json!({"require_purpose": "x"}), json!([once])),
        ["require_purpose must be boolean"]
    );
}

#[test]
fn a_scope_ceiling_is_for_access_tokens_and_other_rules_are_not() {
    let access = || json!({"name": "Access"});
    let ceiling = json!({"type": "ScopeCeiling", "max": ["read"]});

    assert!(among(access(), json!([ceiling])).is_empty());
    assert_eq!(
        among(json!({}), json!([ceiling])),
        ["ScopeCeiling is for the type access: other tokens have no scope"]
    );
    for (rule, problem) in [
        (
            json!({"type": "MaxActive", "max": 3}),
            "per=identity is not for access tokens: they have no identity",
        ),
        (
            json!({"type": "Cooldown", "min_interval": "1m"}),
            "per=identity is not for access tokens: they have no identity",
        ),
        (
            json!({"type": "PurposeOnce"}),
            "PurposeOnce is not for access tokens: they have no purposes",
        ),
        (
            json!({"type": "SubjectAlive", "events": ["disable"]}),
            "SubjectAlive is not for access tokens: they have no identity",
        ),
        (json!({"type": "Format"}), "Format is not for access tokens: OAuth settles their strings"),
    ] {
        assert_eq!(among(access(), json!([rule])), [problem]);
    }
    for key in ["require_purpose", "require_identity"] {
        let what =
            "is not for access and personal tokens, which have neither purposes nor an identity";
        assert_eq!(
            among(json!({"name": "access", key: true}), json!([])),
            [format!("{key} {what}")]
        );
    }
}

#[test]
fn introspection_spends_uses_of_access_tokens_only() {
    let spent = |name: &str| json!([{"name": name, "spend_on": "introspection"}]);

    let access = reading(spent("Access"));
    assert!(access.faults.is_empty(), "{:?}", access.faults);
    assert_eq!(access.types[0].definition.spend_on, SpendOn::Introspection);
    assert_eq!(
        problems(spent("Reset")),
        ["token_types[0] \"Reset\": spend_on = \"introspection\" is for the type access: \
            other tokens are unknown to introspection"]
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z0-9:/._-]{0,8}|.{0,8}|7d|00:20:00|\\{\\}".prop_map(Value::from),
    ];
    let keys = "type|config|name|rules|allow|max|from|to|tz|days|expiry_time|events|[a-z]{1,4}";
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys, inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_value_makes_the_reader_panic(types in prop::collection::vec(any_json(), 0..3)) {
        let reading = read_all(&types);

        prop_assert!(reading.types.len() <= types.len());
        prop_assert_eq!(reading.types.len() == types.len(), reading.faults.is_empty());
    }
}

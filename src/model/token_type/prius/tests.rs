//! The origin's own examples, word for word, and what people make of them.

use proptest::prelude::*;

use super::*;
use crate::model::token_type::toml_text;

/// As its documentation has it.
const EXAMPLE: &str = r#"{
   "owinFramework": {
      "facility": {
         "tokenStore.prius": {
            "tokenTypes": [
               { 
                  "name": "PasswordReset", 
                  "rules": [
                     "type": "Expiry", "config": "{ \"expiryTime\": 7 }",
                     "type": "UseCount", "config": "{ \"maxUseCount\": 1 }"
                  ]
               }
            ]
         }
      }
   }
}"#;

const DEFAULT: &str = r#"{
   "owinFramework": {
      "facility": {
         "tokenStore.prius": {
            "tokenTypes": null
         }
      }
   }
}"#;

/// The file whose types are these.
fn file(types: &str) -> String {
    format!(
        r#"{{"owinFramework": {{"facility": {{"tokenStore.prius": {{"tokenTypes": {types}}}}}}}}}"#
    )
}

fn texts(text: &str) -> Vec<String> {
    let types = read_prius(text).unwrap_or_else(|faults| panic!("{faults:?}\n{text}"));
    types.iter().map(toml_text).collect()
}

fn problems(text: &str) -> Vec<String> {
    let faults = read_prius(text).unwrap_err();
    faults.into_iter().map(|fault| format!("{} {}", fault.path, fault.problem)).collect()
}

#[test]
fn the_example_is_read_as_it_is_printed() {
    let expected = "[[token_types]]\nname = \"PasswordReset\"\n\n\
                    [[token_types.rules]]\ntype = \"Expiry\"\nexpiry_time = \"1w\"\n\n\
                    [[token_types.rules]]\ntype = \"UseCount\"\nmax_use_count = 1\n";

    assert_eq!(texts(EXAMPLE), [expected]);
    assert_eq!(texts(&EXAMPLE.replace('\n', "\r\n")), [expected]);
    assert_eq!(texts(&format!("\u{feff}{EXAMPLE}")), [expected]);
}

#[test]
fn no_types_are_no_types() {
    assert!(texts(DEFAULT).is_empty());
    assert!(texts(&file("[]")).is_empty());
    assert!(texts(r#"{"owinFramework": {"facility": {"tokenStore.prius": {}}}}"#).is_empty());
}

#[test]
fn rules_with_and_without_braces_are_the_same() {
    let braced = r#"[{"name": "A", "rules": [
        {"type": "Rate", "config": "{ \"window\": \"00:00:02\", \"maxUseCount\": 10 }"},
        {"type": "PurposeOnce", "config": null}], "requirePurpose": true}]"#;
    let bare = r#"[{"name": "A", "rules": [
        "type": "Rate", "config": "{ \"window\": \"00:00:02\", \"maxUseCount\": 10 }",
        "type": "PurposeOnce", "config": null], "requirePurpose": true}]"#;
    let mixed = r#"[{"name": "A", "rules": [
        {"type": "Rate", "config": {"window": "00:00:02", "maxUseCount": 10}},
        "type": "PurposeOnce"], "requirePurpose": true}]"#;

    assert_eq!(texts(&file(bare)), texts(&file(braced)));
    assert_eq!(texts(&file(mixed)), texts(&file(braced)));
}

#[test]
fn braces_are_added_where_they_are_missing_and_nowhere_else() {
    for (given, expected) in [
        (r#"["a": 1, "b": 2]"#, r#"[{"a": 1, "b": 2}]"#),
        (r#"["a": 1, "a": -2e3]"#, r#"[{"a": 1}, {"a": -2e3}]"#),
        (r#"["a": 1, {"a": 2}]"#, r#"[{"a": 1}, {"a": 2}]"#),
        (r#"[{"a": 1}, "a": 2]"#, r#"[{"a": 1}, {"a": 2}]"#),
        (r#"["a": {"b": [1]}, "a": ["c": null]]"#, r#"[{"a": {"b": [1]}}, {"a": [{"c": null}]}]"#),
        (r#"["a": "]", "a": "\"["]"#, r#"[{"a": "]"}, {"a": "\"["}]"#),
        (r#"["a": "x" , "b"]"#, r#"[{"a": "x"} , "b"]"#),
        (r#"["a", "b", 1, true]"#, r#"["a", "b", 1, true]"#),
        (r#"{"a": [[], {}], "b": "[\"x\": 1]"}"#, r#"{"a": [[], {}], "b": "[\"x\": 1]"}"#),
        ("", ""),
    ] {
        assert_eq!(with_braces(given), expected);
    }
}

#[test]
fn everything_wrong_is_told_at_once() {
    let types = r#"[
        {"name": "A", "rules": ["type": "UseCount", "config": "{ \"maxUseCount\": 0 }"]},
        {"name": "a", "rules": ["type": "UseCont", "config": "{}"]}]"#;

    assert_eq!(
        problems(&file(types)),
        [
            "token_types[0] \"A\" rules[0] \"UseCount\" max_use_count must be 1..2147483647, got 0",
            "token_types[1] \"a\" the name stands there twice: token_types[0], too",
            "token_types[1] \"a\" rules[0] \"UseCont\" unknown rule \"UseCont\"; did you mean \
             UseCount?",
        ]
    );
}

#[test]
fn what_is_given_twice_is_refused_with_its_place() {
    let one = |members: &str| {
        let mut problems = problems(&file(&format!(r#"[{{"name": "T", {members}}}]"#)));
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems.remove(0)
    };
    let use_count = r#""type": "UseCount", "config": "{ \"maxUseCount\": 1 }""#;
    let expiry = r#""type": "Expiry", "config": "{ \"expiryTime\": 7 }""#;
    let other = r#""Type": "Expiry", "Config": "{ \"expiryTime\": 7 }""#;

    assert_eq!(
        one(&format!(r#""rules": [{{{use_count}, {expiry}}}]"#)),
        "token_types[0] \"T\" rules[0] two rules stand in one pair of braces"
    );
    assert_eq!(
        one(&format!(r#""rules": [{{{use_count}, {other}}}]"#)),
        "token_types[0] \"T\" rules[0] two rules stand in one pair of braces"
    );
    for (members, expected) in [
        (
            r#""rules": [{"type": "UseCount", "config": "{ \"a\": 1, \"a\": 500 }"}]"#,
            "token_types[0] \"T\" rules[0] \"UseCount\" a is given twice in config",
        ),
        (
            r#""rules": [{"type": "UseCount", "config": {"maxUseCount": 1, "maxUseCount": 5}}]"#,
            "token_types[0] \"T\" rules[0] \"UseCount\" config.maxUseCount is given twice",
        ),
        (
            r#""rules": [{"type": "UseCount", "config": "", "config": "{}"}]"#,
            "token_types[0] \"T\" rules[0] \"UseCount\" config is given twice",
        ),
        (r#""rules": [], "rules": []"#, "token_types[0] \"T\" rules is given twice"),
        (r#""Name": "S""#, "token_types[0] \"T\" Name and name are both given, which are one key"),
    ] {
        assert_eq!(one(members), expected);
    }

    let around = r#"{"owinFramework": {"facility": {"tokenStore.prius": {
        "tokenTypes": [{"name": "A"}], "tokenTypes": []}}}}"#;
    assert_eq!(
        problems(around),
        ["owinFramework.facility.\"tokenStore.prius\" \"tokenTypes\" is given twice"]
    );
}

#[test]
fn what_is_given_twice_hides_no_fault_of_other_types() {
    let types = r#"[
        {"name": "A", "rules": ["type": "UseCount", "config": "{ \"maxUseCount\": 0 }"]},
        {"name": "B", "name": "C", "rules": ["type": "UseCont"]},
        {"name": "D", "rules": 7}]"#;

    assert_eq!(
        problems(&file(types)),
        [
            "token_types[0] \"A\" rules[0] \"UseCount\" max_use_count must be 1..2147483647, got 0",
            "token_types[1] \"C\" name is given twice",
            "token_types[2] \"D\" rules must be a list of tables and is a number",
        ]
    );
}

#[test]
fn what_is_no_configuration_of_prius_is_one_fault() {
    let one = |text: &str| {
        let mut problems = problems(text);
        assert_eq!(problems.len(), 1);
        problems.remove(0)
    };

    assert!(one("").starts_with(" is not JSON: "));
    assert!(one("[").starts_with(" is not JSON: "));
    assert_eq!(one(&"[".repeat(5000)), " nests deeper than 100 levels");
    assert!(one(&format!("{EXAMPLE}}}")).starts_with(" is not JSON: "));
    assert_eq!(one("{}"), " has no owinFramework.facility.\"tokenStore.prius\"");
    assert_eq!(one("[]"), " has no owinFramework.facility.\"tokenStore.prius\"");
    assert_eq!(one(&file("7")), " has tokenTypes that are a number");
    assert_eq!(one(&file("[7]")), "token_types[0] a token type is a table, and this is a number");
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in r#"[\[\]{}:,"\\ a1é]{0,40}|.{0,40}"#) {
        let _ = read_prius(&text);
        let _ = read_prius(&file(&text));
    }

    #[test]
    fn what_is_json_is_left_as_it_is(text in r#"(\{"a": [1-9]\}|"b\\"","c"|\[\]|null|[1-9]){1}"#) {
        if serde_json::from_str::<Value>(&text).is_ok() {
            prop_assert_eq!(with_braces(&text), text);
        }
    }
}

//! What the tests of rules ask of a rule's settings, given as JSON.

use serde_json::{Map, Value};

use super::{ReadRule, Rule, read};

fn read_of(given: &str) -> ReadRule {
    let members: Map<String, Value> = serde_json::from_str(given).unwrap();
    read(&members)
}

fn named(name: &str, given: &str) -> ReadRule {
    let mut members: Map<String, Value> = serde_json::from_str(given).unwrap();
    members.insert("type".to_owned(), name.into());
    read(&members)
}

/// The rule, which nothing is wrong with.
pub(in crate::model) fn rule(given: &str) -> Rule {
    let read = read_of(given);
    assert!(read.flaws.is_empty(), "{given}: {:?}", read.flaws);
    read.rule.unwrap()
}

/// What is wrong with a rule.
pub(in crate::model) fn problems(name: &str, given: &str) -> Vec<String> {
    let read = named(name, given);
    assert_eq!(read.rule.is_some(), read.flaws.is_empty(), "{given}");
    read.flaws.into_iter().map(|flaw| flaw.problem).collect()
}

/// What is to be mentioned of a rule.
pub(in crate::model) fn notes(name: &str, given: &str) -> Vec<String> {
    named(name, given).notes
}

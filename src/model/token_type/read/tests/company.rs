//! What is between the rules of a type where some of them are not sound.

use serde_json::json;

use super::among;

#[test]
fn a_fault_inside_a_rule_hides_none_beside_it() {
    let rules = json!([
        {"type": "MaxActive", "max": 0, "per": "identity"},
        {"type": "SubjectAlive", "events": ["x"]},
        {"type": "Sliding", "extend_by": "2h", "max_lifetime": "1h"},
        {"type": "NotBefore", "delay": "0s", "at": "x"},
    ]);
    assert_eq!(
        among(json!({}), rules.clone()),
        [
            "max must be 1..100, got 0",
            "per=identity needs require_identity",
            "unknown event x",
            "SubjectAlive needs require_identity",
            "max_lifetime < extend_by",
            "Sliding needs Expiry",
            "delay must be > 0 and <= 36500d",
            "at must be a moment such as 2025-01-01T00:00:00Z",
            "delay and at are both given",
        ]
    );
    let access = among(json!({"name": "access"}), rules);
    let told = |what: &&String| what.contains("access tokens");
    assert_eq!(access.iter().filter(told).count(), 2, "{access:?}");

    let expiry = json!({"type": "Expiry", "expiry_time": "2h", "x": 1});
    let sliding = json!({"type": "Sliding", "extend_by": "0s", "max_lifetime": "1h"});
    let delayed = json!({"type": "NotBefore", "delay": "3h", "y": 1});
    let told = among(json!({}), json!([expiry, sliding, delayed]));
    assert!(told.contains(&"max_lifetime < expiry_time".to_owned()), "{told:?}");
    assert!(told.contains(&"not_before must precede expiry".to_owned()), "{told:?}");
}

#[test]
fn nothing_is_concluded_from_a_key_that_was_refused() {
    for (rule, problem) in [
        (json!({"type": "MaxActive", "max": 1, "per": "x"}), "per \"x\" is unknown"),
        (json!({"type": "MaxActive", "config": 1}), "config must be text and is a number"),
        (
            json!({"type": "SubjectAliv", "events": []}),
            "unknown rule \"SubjectAliv\"; did you mean SubjectAlive?",
        ),
    ] {
        assert_eq!(among(json!({}), json!([rule])), [problem]);
    }
}

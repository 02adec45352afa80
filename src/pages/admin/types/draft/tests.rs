use url::form_urlencoded;

use super::*;
use crate::acts::types;

/// A sound value for each key of each rule: a rule that is added has to be added here, and its form
/// is there by itself.
const VALUES: &[(&str, &[&str])] = &[
    ("Expiry", &["1d"]),
    ("UseCount", &["3"]),
    ("Rate", &["15m", "10"]),
    ("Idle", &["90s", "250ms"]),
    ("Sliding", &["1h", "1w"]),
    ("NotBefore", &["", "2027-01-01T00:00:00Z"]),
    ("MaxActive", &["5", "client", "evict_oldest"]),
    ("Cooldown", &["1m", "identity"]),
    ("Cidr", &["10.4.0.0/16\n2001:db8::/32", "10.4.7.0/24"]),
    ("PinIp", &["ip/16", "48"]),
    ("Audience", &["https://api.example.com", "all"]),
    ("Client", &["mailer\nreports"]),
    ("Schedule", &["mon\ntue", "08:00", "17:30", "Europe/Berlin"]),
    ("PurposeOnce", &[]),
    ("SubjectAlive", &["password_change\ndisable"]),
    ("ScopeCeiling", &["read"]),
    ("Format", &["16", "pr_"]),
];

fn draft(name: &str, values: &[&str]) -> Draft {
    let mut draft = Draft { name: "Any".to_owned(), ..Draft::default() };
    if ["Sliding", "NotBefore"].contains(&name) {
        draft.add("Expiry");
        draft.rules[0].values = vec!["1d".to_owned()];
    }
    (draft.require_purpose, draft.require_identity) = (true, true);
    if name == "ScopeCeiling" {
        draft = Draft { name: "access".to_owned(), ..Draft::default() };
    }
    let at = draft.add(name).unwrap_or(0);
    draft.rules[at].values = values.iter().map(|value| (*value).to_owned()).collect();
    draft
}

#[test]
fn every_rule_goes_through_its_form_and_back() {
    let known: Vec<_> = rules::described().iter().map(|rule| rule.name).collect();
    assert_eq!(known, VALUES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (name, values) in VALUES {
        let draft = draft(name, values);

        let mut reading = draft.read();

        assert!(reading.faults.is_empty(), "{name}: {:?}", reading.faults);
        let declared = reading.types.pop().unwrap();
        let again = Draft::of(&declared).unwrap();
        assert_eq!(again.rules.last().unwrap().values, *values, "{name}");
        assert_eq!(again.read().types.pop().as_ref(), Some(&declared), "{name}");
        // What is shown as text says the same.
        assert_eq!(types::read_one(&draft.text()).unwrap(), declared, "{name}");
    }
}

#[test]
fn what_is_posted_is_what_stands_in_the_fields() {
    for (name, values) in VALUES {
        let described = RuleDraft::blank(name).unwrap().described;
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("rule.0", name);
        for (key, value) in described.keys.iter().zip(*values) {
            let field = key_field(0, key.name);
            let digits = value.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
            match &key.shape {
                Shape::Length => {
                    body.append_pair(&field, digits);
                    body.append_pair(&unit_field(&field), &value[digits.len()..]);
                }
                Shape::Words(_) => {
                    for word in value.lines() {
                        body.append_pair(&format!("{field}.{word}"), "1");
                    }
                }
                _ => {
                    body.append_pair(&field, &value.replace('\n', "\r\n"));
                }
            }
        }
        let posted = Parameters::parse(body.finish().as_bytes()).unwrap();

        assert_eq!(RuleDraft::typed(&posted, 0).unwrap().values, *values, "{name}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_where_it_stands_and_kept() {
    let mut draft = draft("MaxActive", &["many", "", ""]);
    draft.add("Expiry");

    let faults = draft.read().faults;

    let place = |at: usize| (faults[at].place.rule_index, faults[at].place.key.as_deref());
    assert_eq!(place(0), (Some(0), Some("max")));
    assert_eq!((place(1).0, &*faults[1].problem), (Some(1), "expiry_time is missing"));
    let said = draft.text();
    assert!(said.contains("max = \"many\""), "{said}");
    assert!(types::read_one(&said).is_err());
}

#[test]
fn a_rule_is_there_once_and_those_that_nobody_knows_are_not() {
    let mut draft = draft("Expiry", &["1d"]);

    assert_eq!(draft.add("Expiry"), None);
    assert_eq!(draft.add("Wombat"), None);
    draft.remove(7);
    draft.remove(0);

    assert!(draft.rules.is_empty());
}

#[test]
fn a_length_may_be_typed_with_its_unit() {
    for (number, unit, expected) in
        [("15", "m", "15m"), ("PT15M", "h", "PT15M"), ("15m", "h", "15m"), ("", "h", "")]
    {
        assert_eq!(with_unit(number, unit), expected);
    }
}

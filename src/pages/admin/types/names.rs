//! What rules, their keys and the words behind these are called. What stands in no list is called
//! what it is in settings.

/// Each rule: the keys of its name, and of what it does.
const RULES: &[(&str, &str, &str)] = &[
    ("Expiry", "admin-rule-expiry", "admin-rule-expiry-text"),
    ("UseCount", "admin-rule-use-count", "admin-rule-use-count-text"),
    ("Rate", "admin-rule-rate", "admin-rule-rate-text"),
    ("Idle", "admin-rule-idle", "admin-rule-idle-text"),
    ("Sliding", "admin-rule-sliding", "admin-rule-sliding-text"),
    ("NotBefore", "admin-rule-not-before", "admin-rule-not-before-text"),
    ("MaxActive", "admin-rule-max-active", "admin-rule-max-active-text"),
    ("Cooldown", "admin-rule-cooldown", "admin-rule-cooldown-text"),
    ("Cidr", "admin-rule-cidr", "admin-rule-cidr-text"),
    ("PinIp", "admin-rule-pin-ip", "admin-rule-pin-ip-text"),
    ("Audience", "admin-rule-audience", "admin-rule-audience-text"),
    ("Client", "admin-rule-client", "admin-rule-client-text"),
    ("Schedule", "admin-rule-schedule", "admin-rule-schedule-text"),
    ("PurposeOnce", "admin-rule-purpose-once", "admin-rule-purpose-once-text"),
    ("SubjectAlive", "admin-rule-subject-alive", "admin-rule-subject-alive-text"),
    ("ScopeCeiling", "admin-rule-scope-ceiling", "admin-rule-scope-ceiling-text"),
    ("Format", "admin-rule-format", "admin-rule-format-text"),
];

/// Each key of each rule: the key of its label, and of what helps with it, if it needs words.
const KEYS: &[(&str, &str, &str, Option<&str>)] = &[
    ("Expiry", "expiry_time", "admin-rule-after", None),
    ("UseCount", "max_use_count", "admin-rule-at-most", Some("admin-rule-use-count-hint")),
    ("Rate", "window", "admin-rule-window", None),
    ("Rate", "max_use_count", "admin-rule-at-most", None),
    ("Idle", "max_idle", "admin-rule-rest", None),
    ("Idle", "touch_every", "admin-rule-touch", Some("admin-rule-touch-hint")),
    ("Sliding", "extend_by", "admin-rule-extend", None),
    ("Sliding", "max_lifetime", "admin-rule-longest", None),
    ("NotBefore", "delay", "admin-rule-delay", Some("admin-rule-delay-hint")),
    ("NotBefore", "at", "admin-rule-at", Some("admin-rule-at-hint")),
    ("MaxActive", "max", "admin-rule-at-most", None),
    ("MaxActive", "per", "admin-rule-per", None),
    ("MaxActive", "on_limit", "admin-rule-on-limit", None),
    ("Cooldown", "min_interval", "admin-rule-interval", None),
    ("Cooldown", "per", "admin-rule-per", None),
    ("Cidr", "allow", "admin-rule-networks", Some("admin-rule-networks-hint")),
    ("Cidr", "deny", "admin-rule-networks-not", Some("admin-rule-lines-hint")),
    ("PinIp", "by", "admin-rule-pin-by", Some("admin-rule-pin-by-hint")),
    ("PinIp", "ipv6", "admin-rule-pin-ipv6", None),
    ("Audience", "allow", "admin-rule-audiences", Some("admin-rule-lines-hint")),
    ("Audience", "mode", "admin-rule-mode", None),
    ("Client", "allow", "admin-rule-clients", Some("admin-rule-lines-hint")),
    ("Schedule", "days", "admin-rule-days", Some("admin-rule-days-hint")),
    ("Schedule", "from", "admin-rule-from", Some("admin-rule-clock-hint")),
    ("Schedule", "to", "admin-rule-to", Some("admin-rule-clock-end-hint")),
    ("Schedule", "tz", "admin-rule-zone", Some("admin-rule-zone-hint")),
    ("SubjectAlive", "events", "admin-rule-events", None),
    ("ScopeCeiling", "max", "admin-rule-scope", Some("admin-rule-lines-hint")),
    ("Format", "bytes", "admin-rule-bytes", Some("admin-rule-bytes-hint")),
    ("Format", "prefix", "admin-rule-prefix", Some("admin-rule-prefix-hint")),
];

/// Words that can be chosen, and the key of what each means.
const WORDS: &[(&str, &str)] = &[
    ("identity", "admin-rule-word-identity"),
    ("client", "admin-rule-word-client"),
    ("reject", "admin-rule-word-reject"),
    ("evict_oldest", "admin-rule-word-evict"),
    ("any", "admin-rule-word-any"),
    ("all", "admin-rule-word-all"),
    ("password_change", "admin-rule-word-password"),
    ("disable", "admin-rule-word-disable"),
    ("mon", "admin-rule-word-mon"),
    ("tue", "admin-rule-word-tue"),
    ("wed", "admin-rule-word-wed"),
    ("thu", "admin-rule-word-thu"),
    ("fri", "admin-rule-word-fri"),
    ("sat", "admin-rule-word-sat"),
    ("sun", "admin-rule-word-sun"),
    ("true", "admin-rule-word-yes"),
    ("false", "admin-rule-word-no"),
    ("use", "admin-types-spend-use"),
    ("introspection", "admin-types-spend-introspection"),
];

/// Units of time, the shortest first, and the key of what each is called.
pub(super) const UNITS: &[(&str, &str)] = &[
    ("ms", "admin-unit-milliseconds"),
    ("s", "admin-unit-seconds"),
    ("m", "admin-unit-minutes"),
    ("h", "admin-unit-hours"),
    ("d", "admin-unit-days"),
    ("w", "admin-unit-weeks"),
];

/// The keys of a rule's name and of what it does.
pub(super) fn of_rule(rule: &str) -> Option<(&'static str, &'static str)> {
    let found = RULES.iter().find(|(known, ..)| *known == rule)?;
    Some((found.1, found.2))
}

/// The keys of a label and of what helps with it.
pub(super) fn of_key(rule: &str, key: &str) -> Option<(&'static str, Option<&'static str>)> {
    let found = KEYS.iter().find(|known| (known.0, known.1) == (rule, key))?;
    Some((found.2, found.3))
}

/// The key of what a word means.
pub(super) fn of_word(word: &str) -> Option<&'static str> {
    WORDS.iter().find(|(known, _)| *known == word).map(|(_, key)| *key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rules::{Shape, described};

    #[test]
    fn every_rule_key_and_word_has_its_name() {
        for rule in described() {
            assert!(of_rule(rule.name).is_some(), "{}", rule.name);
            for key in rule.keys {
                assert!(of_key(rule.name, key.name).is_some(), "{} {}", rule.name, key.name);
                let (Shape::Word(words) | Shape::Words(words)) = key.shape else { continue };
                for word in words {
                    assert!(of_word(&word).is_some(), "{word}");
                }
            }
        }
    }

    #[test]
    fn nothing_has_a_name_that_is_not_there() {
        let all = described();
        for (rule, key, ..) in KEYS {
            let has = |known: &crate::model::rules::DescribedRule| {
                known.name == *rule && known.keys.iter().any(|it| it.name == *key)
            };
            assert!(all.iter().any(has), "{rule} {key}");
        }
        assert_eq!(all.len(), RULES.len());
    }
}

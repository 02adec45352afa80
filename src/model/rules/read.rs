//! Reading one rule: which it is, and its settings in either form.

use serde_json::{Map, Value};

use super::{
    Audience, Cidr, Client, Cooldown, DescribedRule, Expiry, Fields, Flaw, Format, Idle, MaxActive,
    NotBefore, PinIp, PurposeOnce, Rate, Rule, Schedule, ScopeCeiling, Shape, Sliding,
    SubjectAlive, UseCount, config::opened, fields::kind,
};
use crate::model::nearest::nearest;

/// What came of reading a rule.
#[derive(Debug, Default)]
pub(in crate::model) struct ReadRule {
    /// Which rule it is, or was meant to be; empty if nobody can tell.
    pub(in crate::model) name: String,
    /// Whether that is only a guess.
    pub(in crate::model) is_guess: bool,
    /// Its keys, sound or not; none if nobody can tell which they are.
    pub(in crate::model) keys: Option<Map<String, Value>>,
    /// The rule, if nothing is wrong with it.
    pub(in crate::model) rule: Option<Rule>,
    /// What is wrong.
    pub(in crate::model) flaws: Vec<Flaw>,
    /// What there is to mention.
    pub(in crate::model) notes: Vec<String>,
}

type Reader = fn(&mut Fields<'_>) -> Option<Rule>;

/// Every rule and what reads it.
const READERS: &[(&str, Reader)] = &[
    ("Expiry", |fields| Expiry::read(fields).map(Rule::Expiry)),
    ("UseCount", |fields| UseCount::read(fields).map(Rule::UseCount)),
    ("Rate", |fields| Rate::read(fields).map(Rule::Rate)),
    ("Idle", |fields| Idle::read(fields).map(Rule::Idle)),
    ("Sliding", |fields| Sliding::read(fields).map(Rule::Sliding)),
    ("NotBefore", |fields| NotBefore::read(fields).map(Rule::NotBefore)),
    ("MaxActive", |fields| MaxActive::read(fields).map(Rule::MaxActive)),
    ("Cooldown", |fields| Cooldown::read(fields).map(Rule::Cooldown)),
    ("Cidr", |fields| Cidr::read(fields).map(Rule::Cidr)),
    ("PinIp", |fields| PinIp::read(fields).map(Rule::PinIp)),
    ("Audience", |fields| Audience::read(fields).map(Rule::Audience)),
    ("Client", |fields| Client::read(fields).map(Rule::Client)),
    ("Schedule", |fields| Schedule::read(fields).map(Rule::Schedule)),
    ("PurposeOnce", |_| Some(Rule::PurposeOnce(PurposeOnce::read()))),
    ("SubjectAlive", |fields| SubjectAlive::read(fields).map(Rule::SubjectAlive)),
    ("ScopeCeiling", |fields| ScopeCeiling::read(fields).map(Rule::ScopeCeiling)),
    ("Format", |fields| Format::read(fields).map(Rule::Format)),
];

/// Names that are kept for rules of a later version, and what these wait for.
const RESERVED: &[(&str, &str)] = &[
    ("PinKey", "PinKey needs dpop or mtls enabled"),
    ("StepUp", "StepUp needs sessions to be enabled"),
];

impl Rule {
    /// Its name, as it is written in settings.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Expiry(_) => "Expiry",
            Self::UseCount(_) => "UseCount",
            Self::Rate(_) => "Rate",
            Self::Idle(_) => "Idle",
            Self::Sliding(_) => "Sliding",
            Self::NotBefore(_) => "NotBefore",
            Self::MaxActive(_) => "MaxActive",
            Self::Cooldown(_) => "Cooldown",
            Self::Cidr(_) => "Cidr",
            Self::PinIp(_) => "PinIp",
            Self::Audience(_) => "Audience",
            Self::Client(_) => "Client",
            Self::Schedule(_) => "Schedule",
            Self::PurposeOnce(_) => "PurposeOnce",
            Self::SubjectAlive(_) => "SubjectAlive",
            Self::ScopeCeiling(_) => "ScopeCeiling",
            Self::Format(_) => "Format",
            Self::Unknown => "Unknown",
        }
    }
}

/// Every rule that can be chosen, and what it may say. A key that takes one word only is left out.
#[must_use]
pub fn described() -> Vec<DescribedRule> {
    let nothing = Map::new();
    let describe = |(name, reader): &(&'static str, Reader)| {
        let mut fields = Fields::of(&nothing);
        reader(&mut fields);
        fields.keys.retain(|key| !matches!(&key.shape, Shape::Word(words) if words.len() == 1));
        DescribedRule { name, keys: fields.keys }
    };
    READERS.iter().map(describe).collect()
}

/// Reads a rule: `type`, and beside it either its keys or `config`, JSON text that holds them.
pub(in crate::model) fn read(members: &Map<String, Value>) -> ReadRule {
    let given = match members.get("type") {
        Some(Value::String(name)) => name.as_str(),
        other => {
            let problem = match other {
                None | Some(Value::Null) => "type is missing".to_owned(),
                Some(other) => format!("type must be text and is {}", kind(other)),
            };
            let flaw = Flaw::new(Some("type"), problem, "name the rule, such as type = \"Expiry\"");
            return ReadRule { flaws: vec![flaw], ..ReadRule::default() };
        }
    };
    let Some((name, reader)) = READERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(given))
    else {
        return unknown(given);
    };
    let name = (*name).to_owned();
    match opened(members) {
        Ok(members) => {
            let mut fields = Fields::of(&members);
            fields.value("type");
            let rule = reader(&mut fields);
            let (flaws, notes) = fields.finish();
            let rule = rule.filter(|_| flaws.is_empty());
            let keys = Some(members.into_owned());
            ReadRule { name, is_guess: false, keys, rule, flaws, notes }
        }
        Err(flaws) => ReadRule { name, flaws, ..ReadRule::default() },
    }
}

fn unknown(given: &str) -> ReadRule {
    let reserved = RESERVED.iter().find(|(known, _)| known.eq_ignore_ascii_case(given));
    if let Some((name, problem)) = reserved {
        let remedy = "leave the rule out: this version has neither of what it needs";
        let flaw = Flaw::new(Some("type"), *problem, remedy);
        return ReadRule { name: (*name).to_owned(), flaws: vec![flaw], ..ReadRule::default() };
    }
    let lower = given.to_ascii_lowercase();
    let names: Vec<String> = READERS.iter().map(|(known, _)| known.to_ascii_lowercase()).collect();
    let guess = nearest(&lower, names.iter().map(String::as_str));
    let is_guess = |(known, _): &&(&'static str, Reader)| {
        guess.is_some_and(|guess| known.eq_ignore_ascii_case(guess))
    };
    let guess = READERS.iter().find(is_guess).map(|(known, _)| *known);
    let hint = guess.map_or(String::new(), |guess| format!("; did you mean {guess}?"));
    let known: Vec<&str> = READERS.iter().map(|(known, _)| *known).collect();
    let problem = format!("unknown rule {:?}{hint}", given.chars().take(64).collect::<String>());
    let flaw = Flaw::new(Some("type"), problem, format!("one of: {}", known.join(", ")));
    let name = guess.unwrap_or_default().to_owned();
    ReadRule { name, is_guess: true, flaws: vec![flaw], ..ReadRule::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rules::testing::{problems, rule};

    #[test]
    fn names_of_rules_compare_without_case_and_are_those_of_the_store() {
        for (name, _) in READERS {
            for given in [name.to_lowercase(), name.to_uppercase()] {
                let members = Map::from_iter([("type".to_owned(), given.into())]);
                assert_eq!(read(&members).name, *name);
            }
        }
        let rule = rule(r#"{"type": "USECOUNT", "max_use_count": 1}"#);
        assert_eq!(serde_json::to_value(&rule).unwrap()["type"], rule.name());
    }

    #[test]
    fn an_unknown_rule_is_named_with_the_nearest_one() {
        assert_eq!(problems("UseCont", "{}"), ["unknown rule \"UseCont\"; did you mean UseCount?"]);
        assert_eq!(problems("expirey", "{}"), ["unknown rule \"expirey\"; did you mean Expiry?"]);
        assert_eq!(problems("Wombat", "{}"), ["unknown rule \"Wombat\""]);
    }

    #[test]
    fn every_key_that_a_rule_reads_is_described() {
        let texts: Vec<_> = described().iter().map(told).collect();
        let expected = [
            "Expiry expiry_time!",
            "UseCount max_use_count!",
            "Rate window! max_use_count!",
            "Idle max_idle! touch_every=1m",
            "Sliding extend_by! max_lifetime!",
            "NotBefore delay= at=",
            "MaxActive max! per=identity on_limit=reject",
            "Cooldown min_interval! per=identity",
            "Cidr allow= deny=",
            "PinIp by=ip/24 ipv6=64",
            "Audience allow! mode=any",
            "Client allow!",
            "Schedule days=mon tue wed thu fri sat sun from! to! tz=UTC",
            "PurposeOnce",
            "SubjectAlive events!",
            "ScopeCeiling max!",
            "Format bytes=32 prefix=",
        ];

        assert_eq!(texts, expected);
    }

    /// A rule, and each key with what holds without it; `!` where it has to be there.
    fn told(rule: &DescribedRule) -> String {
        let key = |key: &crate::model::rules::RuleKey| match &key.usual {
            Some(usual) => format!(" {}={usual}", key.name),
            None => format!(" {}!", key.name),
        };
        rule.name.to_owned() + &rule.keys.iter().map(key).collect::<String>()
    }

    #[test]
    fn rules_that_wait_for_something_are_refused_with_a_word() {
        assert_eq!(problems("PinKey", "{}"), ["PinKey needs dpop or mtls enabled"]);
        assert_eq!(problems("stepup", "{}"), ["StepUp needs sessions to be enabled"]);
    }

    #[test]
    fn a_rule_without_a_name_is_refused() {
        let problem = |given: &str| {
            let members: Map<String, Value> = serde_json::from_str(given).unwrap();
            read(&members).flaws.remove(0).problem
        };

        assert_eq!(problem("{}"), "type is missing");
        assert_eq!(problem(r#"{"type": 1}"#), "type must be text and is a number");
    }
}

//! The zone that times are shown in: UTC, or the one of this machine or of `TZ`, read from the
//! system's own files. It travels with a command that is handed over.

mod file;
mod rule;

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::model::timestamp::Timestamp;

use self::rule::Rule;

/// Where systems keep their zones.
const ZONES: &str = "/usr/share/zoneinfo";

/// The zone of this machine.
const LOCAL: &str = "/etc/localtime";

/// A time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Zone {
    /// What holds before the first change.
    first: Local,
    /// Since which second of UTC what holds, in order.
    changes: Vec<(i64, Local)>,
    /// What holds after the last change, where it goes on changing.
    rule: Option<Rule>,
}

/// What clocks show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Local {
    /// How many seconds they are ahead of UTC.
    pub(super) offset: i32,
    /// How that is called, such as `CET`.
    pub(super) name: String,
}

impl Zone {
    /// Coordinated Universal Time.
    pub(super) fn utc() -> Self {
        let first = Local { offset: 0, name: "UTC".to_owned() };
        Self { first, changes: Vec::new(), rule: None }
    }

    /// The zone that `TZ` names, or else the one of this machine; UTC where neither can be read.
    pub(super) fn local(variable: Option<&str>) -> Self {
        let found = match variable.map(|text| text.trim_start_matches(':')) {
            None => read(Path::new(LOCAL)),
            Some(text) => read(&Path::new(ZONES).join(text)).or_else(|| Self::from_rule(text)),
        };
        found.unwrap_or_else(Self::utc)
    }

    /// What clocks show at a moment.
    pub(super) fn at(&self, moment: Timestamp) -> Local {
        let second = moment.seconds();
        let passed = self.changes.partition_point(|(since, _)| *since <= second);
        match (&self.rule, passed.checked_sub(1)) {
            (Some(rule), _) if passed == self.changes.len() => rule.at(second),
            (_, Some(last)) => self.changes[last].1.clone(),
            (_, None) => self.first.clone(),
        }
    }

    /// A zone that is nothing but a rule, such as `CET-1CEST,M3.5.0,M10.5.0/3`.
    fn from_rule(text: &str) -> Option<Self> {
        let rule = Rule::parse(text)?;
        Some(Self { rule: Some(rule), ..Self::utc() })
    }
}

fn read(path: &Path) -> Option<Zone> {
    fs::read(path).ok().and_then(|bytes| file::parse(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utc_is_the_same_at_any_time() {
        assert_eq!(Zone::utc().at(Timestamp(0)), Local { offset: 0, name: "UTC".to_owned() });
    }

    #[test]
    fn a_rule_holds_after_the_last_change() {
        let local = |offset, name: &str| Local { offset, name: name.to_owned() };
        let zone = Zone {
            first: local(100, "LMT"),
            changes: vec![(1000, local(200, "OLD")), (2000, local(3600, "CET"))],
            rule: Rule::parse("CET-1CEST,M3.5.0,M10.5.0/3"),
        };
        let at = |second| zone.at(Timestamp::from_seconds(second));

        assert_eq!(at(999), local(100, "LMT"));
        assert_eq!(at(1000), local(200, "OLD"));
        assert_eq!(at(1_783_000_000), local(7200, "CEST"));
        assert_eq!(Zone { rule: None, ..zone.clone() }.at(Timestamp(i64::MAX)).name, "CET");
    }

    #[test]
    fn an_unknown_zone_is_utc() {
        assert_eq!(Zone::local(Some("Wombat/None")), Zone::utc());
        assert_eq!(Zone::local(Some("EST5")).at(Timestamp(0)).offset, -18000);
    }
}

//! What somebody should look at, in words.

use crate::{
    acts::overview::{ReuseKind, Warning},
    model::timestamp::Timestamp,
    pages::{dates::Moment, words::Words},
};

use super::figures::number;

/// A warning in words, and where more is to be seen.
pub(super) struct Told {
    pub(super) text: String,
    pub(super) link: Option<String>,
}

/// A warning in words.
pub(super) fn told(warning: &Warning, words: Words, now: Timestamp) -> Told {
    let ago = |at: Timestamp| Moment::new(words, at, now).distance;
    let (text, link) = match warning {
        Warning::ChainBroken { at } => {
            (words.with("warning-chain", [("ago", &ago(*at))]), Some("/admin/audit".to_owned()))
        }
        Warning::Reused { kind, event } => {
            let key = match kind {
                ReuseKind::Refresh => "warning-refresh-reuse",
                ReuseKind::Code => "warning-code-reuse",
            };
            let text = words.with(key, [("target", &event.target), ("ago", &ago(event.at))]);
            let query = "/admin/audit?q=action:code.reuse_detected,family.reuse_detected";
            (text, Some(query.to_owned()))
        }
        Warning::KeyOverdue { algorithm, since } => {
            let names = [("algorithm", algorithm.as_str()), ("ago", &ago(*since))];
            (words.with("warning-key", names), Some("/admin/keys".to_owned()))
        }
        Warning::NodeSilent { name, seen_at } => {
            (words.with("warning-node", [("name", name.as_str()), ("ago", &ago(*seen_at))]), None)
        }
        Warning::ClockAhead { name, by } => {
            let by = by.as_secs().to_string();
            (words.with("warning-clock", [("name", name.as_str()), ("seconds", &by)]), None)
        }
        Warning::NodesDiffer { keys } => (
            words.with("warning-differ", [("keys", keys.join(", ").as_str())]),
            Some("/admin/settings".to_owned()),
        ),
        Warning::SweepLate { rows, .. } => {
            (words.with("warning-sweep", [("rows", &number(words, *rows))]), None)
        }
        Warning::SecretsEnding { clients } => {
            (words.count("warning-secrets", *clients), Some("/admin/clients".to_owned()))
        }
    };
    Told { text, link }
}

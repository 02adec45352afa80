//! Rules: the conditions that token types put on their tokens, one file each.
//!
//! All rules of a token must hold; their order in the file does not matter, and a refusal consumes
//! nothing. They are copied into the entry when the token is made, so that a change of its type
//! changes no token that is there. The rules that many callers race for (`UseCount`, `Rate`,
//! `Idle`, `Sliding`, `PinIp`, `PurposeOnce`) keep their numbers in columns and are decided by the
//! one statement that spends a use.

mod audience;
mod cidr;
mod client;
mod config;
mod cooldown;
mod described;
mod expiry;
mod fields;
mod format;
mod idle;
mod max_active;
mod not_before;
mod pin_ip;
mod purpose_once;
mod rate;
mod read;
mod schedule;
mod scope_ceiling;
mod settings;
mod sliding;
mod spending;
mod subject_alive;
mod terms;
#[cfg(test)]
mod testing;
mod together;
mod use_count;

use serde::{Deserialize, Serialize};

use super::token_type::SpendOn;

pub use self::{
    audience::{Audience, Mode},
    cidr::Cidr,
    client::Client,
    cooldown::Cooldown,
    described::{DescribedRule, RuleKey, Shape},
    expiry::Expiry,
    format::Format,
    idle::Idle,
    max_active::{MOST_ACTIVE, MaxActive, OnLimit, Per},
    not_before::NotBefore,
    pin_ip::PinIp,
    purpose_once::PurposeOnce,
    rate::Rate,
    read::described,
    schedule::{Day, Schedule},
    scope_ceiling::ScopeCeiling,
    sliding::Sliding,
    spending::Spending,
    subject_alive::{SubjectAlive, SubjectEvent},
    terms::Terms,
    use_count::UseCount,
};
pub(in crate::model) use self::{
    config::snake,
    fields::{Fields, Flaw, kind},
    read::{ReadRule, read},
    together::{Company, check},
};

/// One rule and its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Rule {
    /// It stops working after a time.
    Expiry(Expiry),
    /// It works a set number of times.
    UseCount(UseCount),
    /// It works so often in a window of time.
    Rate(Rate),
    /// It stops working when it rests too long.
    Idle(Idle),
    /// Each use makes it live on.
    Sliding(Sliding),
    /// It does not work before a time.
    NotBefore(NotBefore),
    /// At most so many of its type are active.
    MaxActive(MaxActive),
    /// Between making two lies a time.
    Cooldown(Cooldown),
    /// It works from some networks only.
    Cidr(Cidr),
    /// It works from where it was first used.
    PinIp(PinIp),
    /// It works for some resource servers only.
    Audience(Audience),
    /// Some clients only may make and use it.
    Client(Client),
    /// It works at some hours of some days.
    Schedule(Schedule),
    /// It works once for each purpose.
    PurposeOnce(PurposeOnce),
    /// It falls with its user.
    SubjectAlive(SubjectAlive),
    /// It is made for no more than some scope.
    ScopeCeiling(ScopeCeiling),
    /// What its string looks like.
    Format(Format),
    /// A rule of a later version of this program: nobody here can say that it holds.
    #[serde(other)]
    Unknown,
}

/// The rules of a token, as its type had them when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSet {
    /// The version of the type.
    #[serde(rename = "v")]
    pub version: i64,
    /// What spends a use.
    #[serde(default)]
    pub spend_on: SpendOn,
    /// The rules.
    pub rules: Vec<Rule>,
    /// The password generation of its user when it was made, where that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_generation: Option<i64>,
}

/// The rules in an entry's row; none for a token of a type without rules, or made before there were
/// any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopiedRules(pub Option<Box<RuleSet>>);

impl CopiedRules {
    /// As the row keeps them.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.0.as_ref().and_then(|rules| serde_json::to_string(rules).ok())
    }

    /// The rules, perhaps none.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.0.iter().flat_map(|set| &set.rules)
    }

    /// What spends a use.
    #[must_use]
    pub fn spend_on(&self) -> SpendOn {
        self.0.as_ref().map_or(SpendOn::default(), |set| set.spend_on)
    }
}

impl From<Option<String>> for CopiedRules {
    /// Reads what the row keeps. What cannot be read is a rule that never holds.
    fn from(text: Option<String>) -> Self {
        let read = |text: String| {
            serde_json::from_str(&text).unwrap_or_else(|_| RuleSet {
                version: 0,
                spend_on: SpendOn::default(),
                rules: vec![Rule::Unknown],
                password_generation: None,
            })
        };
        Self(text.map(read).map(Box::new))
    }
}

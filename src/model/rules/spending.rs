//! What rules make of a use: the part of them that the statement decides which spends it.

use std::{net::IpAddr, time::Duration};

use super::{CopiedRules, Rule};

/// What the statement that spends a use has to ask of the row, and to do to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spending {
    /// The length of the window of its rate, and how many uses it has.
    pub window: Option<(Duration, i64)>,
    /// How long it may have rested.
    pub idle: Option<Duration>,
    /// How long it lives on from now.
    pub extend_by: Option<Duration>,
    /// The network it is used from, where that binds it.
    pub network: Option<String>,
    /// Whether each purpose is good once.
    pub once: bool,
}

impl CopiedRules {
    /// Whether a use changes what the next one meets: such an entry is judged as the database has
    /// it, never as it was a moment ago.
    #[must_use]
    pub fn are_stateful(&self) -> bool {
        self.iter().any(Rule::is_stateful)
    }

    /// How often a use has to be noted at most, where that is all that a use is written for.
    #[must_use]
    pub fn noted_every(&self) -> Option<Duration> {
        let mut stateful = self.iter().filter(|rule| rule.is_stateful());
        match (stateful.next(), stateful.next()) {
            (Some(Rule::Idle(idle)), None) => Some(idle.touch_every),
            _ => None,
        }
    }

    /// What they make of a use from `address`.
    #[must_use]
    pub fn spending(&self, address: Option<IpAddr>) -> Spending {
        let mut spending = Spending::default();
        for rule in self.iter() {
            match rule {
                Rule::Rate(rate) => spending.window = Some((rate.window, rate.max_use_count)),
                Rule::Idle(idle) => spending.idle = Some(idle.max_idle),
                Rule::Sliding(sliding) => spending.extend_by = Some(sliding.extend_by),
                Rule::PinIp(pin) => spending.network = address.map(|address| pin.pin_of(address)),
                Rule::PurposeOnce(_) => spending.once = true,
                _ => {}
            }
        }
        spending
    }
}

impl Rule {
    /// Whether a use changes what the next one meets.
    #[must_use]
    pub fn is_stateful(&self) -> bool {
        match self {
            Self::UseCount(_)
            | Self::Rate(_)
            | Self::Idle(_)
            | Self::Sliding(_)
            | Self::PinIp(_)
            | Self::PurposeOnce(_) => true,
            Self::Expiry(_)
            | Self::NotBefore(_)
            | Self::MaxActive(_)
            | Self::Cooldown(_)
            | Self::Cidr(_)
            | Self::Audience(_)
            | Self::Client(_)
            | Self::Schedule(_)
            | Self::SubjectAlive(_)
            | Self::ScopeCeiling(_)
            | Self::Format(_)
            | Self::Unknown => false,
        }
    }
}

//! Section `sessions`: how long people stay signed in, and what that is worth to clients.

use std::time::Duration;

use super::{
    duration,
    fault::Wrong,
    key::{Key, open},
    kind::{Kind, length},
    read::unless_empty,
    values::Values,
};
use crate::model::{authentication_class::AuthenticationClass, browser_session::SessionLifetimes};

pub(super) const IDLE: Key = open(
    "sessions.idle",
    Kind::Seconds { least: "1m", most: "365d" },
    "12h",
    "How long people stay signed in without using it.",
)
.reloads();
pub(super) const ABSOLUTE: Key = open(
    "sessions.absolute",
    Kind::Seconds { least: "1m", most: "365d" },
    "7d",
    "How long they stay signed in however much they use it.",
)
.reloads();
pub(super) const REMEMBERED: Key = open(
    "sessions.remembered",
    Kind::Seconds { least: "1m", most: "365d" },
    "30d",
    "The same, used or not, for whoever asks to be kept signed in.",
)
.reloads();
pub(super) const ACR: Key = open(
    "sessions.acr",
    Kind::Text("name without spaces, best a URI, or empty"),
    "urn:tessera:acr:password",
    "What ID tokens state as acr where somebody signed in by password. Empty: nothing.",
)
.reloads();

/// Section `sessions`. All times are whole seconds, from a minute to 365 days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sessions {
    /// Without use.
    pub idle: Duration,
    /// However much it is used.
    pub absolute: Duration,
    /// Of somebody who asked to be kept signed in.
    pub remembered: Duration,
    /// The class of a sign-in by password; `None` if none is stated.
    pub acr: Option<AuthenticationClass>,
}

impl Sessions {
    pub(super) fn read(values: &mut Values) -> Self {
        Self {
            idle: values.read(IDLE.path, length),
            absolute: values.read(ABSOLUTE.path, length),
            remembered: values.read(REMEMBERED.path, length),
            acr: values.read(ACR.path, |text| unless_empty(text, class)),
        }
    }

    /// How long a session lasts that begins now.
    #[must_use]
    pub fn lifetimes(&self, is_remembered: bool) -> SessionLifetimes {
        if is_remembered {
            SessionLifetimes { idle: self.remembered, absolute: self.remembered }
        } else {
            SessionLifetimes { idle: self.idle.min(self.absolute), absolute: self.absolute }
        }
    }

    /// What every node should have alike.
    pub(super) fn shared(&self) -> [(&'static str, String); 4] {
        [
            (IDLE.path, duration::format(self.idle)),
            (ABSOLUTE.path, duration::format(self.absolute)),
            (REMEMBERED.path, duration::format(self.remembered)),
            (ACR.path, self.acr.as_ref().map(ToString::to_string).unwrap_or_default()),
        ]
    }
}

fn class(text: &str) -> Result<AuthenticationClass, Wrong> {
    text.parse().map_err(|problem| {
        let remedy = "write a name without spaces, best a URI, or leave it empty";
        Wrong::new(format!("{text:?} {problem}"), remedy)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    #[test]
    fn who_is_kept_signed_in_need_not_come_back_in_between() {
        let loaded = parse(Some(("config.toml", "sessions.idle = '30d'")), []).unwrap();
        let sessions = &loaded.config.sessions;

        let days = |days: u64| Duration::from_hours(days * 24);
        let usual = SessionLifetimes { idle: days(7), absolute: days(7) };
        assert_eq!(sessions.lifetimes(false), usual);
        let kept = SessionLifetimes { idle: days(30), absolute: days(30) };
        assert_eq!(sessions.lifetimes(true), kept);
        assert_eq!(loaded.config.shared()["sessions.idle"], "30d");
    }

    #[test]
    fn a_class_is_one_name_or_none() {
        let acr = |text: &str| {
            let file = format!("sessions.acr = '{text}'");
            parse(Some(("config.toml", &file)), []).map(|loaded| loaded.config.sessions.acr)
        };

        assert_eq!(acr("").unwrap(), None);
        assert_eq!(acr("1").unwrap().unwrap().as_str(), "1");
        let refusal = acr("two words").unwrap_err().to_string();
        assert!(refusal.contains("sessions.acr") && refusal.contains("URI"), "{refusal}");
    }
}

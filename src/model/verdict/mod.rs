//! The verdict on a token: all that must hold for it to work, in the order in which it is judged.
//!
//! There is one list of checks. Whoever only needs to know whether a token works stops at the first
//! that fails ([`StandingEntry::judge`]); whoever explains it goes on to the end
//! ([`StandingEntry::explain`]); and the word for where it stands comes of the same list. So the
//! three cannot disagree.

mod around;
mod circumstances;
mod fact;
mod limits;

#[cfg(test)]
mod tests;

use super::{
    attempt::Attempt,
    rules::Rule,
    standing::{Refusal, StandingEntry},
    timestamp::Timestamp,
};

pub use self::fact::{Fact, Whose};

/// One thing that must hold for a token to work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check<'a> {
    /// Its name for programs, which stays what it is.
    pub name: &'static str,
    /// Whether it holds.
    pub answer: Answer,
    /// What it was decided on.
    pub fact: Fact<'a>,
}

/// Whether a check holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It does.
    Holds,
    /// It does not, for this reason.
    Fails(Refused),
    /// It hangs on what somebody who only looks does not know, or on what only the statement that
    /// spends a use decides.
    Depends,
}

/// Why a token does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// The reason.
    pub refusal: Refusal,
    /// The first moment at which this reason is gone, where time alone takes it away.
    pub until: Option<Timestamp>,
}

impl From<Refusal> for Refused {
    /// A reason that time alone does not take away.
    fn from(refusal: Refusal) -> Self {
        Self { refusal, until: None }
    }
}

/// A check of the list; `None` where a token has nothing for it to decide.
type Decide = for<'a> fn(&'a StandingEntry, &'a Attempt) -> Option<Check<'a>>;

/// Every check, in order: the first that fails is the reason.
///
/// The type that was asked for comes first: of a token of another type, whoever asks learns nothing
/// but that it is none of this one.
const CHECKS: &[Decide] = &[
    circumstances::asked_type,
    around::type_configured,
    around::not_ended,
    around::client,
    around::user,
    around::family,
    around::generation,
    around::password,
    limits::confirmed,
    limits::start,
    limits::expiry,
    limits::idle,
    limits::use_count,
    limits::rules_readable,
    limits::rate,
    circumstances::purpose,
    circumstances::identity,
    circumstances::client,
    circumstances::audience,
    circumstances::network,
    circumstances::pin,
    circumstances::schedule,
    circumstances::purpose_once,
];

impl StandingEntry {
    /// Judges an attempt: `None` if the token is good for it, else the first reason why not. Of a
    /// mere look it says whether the token is good for anybody.
    ///
    /// It is good from `not_before` on and until just before `expires_at`: at that very moment it
    /// is no longer. What `PurposeOnce` asks for is decided where a use is spent.
    #[must_use]
    pub fn judge(&self, attempt: &Attempt) -> Option<Refused> {
        self.checks(attempt).find_map(|check| check.refused())
    }

    /// Every check, in the order in which they are judged, also those after the first that fails.
    #[must_use]
    pub fn explain<'a>(&'a self, attempt: &'a Attempt) -> Vec<Check<'a>> {
        self.checks(attempt).collect()
    }

    /// The checks, each decided when it is asked for.
    pub(super) fn checks<'a>(&'a self, attempt: &'a Attempt) -> impl Iterator<Item = Check<'a>> {
        CHECKS.iter().filter_map(move |decide| decide(self, attempt))
    }
}

impl<'a> Check<'a> {
    /// Why the token does not work, if this is why.
    #[must_use]
    pub fn refused(&self) -> Option<Refused> {
        match self.answer {
            Answer::Fails(refused) => Some(refused),
            Answer::Holds | Answer::Depends => None,
        }
    }

    /// A check that holds, or is the reason why not.
    fn of(name: &'static str, holds: bool, refusal: Refusal, fact: Fact<'a>) -> Self {
        let refused = Refused { refusal, until: None };
        let answer = if holds { Answer::Holds } else { Answer::Fails(refused) };
        Self { name, answer, fact }
    }

    /// A check that holds from `until` on.
    fn passing(
        name: &'static str,
        until: (bool, Timestamp),
        refusal: Refusal,
        fact: Fact<'a>,
    ) -> Self {
        let (holds, until) = until;
        let refused = Refused { refusal, until: Some(until) };
        let answer = if holds { Answer::Holds } else { Answer::Fails(refused) };
        Self { name, answer, fact }
    }
}

/// What the rules of one sort come to: they must all hold, so that of several the first that fails
/// counts.
fn of_rules<'a>(
    token: &'a StandingEntry,
    decide: impl Fn(&'a Rule) -> Option<Check<'a>>,
) -> Option<Check<'a>> {
    let mut checks = token.entry.rules.iter().filter_map(decide);
    let first = checks.next()?;
    if first.refused().is_some() {
        return Some(first);
    }
    Some(checks.find(|check| check.refused().is_some()).unwrap_or(first))
}

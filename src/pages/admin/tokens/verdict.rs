//! The verdict on a token, for a page: every check, not only the first that fails. Looking uses
//! nothing up, so the later ones can say what they would come to.

use crate::{
    acts::tokens::{Given, Raised},
    model::{
        standing::{Refusal, StandingEntry},
        status_word::StatusWord,
        token_entry::TokenKind,
        verdict::{Answer, Check, Fact, Refused},
    },
};

use super::{
    checks,
    shown::{Uses, status},
    times::Times,
};

/// The verdict.
pub(in crate::pages::admin) struct Ruling {
    /// Whether the token works.
    pub(in crate::pages::admin) is_valid: bool,
    /// That, with its status.
    pub(in crate::pages::admin) headline: String,
    /// Until when it works, or what to do.
    pub(in crate::pages::admin) text: String,
    /// Every check.
    pub(in crate::pages::admin) lines: Vec<Line>,
}

/// One thing that must hold for a token to work.
pub(in crate::pages::admin) struct Line {
    pub(in crate::pages::admin) mark: Mark,
    pub(in crate::pages::admin) title: String,
    pub(in crate::pages::admin) value: String,
    pub(in crate::pages::admin) below: Option<String>,
    pub(in crate::pages::admin) uses: Option<Uses>,
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages::admin) enum Mark {
    /// It holds.
    Yes,
    /// It is the first that fails.
    No,
    /// It hangs on what is not known.
    Open,
    /// It comes after the first that fails, and only says what it would come to.
    Beside,
}

impl Mark {
    /// The name of its drawing.
    pub(in crate::pages::admin) fn icon(self) -> &'static str {
        match self {
            Self::Yes => "check",
            Self::No => "x",
            Self::Open => "eye",
            Self::Beside => "clock",
        }
    }

    /// Whether it is the reason.
    pub(in crate::pages::admin) fn is_no(self) -> bool {
        self == Self::No
    }

    /// Whether it says no more than what it would come to.
    pub(in crate::pages::admin) fn is_beside(self) -> bool {
        matches!(self, Self::Beside | Self::Open)
    }
}

impl Ruling {
    /// Rules on an entry, as far as what is given goes.
    pub(in crate::pages::admin) fn on(
        found: &StandingEntry,
        given: &Given,
        raised: &[Raised],
        times: Times,
    ) -> Self {
        let (words, checks) = (times.words, given.explain(found));
        let failing = checks.iter().find(|check| check.refused().is_some());
        let refused = failing.and_then(Check::refused);
        let word = found.status_word(times.now);
        let shown = match refused {
            // The token is good, and not for this.
            Some(refused) if word.is_usable() => words.text(not_for_this(refused.refusal)),
            _ => words.text(status(word).1),
        };
        // Of what no more can come, nothing is promised.
        let end = checks.iter().find(|check| check.is_final());
        let also = end.and_then(Check::refused).map(|refused| StatusWord::of(refused.refusal));
        let also = also.filter(|also| *also != word);
        let status = match also {
            Some(also) => {
                let also = words.text(status(also).1);
                words.with("admin-status-also", [("status", &shown), ("also", &also)])
            }
            None => shown.into_owned(),
        };
        let status = status.to_lowercase();
        let headline = if refused.is_none() {
            words.with("admin-valid", [("status", &status)])
        } else {
            words.with("admin-not-valid", [("status", &status)])
        };
        let text = match end.or(failing) {
            Some(check) => advice(found, check, times),
            None => until(found, times),
        };
        let made = words.with("admin-made", [("at", &times.stated(found.entry.created_at))]);
        let mut all = vec![Line::plain(true, words.text("admin-check-entry").into_owned(), made)];
        all.extend(lines(&checks, raised, times));
        Self { is_valid: refused.is_none(), headline, text, lines: all }
    }

    /// That a string is no token that is known here.
    pub(in crate::pages::admin) fn unknown(lines: Vec<Line>, times: Times) -> Self {
        let words = times.words;
        let status = words.text("admin-status-unknown").to_lowercase();
        Self {
            is_valid: false,
            headline: words.with("admin-not-valid", [("status", &status)]),
            text: words.text("admin-inspect-unknown").into_owned(),
            lines,
        }
    }
}

impl Line {
    /// A line that holds or does not.
    pub(in crate::pages::admin) fn plain(holds: bool, title: String, value: String) -> Self {
        let mark = if holds { Mark::Yes } else { Mark::No };
        Self { mark, title, value, below: None, uses: None }
    }
}

/// One line a check. After the first that fails, the others only say what they would come to.
fn lines(checks: &[Check<'_>], raised: &[Raised], times: Times) -> Vec<Line> {
    let words = times.words;
    let mut has_failed = false;
    let mut line = |check: &Check<'_>| {
        let title = words.text(checks::title(check)).into_owned();
        let checks::Detail { value, below, uses } = times.detail(check, raised);
        let (mark, value, below) = match (has_failed, check.answer) {
            (true, Answer::Holds) => {
                (Mark::Beside, words.text("admin-would-pass").into_owned(), None)
            }
            (true, Answer::Fails(_)) => {
                let value = words.with("admin-would-fail", [("value", &value)]);
                (Mark::Beside, value, below)
            }
            (true, Answer::Depends) => (Mark::Beside, value, below),
            (false, Answer::Holds) => (Mark::Yes, value, below),
            (false, Answer::Fails(_)) => (Mark::No, value, below),
            (false, Answer::Depends) => (Mark::Open, value, below),
        };
        has_failed |= check.refused().is_some();
        let uses = uses.filter(|_| mark != Mark::Beside);
        Line { mark, title, value, below, uses }
    };
    checks.iter().map(&mut line).collect()
}

/// Until when a token works that does.
fn until(found: &StandingEntry, times: Times) -> String {
    match found.entry.expires_at {
        Some(end) => times.words.with("admin-works-until", [("at", &times.stated(end))]),
        None => times.words.text("admin-works-on").into_owned(),
    }
}

/// The key of why a token that is good is not good for this.
fn not_for_this(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::WrongType => "admin-wrong-type",
        Refusal::WrongPurpose => "admin-wrong-purpose",
        Refusal::WrongIdentity => "admin-wrong-identity",
        Refusal::WrongClient => "admin-wrong-client",
        Refusal::WrongAudience => "admin-wrong-audience",
        Refusal::WrongAddress => "admin-wrong-address",
        _ => "admin-purpose-used",
    }
}

/// What to do about a token that does not work, for this reason.
fn advice(found: &StandingEntry, check: &Check<'_>, times: Times) -> String {
    let (words, client) = (times.words, found.entry.client_id.as_str());
    let another = if found.entry.kind == TokenKind::Typed {
        words.with("admin-ask-for-new", [("client", client)])
    } else {
        words.with("admin-has-to-ask", [("client", client)])
    };
    let Some(Refused { refusal, until }) = check.refused() else { return another };
    match (refusal, until, &check.fact) {
        (Refusal::NotYetValid | Refusal::Throttled, Some(until), _) => {
            words.with("admin-works-from", [("at", &times.stated(until))])
        }
        (Refusal::UsedUp, _, Fact::Uses { max, .. }) => {
            format!("{} {another}", words.count("admin-allowed-uses", *max))
        }
        (Refusal::Orphaned, _, Fact::Client { status: Some("disabled"), .. }) => {
            words.with("admin-works-once-enabled", [("client", client)])
        }
        (Refusal::TypeNotConfigured, ..) => {
            words.with("admin-works-once-configured", [("type", found.type_name())])
        }
        (Refusal::UnreadableRule, ..) => words.text("admin-later-version").into_owned(),
        (Refusal::Inactive, ..) => words.text("admin-works-once-confirmed").into_owned(),
        (Refusal::OffSchedule, _, Fact::Hours { schedule }) => {
            words.with("admin-works-at", [("hours", &times.hours(schedule))])
        }
        (
            Refusal::WrongType
            | Refusal::WrongPurpose
            | Refusal::WrongIdentity
            | Refusal::WrongClient
            | Refusal::WrongAudience
            | Refusal::WrongAddress
            | Refusal::PurposeUsed,
            ..,
        ) => words.text("admin-good-not-for-this").into_owned(),
        _ => another,
    }
}

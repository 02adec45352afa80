//! What the checks of a verdict are called, and what each was decided on, as people read it: the
//! same as the command line says, in the words of the catalogue.

use crate::{
    acts::tokens::Raised,
    model::{
        rules::{Mode, Schedule},
        timestamp::Timestamp,
        token_entry::EntryStatus,
        verdict::{Answer, Check, Fact, Whose},
    },
};

use super::{shown::Uses, times::Times};

/// What is known about a check: beside its name, and below it.
#[derive(Default)]
pub(super) struct Detail {
    pub(super) value: String,
    pub(super) below: Option<String>,
    pub(super) uses: Option<Uses>,
}

impl From<String> for Detail {
    fn from(value: String) -> Self {
        Self { value, ..Self::default() }
    }
}

/// The key of what a check is called, true if it holds.
pub(super) fn title(check: &Check<'_>) -> &'static str {
    match check.fact {
        Fact::Type { .. } => "admin-check-type",
        Fact::End { .. } => "admin-check-end",
        Fact::Client { .. } => "admin-check-client",
        Fact::User { .. } => "admin-check-user",
        Fact::Family { .. } => "admin-check-family",
        Fact::Generation { .. } => "admin-check-generation",
        Fact::Password => "admin-check-password",
        Fact::Confirmation => "admin-check-confirmation",
        Fact::Start { .. } => "admin-check-start",
        Fact::Expiry { .. } => "admin-check-expiry",
        Fact::Idle { .. } => "admin-check-idle",
        Fact::Uses { .. } => "admin-check-uses",
        Fact::UnknownRule => "admin-check-rules",
        Fact::Rate { .. } => "admin-check-rate",
        Fact::AskedType { .. } => "admin-check-asked-type",
        Fact::Purposes { .. } => "admin-check-purpose",
        Fact::Identity { .. } => "admin-check-identity",
        Fact::Clients { .. } => "admin-check-asking-client",
        Fact::Audiences { .. } => "admin-check-audience",
        Fact::Networks { .. } => "admin-check-network",
        Fact::Pin { .. } => "admin-check-pin",
        Fact::Hours { .. } => "admin-check-schedule",
        Fact::OncePerPurpose { .. } => "admin-check-once",
    }
}

impl Times {
    /// What is known about a check. `raised` is whose tokens were all ended, the earliest first.
    pub(super) fn detail(self, check: &Check<'_>, raised: &[Raised]) -> Detail {
        let (words, holds) = (self.words, check.answer == Answer::Holds);
        match &check.fact {
            Fact::Type { name, version } if holds => match version {
                Some(version) => {
                    let version = version.to_string();
                    let arguments = [("name", *name), ("version", &version)];
                    words.with("admin-check-type-version", arguments).into()
                }
                None => (*name).to_owned().into(),
            },
            Fact::Type { name, .. } => words.with("admin-check-type-gone", [("name", name)]).into(),
            Fact::End { status: EntryStatus::Valid | EntryStatus::Inactive, .. } => {
                Detail::default()
            }
            Fact::End { status, at, by, reason, .. } => self.end(*status, *at, (*by, *reason)),
            Fact::Client { client_id, status } => self.standing(client_id.as_str(), *status).into(),
            Fact::User { username, status } => {
                let name = words.text("admin-check-its-user");
                self.standing(username.unwrap_or(&name), *status).into()
            }
            Fact::Family { status: Some("valid") } => {
                words.text("admin-family-valid").into_owned().into()
            }
            Fact::Family { status: Some(_) } => {
                words.text("admin-family-ended").into_owned().into()
            }
            Fact::Family { status: None } => words.text("admin-family-gone").into_owned().into(),
            Fact::Generation { .. } => self.cut_off(raised),
            Fact::Password if holds => words.text("admin-check-password-same").into_owned().into(),
            Fact::Password => words.text("admin-check-password-other").into_owned().into(),
            Fact::Confirmation => words.text("admin-check-confirmation-open").into_owned().into(),
            Fact::Start { at } => self.stated(*at).into(),
            Fact::UnknownRule => words.text("admin-check-rules-unknown").into_owned().into(),
            Fact::Expiry { .. } | Fact::Idle { .. } | Fact::Uses { .. } | Fact::Rate { .. } => {
                self.limit(&check.fact)
            }
            fact => self.bound(fact, &check.answer).into(),
        }
    }

    /// How and when a token ended; by whom and why.
    fn end(
        self,
        status: EntryStatus,
        at: Option<Timestamp>,
        (by, reason): (Option<&str>, Option<&str>),
    ) -> Detail {
        let key = match status {
            EntryStatus::Superseded => "admin-ended-replaced",
            EntryStatus::Rejected => "admin-ended-declined",
            EntryStatus::Redeemed => "admin-ended-used",
            _ => "admin-ended-revoked",
        };
        let when = at.map(|at| self.stated(at)).unwrap_or_default();
        let value = self.words.with(key, [("when", when.trim())]).trim_end().to_owned();
        Detail { value, below: self.cause((by, reason)), uses: None }
    }

    /// By whom and why something ended.
    pub(super) fn cause(self, (by, reason): (Option<&str>, Option<&str>)) -> Option<String> {
        let said = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        match (said(by), said(reason)) {
            (Some(by), Some(reason)) => {
                Some(self.words.with("admin-by-because", [("by", &by), ("reason", &reason)]))
            }
            (Some(by), None) => Some(self.words.with("admin-by", [("by", &by)])),
            (None, reason) => reason,
        }
    }

    /// Whose tokens were all ended first, and whose then.
    fn cut_off(self, raised: &[Raised]) -> Detail {
        let Some((first, others)) = raised.split_first() else { return Detail::default() };
        let all_of = |whose| match whose {
            Whose::Client => self.words.text("admin-all-of-client"),
            Whose::User => self.words.text("admin-all-of-user"),
            Whose::Server => self.words.text("admin-all-of-server"),
        };
        let mut whose = all_of(first.whose).into_owned();
        for other in others {
            whose = format!("{whose}, {}", all_of(other.whose));
        }
        let when = first.end.as_ref().map(|end| self.stated(end.at)).unwrap_or_default();
        let value = self.words.with("admin-all-ended", [("whose", &whose), ("when", &when)]);
        let below = first.end.as_ref();
        let below = below.and_then(|end| self.cause((Some(&end.by), Some(&end.reason))));
        Detail { value, below, uses: None }
    }

    fn standing(self, name: &str, status: Option<&str>) -> String {
        let key = match status {
            Some("active") => "admin-is-active",
            Some("disabled") => "admin-is-disabled",
            Some("locked") => "admin-is-locked",
            _ => "admin-is-gone",
        };
        self.words.with(key, [("name", name)])
    }

    /// What time and counts leave.
    fn limit(self, fact: &Fact<'_>) -> Detail {
        let words = self.words;
        match fact {
            Fact::Expiry { at: None } => words.text("admin-never").into_owned().into(),
            Fact::Expiry { at: Some(end) } => self.stated(*end).into(),
            Fact::Idle { ends_at, max_idle, last_used_at } => {
                let rests = self.length(*max_idle);
                let rests = words.with("admin-check-idle-length", [("length", &rests)]);
                Detail {
                    value: self.stated(*ends_at),
                    below: Some(self.with_last_use(&rests, *last_used_at)),
                    uses: None,
                }
            }
            Fact::Uses { used, max, last_used_at } => {
                let uses = Uses::of(*used, *max, self);
                let below = last_used_at.map(|at| self.last_use(at));
                Detail { value: uses.text.clone(), below, uses: Some(uses) }
            }
            Fact::Rate { used, max, window, ends_at } => {
                let texts = [("window", self.length(*window))];
                let value =
                    words.mixed("admin-check-rate-used", &texts, &[("used", *used), ("max", *max)]);
                let until =
                    ends_at.map(|end| words.with("admin-until", [("at", &self.stated(end))]));
                Detail { value, below: until, uses: None }
            }
            _ => Detail::default(),
        }
    }

    fn last_use(self, at: Timestamp) -> String {
        self.words.with("admin-last-use", [("at", &self.stated(at))])
    }

    fn with_last_use(self, text: &str, at: Option<Timestamp>) -> String {
        at.map_or(text.to_owned(), |at| format!("{text}; {}", self.last_use(at)))
    }

    /// What it is bound to and, where that was asked for, what for.
    fn bound(self, fact: &Fact<'_>, answer: &Answer) -> String {
        let words = self.words;
        let (only, asked) = match fact {
            Fact::AskedType { asked, name } => ((*name).to_owned(), Some((*asked).to_owned())),
            Fact::Purposes { bound, asked } => {
                (bound.iter().collect::<Vec<_>>().join(", "), asked.map(str::to_owned))
            }
            Fact::Identity { bound, asked } => ((*bound).to_owned(), asked.map(str::to_owned)),
            Fact::Clients { allowed, asked } => {
                (allowed.join(", "), asked.map(ToString::to_string))
            }
            Fact::Audiences { allowed, mode, asked } => {
                let joined = allowed.join(if *mode == Mode::Any { " / " } else { " + " });
                (joined, asked.map(ToString::to_string).filter(|asked| !asked.is_empty()))
            }
            Fact::Networks { cidr, asked } => {
                let list = |nets: &[_]| nets.iter().map(ToString::to_string).collect::<Vec<_>>();
                let (from, but) = (list(&cidr.allow).join(", "), list(&cidr.deny).join(", "));
                let from =
                    if from.is_empty() { words.text("admin-any").into_owned() } else { from };
                let from = if but.is_empty() {
                    from
                } else {
                    words.with("admin-all-but", [("all", &from), ("but", &but)])
                };
                (from, asked.map(|address| address.to_string()))
            }
            Fact::Pin { bound: None, .. } => {
                return words.text("admin-check-pin-open").into_owned();
            }
            Fact::Pin { bound: Some(bound), asked } => {
                ((*bound).to_owned(), asked.map(|address| address.to_string()))
            }
            Fact::Hours { schedule } => return self.hours(schedule),
            Fact::OncePerPurpose { asked } => return self.once(*asked, answer),
            _ => return String::new(),
        };
        match (answer, asked) {
            (Answer::Depends, _) => words.with("admin-only", [("only", &only)]),
            (Answer::Holds, Some(asked)) if asked != only => {
                words.with("admin-one-of", [("only", &only), ("asked", &asked)])
            }
            (Answer::Holds, _) => only,
            (Answer::Fails(_), Some(asked)) => {
                words.with("admin-none-of", [("only", &only), ("asked", &asked)])
            }
            (Answer::Fails(_), None) => words.with("admin-none-given", [("only", &only)]),
        }
    }

    /// At which hours a schedule lets a token work.
    pub(super) fn hours(self, schedule: &Schedule) -> String {
        let days: Vec<_> = schedule.days.iter().map(|day| day.as_str()).collect();
        let days = days.join(" ");
        let (from, to, tz) = (&schedule.from, &schedule.to, &schedule.tz);
        self.words.with("admin-hours", [("days", &days), ("from", from), ("to", to), ("tz", tz)])
    }

    /// Whether it was used for a purpose.
    fn once(self, asked: Option<&str>, answer: &Answer) -> String {
        let words = self.words;
        match (answer, asked) {
            (Answer::Holds, Some(asked)) => words.with("admin-once-open", [("asked", asked)]),
            (Answer::Fails(_), Some(asked)) => words.with("admin-once-used", [("asked", asked)]),
            _ => words.text("admin-once-hangs").into_owned(),
        }
    }
}

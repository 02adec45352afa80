//! Why a token works or does not: every check, not only the first that fails. Looking consumes
//! nothing, so the later ones can say what they would come to.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::{
    acts::tokens::{Given, raised},
    app::App,
    cli::{
        console::Console,
        look::{Look, Mark, Tone, harmless},
        problem::Problem,
        times::Times,
    },
    model::{
        client::ClientStatus,
        standing::{Refusal, StandingEntry},
        status_word::StatusWord,
        token_entry::TokenKind,
        token_string::Recognised,
        verdict::{Answer, Check, Fact, Refused},
    },
};

use super::{details, fact_json};

/// How wide the names of the checks are.
const TITLE: usize = 30;

/// One thing that must hold for a token to work, as it is shown.
#[derive(Debug)]
pub(super) struct Line {
    /// Its name for programs.
    pub(super) name: &'static str,
    /// Its name for people, true if it holds.
    pub(super) title: &'static str,
    /// Whether it holds; `None` if that hangs on what is not known.
    pub(super) holds: Option<bool>,
    /// What is known about it.
    pub(super) detail: String,
    /// The same for programs.
    pub(super) facts: Value,
}

/// The verdict on an entry that was found.
#[derive(Debug)]
pub(super) struct Ruling {
    /// Why the token does not work, if it does not.
    pub(super) refused: Option<Refused>,
    /// In a word.
    pub(super) word: String,
    /// In the same word, for programs.
    pub(super) status: &'static str,
    /// Every check.
    pub(super) lines: Vec<Line>,
    /// What to do about it.
    pub(super) advice: Option<String>,
}

impl Ruling {
    /// Rules on an entry, as far as what is given goes.
    pub(super) async fn on(
        found: &StandingEntry,
        given: &Given,
        app: &App,
        times: &Times<'_>,
    ) -> Result<Self, Problem> {
        let checks = given.explain(found);
        let raised = raised(app, found, &checks).await?;
        let failing = checks.iter().find(|check| check.refused().is_some());
        let refused = failing.and_then(Check::refused);
        let word = found.status_word(times.now);
        let status = match refused {
            // The token is good, and not for this.
            Some(refused) if word.is_usable() => refused.refusal.as_str(),
            _ => word.as_str(),
        };
        let until =
            refused.and_then(|refused| refused.until).filter(|_| word == StatusWord::Paused);
        let until = until.map_or(String::new(), |end| format!(" until {}", times.zoned(end)));
        // Of what no more can come, nothing is promised.
        let end = checks.iter().find(|check| check.is_final());
        let also = end.and_then(Check::refused).map(|refused| StatusWord::of(refused.refusal));
        let also = also.filter(|also| also.as_str() != status);
        let also = also.map_or(String::new(), |also| format!(", and {}", also.shown()));
        let line = |check: &Check<'_>| Line {
            name: check.name,
            title: details::title(check),
            holds: holds(check),
            detail: details::detail(check, times, &raised),
            facts: fact_json::to_json(&check.fact, &raised),
        };
        let entry = Line {
            name: "entry",
            title: "Entry exists",
            holds: Some(true),
            detail: format!("made {} {}", times.zoned(found.entry.created_at), by_or_for(found)),
            facts: json!({"created_at": found.entry.created_at.rfc3339()}),
        };
        Ok(Self {
            refused,
            word: format!("{}{also}{until}", status.replace('_', " ")),
            status,
            lines: std::iter::once(entry).chain(checks.iter().map(line)).collect(),
            advice: end.or(failing).and_then(|check| advice(found, check, times)),
        })
    }
}

/// Whether a check holds; `None` if that hangs on what is not known.
fn holds(check: &Check<'_>) -> Option<bool> {
    match check.answer {
        Answer::Holds => Some(true),
        Answer::Fails(_) => Some(false),
        Answer::Depends => None,
    }
}

/// A typed token is made by a client, another for one.
fn by_or_for(found: &StandingEntry) -> String {
    let by = if found.entry.kind == TokenKind::Typed { "by" } else { "for" };
    format!("{by} {}", found.entry.client_id)
}

/// What the string alone tells. `token` is only counted.
pub(super) fn shape(recognised: Option<&Recognised>, token: &str) -> Line {
    let (form, detail) = match recognised {
        Some(Recognised::Reference(_)) => (Some("reference"), "a reference".to_owned()),
        Some(Recognised::Located(..)) => {
            (Some("located"), "a reference that names its entry".to_owned())
        }
        Some(Recognised::Jwt) => (Some("jwt"), "a JWT".to_owned()),
        None => (None, format!("it has {} characters; ours have others", token.chars().count())),
    };
    let (title, holds) = ("Looks like one of ours", Some(recognised.is_some()));
    Line { name: "shape", title, holds, detail, facts: json!({"format": form}) }
}

/// That there is no entry, or that a JWT is not ours.
pub(super) fn no_entry(recognised: Option<&Recognised>, keep_ended: &str) -> Line {
    let detail = match recognised {
        Some(Recognised::Jwt) => {
            format!("not signed by us for our issuer, or swept: kept for {keep_ended} once ended")
        }
        _ => format!("none: never made, deleted, or swept; ended ones are kept for {keep_ended}"),
    };
    Line { name: "entry", title: "Entry exists", holds: Some(false), detail, facts: json!({}) }
}

/// The first line: whether it works and, if there is one, its entry.
pub(super) fn headline(
    found: Option<&StandingEntry>,
    ruling: Option<&Ruling>,
    look: Look,
) -> String {
    let usable = ruling.is_some_and(|ruling| ruling.refused.is_none());
    let word = ruling.map_or("unknown", |ruling| ruling.word.as_str());
    let (mark, verdict, tone) = if usable {
        (Mark::Yes, format!("Valid: {word}"), Tone::Good)
    } else {
        (Mark::No, format!("Not valid: {word}"), Tone::Bad)
    };
    let padding = (TITLE + 2).saturating_sub(crate::cli::table::columns_of(&verdict)).max(1);
    let name = found.map_or(String::new(), |found| {
        let version = found.entry.rules.0.as_ref().map(|set| format!(" v{}", set.version));
        let version = version.unwrap_or_default();
        format!("{}, {}{version}", found.entry.entry_key, harmless(found.type_name()))
    });
    let verdict = look.tone(tone, &verdict);
    format!("{} {verdict}{}{name}", look.mark(mark), " ".repeat(padding)).trim_end().to_owned()
}

/// One line a check. After the first that fails, the others only say what they would come to.
pub(super) fn lines(all: &[Line], look: Look) -> Vec<String> {
    let failed = all.iter().position(|check| check.holds == Some(false)).unwrap_or(all.len());
    let line = |(place, check): (usize, &Line)| {
        let detail = check.detail.clone();
        let (mark, detail) = match (place.cmp(&failed), check.holds) {
            (Ordering::Greater, Some(true)) => (Mark::Beside, "would pass".to_owned()),
            (Ordering::Greater, Some(false)) => (Mark::Beside, format!("would fail too: {detail}")),
            (Ordering::Greater, None) => (Mark::Beside, detail),
            (_, Some(true)) => (Mark::Yes, detail),
            (_, Some(false)) => (Mark::No, detail),
            (_, None) => (Mark::Look, detail),
        };
        let tone = match mark {
            Mark::No => Tone::Bad,
            Mark::Beside => Tone::Dim,
            _ => Tone::Plain,
        };
        let text = format!("{:<TITLE$} {}", check.title, harmless(&detail));
        format!("{} {}", look.padded_mark(mark), look.tone(tone, text.trim_end()))
    };
    all.iter().enumerate().map(line).collect()
}

/// Says every check, and what to do.
pub(super) fn say(lines: &[Line], console: &mut Console) {
    for line in self::lines(lines, console.out()) {
        console.answer(&format!("  {line}"));
    }
}

/// The checks for a program.
pub(super) fn to_json(all: &[Line]) -> Vec<Value> {
    let check = |check: &Line| {
        let Line { name, holds, detail, facts, .. } = check;
        json!({"name": name, "passes": holds, "detail": detail, "facts": facts})
    };
    all.iter().map(check).collect()
}

/// What to do about a token that does not work, for this reason.
fn advice(found: &StandingEntry, check: &Check<'_>, times: &Times<'_>) -> Option<String> {
    let client = &found.entry.client_id;
    let another = if found.entry.kind == TokenKind::Typed {
        format!("Ask {client} for a new one.")
    } else {
        format!("{client} has to ask for a new one.")
    };
    let Refused { refusal, until } = check.refused()?;
    Some(match (refusal, until, &check.fact) {
        (Refusal::NotYetValid | Refusal::Throttled, Some(until), _) => {
            format!("It works from {} on.", times.stated(until))
        }
        (Refusal::UsedUp, _, Fact::Uses { max, .. }) => {
            let uses = if *max == 1 { "use" } else { "uses" };
            format!("It allowed {max} {uses}. {another}")
        }
        (Refusal::Orphaned, _, Fact::Client { status: Some(status), .. })
            if *status == ClientStatus::Disabled.as_str() =>
        {
            format!("It works again after: tessera client enable {client}")
        }
        (Refusal::TypeNotConfigured, ..) => {
            format!("It works again once {} is configured again.", found.type_name())
        }
        (Refusal::UnreadableRule, ..) => {
            "A server of the version that made it can say more.".to_owned()
        }
        (Refusal::Inactive, ..) => "It works once a person has confirmed it.".to_owned(),
        (Refusal::OffSchedule, _, Fact::Hours { schedule }) => {
            format!("It works {}.", details::hours(schedule))
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
        ) => "The token is good, and not for this.".to_owned(),
        _ => another,
    })
}

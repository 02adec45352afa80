//! What went wrong, as a person reads it, and the exit code that scripts test.

use std::{error::Error as StdError, io::ErrorKind};

use serde_json::{Value, json};

use crate::{
    acts,
    config::{Fault, Faults},
    store, tokens,
};

use super::look::{Look, Tone, harmless};

/// How a command ended. Scripts test the code, never the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Yes, or done.
    Yes,
    /// No: not valid, not found, already there.
    No,
    /// Wrong usage or wrong settings.
    Wrong,
    /// Something cannot be reached or opened.
    Unreachable,
    /// Not allowed.
    NotAllowed,
    /// The person stopped it.
    Stopped,
}

/// One thing that went wrong: a line that names it, then what was tried, what was said, where it
/// comes from and what to do next.
#[derive(Debug)]
pub(super) struct Problem {
    /// The code to end with.
    pub(super) exit: Exit,
    what: String,
    details: Vec<(&'static str, String)>,
    faults: Vec<Fault>,
}

/// What a command comes to.
pub(super) type Outcome = Result<Exit, Problem>;

impl Exit {
    /// The code that the process ends with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Exit::Yes => 0,
            Exit::No => 1,
            Exit::Wrong => 2,
            Exit::Unreachable => 3,
            Exit::NotAllowed => 4,
            Exit::Stopped => 5,
        }
    }

    /// What a code of ours means; one that is not ours counts as a failure.
    pub(super) fn from_code(code: u8) -> Self {
        let all = [Exit::Yes, Exit::No, Exit::Wrong, Exit::NotAllowed, Exit::Stopped];
        all.into_iter().find(|exit| exit.code() == code).unwrap_or(Exit::Unreachable)
    }
}

impl Problem {
    pub(super) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), details: Vec::new(), faults: Vec::new() }
    }

    pub(super) fn tried(self, tried: impl Into<String>) -> Self {
        self.detail("tried", tried.into())
    }

    pub(super) fn said(self, said: impl Into<String>) -> Self {
        self.detail("said", said.into())
    }

    pub(super) fn origin(self, from: impl Into<String>) -> Self {
        self.detail("from", from.into())
    }

    pub(super) fn next(self, next: impl Into<String>) -> Self {
        self.detail("next", next.into())
    }

    /// Everything that is wrong, one by one.
    pub(super) fn faults(self, faults: Vec<Fault>) -> Self {
        Self { faults, ..self }
    }

    /// The problem as the fault of a setting.
    pub(super) fn of_setting(self, key: &str) -> Self {
        Self { exit: Exit::Wrong, ..self }.origin(key).next(format!("check {key}"))
    }

    /// Writes the problem to the log, where that is what is read.
    pub(super) fn log(&self) {
        let detail = |label: &str| {
            self.details.iter().find(|(known, _)| *known == label).map(|(_, text)| text.as_str())
        };
        let exit_code = self.exit.code();
        let (tried, said) = (detail("tried"), detail("said"));
        let (from, next) = (detail("from"), detail("next"));
        tracing::error!(
            event = "start.failed",
            exit_code,
            tried,
            said,
            from,
            next,
            "{}",
            self.what
        );
        for Fault { key, from, problem, remedy } in &self.faults {
            tracing::error!(
                event = "config.fault",
                exit_code,
                key,
                from,
                next = remedy,
                "{key} {problem}"
            );
        }
    }

    /// What failed, and what was said about it.
    pub(super) fn into_parts(self) -> (String, String) {
        let said = self.details.into_iter().find(|(label, _)| *label == "said");
        (self.what, said.map_or(String::new(), |(_, said)| said))
    }

    /// What is wrong, and what to do about it, as `doctor` tells it: both may have several lines.
    pub(super) fn told(&self) -> (String, String) {
        let text = |label: &str| self.details.iter().find(|(known, _)| *known == label);
        let said = text("said").map_or(String::new(), |(_, said)| format!(": {said}"));
        let next = text("next").map_or(String::new(), |(_, next)| next.clone());
        let fault = |fault: &Fault| {
            format!("{} {} ({}): {}", fault.key, fault.problem, fault.from, fault.remedy)
        };
        let faults: Vec<_> = self.faults.iter().map(fault).collect();
        let next = if faults.is_empty() { next } else { faults.join("\n") };
        (format!("{}{said}", self.what), next)
    }

    fn detail(mut self, label: &'static str, text: String) -> Self {
        if !text.is_empty() {
            self.details.push((label, text));
        }
        self
    }

    /// The problem for a person: several lines, without a newline at the end.
    pub(super) fn render(&self, look: Look) -> String {
        let what = match self.exit {
            // Whoever stopped it knows that it is no error.
            Exit::Stopped => Self::shown(&self.what),
            _ => format!("{} {}", look.tone(Tone::Bad, "error:"), Self::shown(&self.what)),
        };
        let mut lines = vec![what];
        let shown = |(label, detail): &(_, String)| format!("  {label:<8}{}", Self::shown(detail));
        lines.extend(self.details.iter().map(shown));
        for fault in &self.faults {
            let Fault { key, from, problem, remedy } = fault;
            let [key, from] = [key, from].map(|text| Self::shown(text));
            let [problem, remedy] = [problem, remedy].map(|text| Self::shown(text));
            lines.push(format!("  {key}   {problem}"));
            lines.push(format!("    from  {from}"));
            lines.push(format!("    next  {remedy}"));
        }
        lines.join("\n")
    }

    /// Text of others, each of its lines harmless to a terminal.
    fn shown(text: &str) -> String {
        text.split('\n').map(harmless).collect::<Vec<_>>().join("\n")
    }

    /// The problem for a program.
    pub(super) fn to_json(&self) -> Value {
        let mut object = json!({"error": self.what, "exit_code": self.exit.code()});
        for (label, detail) in &self.details {
            object[*label] = json!(detail);
        }
        if !self.faults.is_empty() {
            let fault = |fault: &Fault| {
                let Fault { key, from, problem, remedy } = fault;
                json!({"key": key, "from": from, "problem": problem, "next": remedy})
            };
            object["faults"] = self.faults.iter().map(fault).collect();
        }
        object
    }
}

impl From<Faults> for Problem {
    fn from(Faults(faults): Faults) -> Self {
        let what = match faults.len() {
            1 => "1 setting is wrong".to_owned(),
            count => format!("{count} settings are wrong"),
        };
        Self { faults, ..Self::new(Exit::Wrong, what) }
    }
}

impl From<acts::Error> for Problem {
    fn from(error: acts::Error) -> Self {
        match error {
            acts::Error::NotFound(text) | acts::Error::Conflict(text) => Self::new(Exit::No, text),
            acts::Error::Invalid(text) => Self::new(Exit::Wrong, text),
            acts::Error::Faulty(faults) => {
                let what = acts::Error::Faulty(faults.clone()).to_string();
                Self { faults, ..Self::new(Exit::Wrong, what) }
            }
            acts::Error::Busy => Self::new(Exit::Unreachable, error.to_string()),
            acts::Error::Store(error) => error.into(),
            acts::Error::Tokens(error) => error.into(),
        }
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        let exit = match &error {
            store::Error::File(_, cause) if cause.kind() == ErrorKind::PermissionDenied => {
                Exit::NotAllowed
            }
            _ => Exit::Unreachable,
        };
        Self::new(exit, error.to_string()).said(innermost(&error))
    }
}

impl From<tokens::Error> for Problem {
    fn from(error: tokens::Error) -> Self {
        match error {
            tokens::Error::Store(error) => error.into(),
            error => Self::new(Exit::Unreachable, error.to_string()).said(innermost(&error)),
        }
    }
}

/// What the last error in the chain says; empty if there is only one.
pub(super) fn innermost(error: &dyn StdError) -> String {
    let Some(mut deepest) = error.source() else { return String::new() };
    while let Some(deeper) = deepest.source() {
        deepest = deeper;
    }
    store::words(deepest)
}

#[cfg(test)]
mod tests;

//! Where a command speaks and listens: at this process's terminal, or through the socket at the
//! terminal of the process that handed the command over.
//!
//! Answers and secrets go to standard output, everything else to standard error. Writing never
//! fails in the middle of a command: a reader who went away must not leave a change half done. It
//! is told at the end.

use std::io::{self, Write};

use serde_json::Value;
use tokio::sync::watch;

use crate::{
    acts::declared::DeclaredFile,
    model::{secret::Secret, timestamp::Timestamp},
};

use super::{
    declared,
    environment::Environment,
    facts::{Facts, Manner},
    input,
    look::{Look, Mark},
    problem::{Exit, Problem},
    progress::Pen,
    sheet::Sheet,
    socket::Remote,
    source::Source,
    table::Table,
    times::Times,
};

/// Where a command speaks and listens.
#[derive(Debug)]
pub(super) struct Console {
    facts: Facts,
    way: Way,
    stop: watch::Sender<bool>,
}

/// What this process's own streams did not take, and its environment.
#[derive(Debug)]
struct Here {
    unwritten: Option<Unwritten>,
    environment: Environment,
}

#[derive(Debug)]
enum Way {
    /// This process's own streams.
    Here(Here),
    /// Those of the process at the other end of the socket.
    Away(Remote),
}

/// What standard output did not take.
#[derive(Debug)]
pub(super) struct Unwritten {
    /// Why.
    pub(super) error: io::Error,
    /// What to do about it, if that was something which is shown only once.
    pub(super) remedy: Option<String>,
}

impl Console {
    /// This process's own streams.
    pub(super) fn here(facts: Facts, environment: Environment) -> Self {
        let stop = watch::Sender::new(false);
        Self { facts, way: Way::Here(Here { unwritten: None, environment }), stop }
    }

    /// The streams of the process at the other end of the socket.
    pub(super) fn away(facts: Facts, remote: Remote) -> Self {
        let stop = remote.stopper();
        Self { facts, way: Way::Away(remote), stop }
    }

    /// What is known of the terminal.
    pub(super) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What turns true when the person stops the command, or has gone. Whoever holds it ends soon
    /// after, and says what was done; a command that holds none is cut off.
    pub(super) fn stop(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// What stops the command.
    pub(super) fn stopper(&self) -> watch::Sender<bool> {
        self.stop.clone()
    }

    /// Whether a program reads along.
    pub(super) fn json(&self) -> bool {
        self.facts.manner == Manner::Json
    }

    /// Whether nobody reads standard output any more.
    pub(super) fn is_unheard(&self) -> bool {
        matches!(&self.way, Way::Here(Here { unwritten: Some(_), .. }))
    }

    /// What standard output can show.
    pub(super) fn out(&self) -> Look {
        self.facts.out
    }

    /// What standard error can show.
    pub(super) fn err(&self) -> Look {
        self.facts.err
    }

    /// Writes times as seen from `now`.
    pub(super) fn times(&self, now: Timestamp) -> Times<'_> {
        Times { now, zone: &self.facts.zone }
    }

    /// Answers: a line on standard output.
    pub(super) fn answer(&mut self, line: &str) {
        self.write_out(format!("{line}\n"), None);
    }

    /// Hands out what is shown only once, alone on standard output. `remedy` is what to do if it
    /// does not arrive.
    pub(super) fn answer_once(&mut self, line: &str, remedy: String) {
        self.write_out(format!("{line}\n"), Some(remedy));
    }

    /// Answers a program: an object in one line.
    pub(super) fn object(&mut self, object: &Value) {
        self.answer(&object.to_string());
    }

    /// Answers with a table, unless a program reads along: it got its objects.
    pub(super) fn table(&mut self, table: &Table) {
        if !self.json() {
            for line in table.lines(self.facts.width, self.out()) {
                self.answer(&line);
            }
        }
    }

    /// Answers with labelled facts.
    pub(super) fn sheet(&mut self, sheet: &Sheet) {
        for line in sheet.lines("", self.out()) {
            self.answer(&line);
        }
    }

    /// Says labelled facts beside the answer.
    pub(super) fn say_sheet(&mut self, sheet: &Sheet) {
        for line in sheet.lines("  ", self.err()) {
            self.say(&line);
        }
    }

    /// Says something beside the answer, on standard error, unless only errors are wanted.
    pub(super) fn say(&mut self, line: &str) {
        if self.facts.manner == Manner::Full {
            self.write_err(format!("{line}\n"));
        }
    }

    /// Says that something was done.
    pub(super) fn done(&mut self, line: &str) {
        let mark = self.err().mark(Mark::Yes);
        self.say(&format!("{mark} {line}"));
    }

    /// Says something that deserves a look.
    pub(super) fn warn(&mut self, line: &str) {
        let mark = self.err().mark(Mark::Look);
        self.say(&format!("{mark} {line}"));
    }

    /// Tells a problem, whoever reads along.
    pub(super) fn problem(&mut self, problem: &Problem) {
        let text =
            if self.json() { problem.to_json().to_string() } else { problem.render(self.err()) };
        self.write_err(format!("{text}\n"));
    }

    /// Reads standard input or a file, without the newline at its end.
    pub(super) async fn read(&mut self, source: &Source) -> Result<Secret, Problem> {
        match &mut self.way {
            Way::Here(_) => input::read(source.clone()).await,
            Way::Away(remote) => remote.read(source).await,
        }
    }

    /// Reads a declared file, and whatever it names outside itself, where the command was typed.
    pub(super) async fn gather(&mut self, source: &Source) -> Result<DeclaredFile, Problem> {
        match &mut self.way {
            Way::Here(here) => declared::gather(source.clone(), &here.environment).await,
            Way::Away(remote) => remote.gather(source).await,
        }
    }

    /// What writes to standard error while a command goes on.
    pub(super) fn pen(&self) -> Pen {
        match &self.way {
            Way::Here(_) => Pen::Here,
            Way::Away(remote) => Pen::Away(remote.voice()),
        }
    }

    /// Asks the person to type `expected`; [`Exit::Stopped`] if they type anything else.
    ///
    /// # Errors
    ///
    /// [`Exit::Wrong`] if there is nobody to ask.
    pub(super) async fn confirm(&mut self, expected: &str) -> Result<(), Problem> {
        if !self.facts.can_ask {
            return Err(Problem::new(Exit::Wrong, "this needs a yes, and nobody can be asked")
                .next("add --yes to do it all the same"));
        }
        let question = format!("\nType {expected} to go on: ");
        let typed = match &mut self.way {
            Way::Here(_) => input::ask(question).await,
            Way::Away(remote) => remote.ask(question).await,
        }?;
        if typed.trim() == expected {
            return Ok(());
        }
        Err(Problem::new(Exit::Stopped, "Stopped. Nothing was changed."))
    }

    /// What standard output did not take, if that is known here.
    pub(super) fn unwritten(&mut self) -> Option<Unwritten> {
        match &mut self.way {
            Way::Here(here) => here.unwritten.take(),
            Way::Away(_) => None,
        }
    }

    /// Ends a command that was handed over.
    pub(super) fn into_remote(self) -> Option<Remote> {
        match self.way {
            Way::Here(_) => None,
            Way::Away(remote) => Some(remote),
        }
    }

    /// Writes text to standard output as it is.
    pub(super) fn write_out(&mut self, text: String, remedy: Option<String>) {
        match &mut self.way {
            Way::Here(Here { unwritten, .. }) => {
                let mut out = io::stdout().lock();
                let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
                if let Err(error) = written {
                    let remedy = remedy.or_else(|| unwritten.take().and_then(|it| it.remedy));
                    *unwritten = Some(Unwritten { error, remedy });
                }
            }
            Way::Away(remote) => remote.out(text, remedy),
        }
    }

    /// Writes text to standard error as it is.
    pub(super) fn write_err(&mut self, text: String) {
        match &mut self.way {
            // Who closed standard error wants to hear nothing.
            Way::Here(_) => drop(io::stderr().write_all(text.as_bytes())),
            Way::Away(remote) => remote.err(text),
        }
    }
}

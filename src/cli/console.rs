//! Where a command speaks and listens: at this process's terminal, or through the socket at the
//! terminal of the process that handed the command over.
//!
//! Answers and secrets go to standard output, everything else to standard error. Writing never
//! fails in the middle of a command: a reader who went away must not leave a change half done. It
//! is told at the end.

use std::{
    fs::File,
    io::{self, Read, Write},
};

use serde_json::Value;

use crate::model::{secret::Secret, timestamp::Timestamp};

use super::{
    facts::Facts,
    look::{Look, Mark},
    problem::{Exit, Problem},
    sheet::Sheet,
    socket::Remote,
    source::Source,
    table::Table,
    times::Times,
};

/// The most that is read from standard input or a file, in bytes: far more than any secret, token
/// or key set has.
const READ_LIMIT: u64 = 128 * 1024;

/// Where a command speaks and listens.
#[derive(Debug)]
pub(super) struct Console {
    facts: Facts,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// This process's own streams; and why standard output takes no more.
    Here(Option<io::Error>),
    /// Those of the process at the other end of the socket.
    Away(Remote),
}

impl Console {
    /// This process's own streams.
    pub(super) fn here(facts: Facts) -> Self {
        Self { facts, way: Way::Here(None) }
    }

    /// The streams of the process at the other end of the socket.
    pub(super) fn away(facts: Facts, remote: Remote) -> Self {
        Self { facts, way: Way::Away(remote) }
    }

    /// What is known of the terminal.
    pub(super) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Whether a program reads along.
    pub(super) fn json(&self) -> bool {
        self.facts.json
    }

    /// What standard output can show.
    pub(super) fn out(&self) -> Look {
        self.facts.out()
    }

    /// What standard error can show.
    pub(super) fn err(&self) -> Look {
        self.facts.err()
    }

    /// Writes times as seen from `now`.
    pub(super) fn times(&self, now: Timestamp) -> Times<'_> {
        Times { now, zone: &self.facts.zone }
    }

    /// Answers: a line on standard output.
    pub(super) fn answer(&mut self, line: &str) {
        self.write_out(format!("{line}\n"));
    }

    /// Hands out a secret, alone on standard output.
    pub(super) fn secret(&mut self, secret: &Secret) {
        self.write_out(format!("{}\n", secret.expose()));
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
        if !self.facts.quiet && !self.facts.json {
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
            Way::Here(_) => read_here(source.clone()).await,
            Way::Away(remote) => remote.read(source).await,
        }
    }

    /// Asks the person to type `expected`; [`Exit::Stopped`] if they type anything else.
    ///
    /// # Errors
    ///
    /// [`Exit::Wrong`] if there is nobody to ask.
    pub(super) async fn confirm(&mut self, expected: &str) -> Result<(), Problem> {
        if !self.facts.can_ask {
            return Err(Problem::new(Exit::Wrong, "this can't be undone, and nobody can be asked")
                .next("add --yes to do it all the same"));
        }
        let question = format!("\nType {expected} to go on: ");
        let typed = match &mut self.way {
            Way::Here(_) => ask_here(question).await,
            Way::Away(remote) => remote.ask(question).await,
        }?;
        if typed.trim() == expected {
            return Ok(());
        }
        Err(Problem::new(Exit::Stopped, "stopped; nothing was changed"))
    }

    /// Why standard output took less than it was given, if that is known here.
    pub(super) fn failure(&self) -> Option<&io::Error> {
        match &self.way {
            Way::Here(failed) => failed.as_ref(),
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
    pub(super) fn write_out(&mut self, text: String) {
        match &mut self.way {
            Way::Here(failed) if failed.is_none() => {
                let mut out = io::stdout().lock();
                let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
                *failed = written.err();
            }
            Way::Here(_) => {}
            Way::Away(remote) => remote.out(text),
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

/// Reads this process's standard input, or a file as it sees it.
pub(super) async fn read_here(source: Source) -> Result<Secret, Problem> {
    let name = source.to_string();
    let read = tokio::task::spawn_blocking(move || match source {
        Source::StandardInput => read_limited(io::stdin().lock()),
        Source::File(path) => File::open(path).and_then(read_limited),
    });
    let read = read.await.map_err(io::Error::other).and_then(|read| read);
    read.map_err(|error| {
        Problem::new(Exit::Unreachable, format!("can't read {name}")).said(error.to_string())
    })
}

/// Asks a question at this process's terminal.
pub(super) async fn ask_here(question: String) -> Result<String, Problem> {
    let asked = tokio::task::spawn_blocking(move || {
        io::stderr().write_all(question.as_bytes())?;
        let mut typed = String::new();
        io::stdin().read_line(&mut typed).map(|_| typed)
    });
    let asked = asked.await.map_err(io::Error::other).and_then(|asked| asked);
    asked.map_err(|error| {
        Problem::new(Exit::Unreachable, "can't read the answer").said(error.to_string())
    })
}

/// Reads text without the newline at its end, and refuses more than anybody needs.
fn read_limited(from: impl Read) -> io::Result<Secret> {
    let mut text = String::new();
    from.take(READ_LIMIT + 1).read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > READ_LIMIT) {
        return Err(io::Error::other(format!("there are more than {READ_LIMIT} bytes")));
    }
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newline_at_the_end_does_not_count() {
        let read = |text: &str| read_limited(text.as_bytes()).unwrap().expose().to_owned();

        assert_eq!(read("a b \r\n"), "a b ");
        assert_eq!(read("a\nb"), "a\nb");
    }

    #[test]
    fn more_than_anybody_needs_is_refused() {
        let limit = usize::try_from(READ_LIMIT).unwrap();

        assert!(read_limited("x".repeat(limit).as_bytes()).is_ok());
        assert!(read_limited("x".repeat(limit + 1).as_bytes()).is_err());
        assert!(read_limited(&b"\xff"[..]).is_err());
    }
}

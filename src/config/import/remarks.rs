//! What is said about settings that are read: what is wrong with them, what was left out, and what
//! is another thing here than it was there.

use crate::config::fault::{Fault, Wrong};

/// One thing to know about what was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Whether something of the old settings has no place in the new ones.
    pub is_left_out: bool,
    /// What it is about, where it stands, what became of it, and what to do.
    pub about: Fault,
}

/// What was noted while a file was read.
#[derive(Debug)]
pub(super) struct Remarks {
    file: String,
    pub(super) faults: Vec<(usize, Fault)>,
    pub(super) said: Vec<(usize, Remark)>,
}

impl Remarks {
    pub(super) fn of(file: &str) -> Self {
        Self { file: file.to_owned(), faults: Vec::new(), said: Vec::new() }
    }

    /// Refuses the file: nobody could tell what `key` means.
    pub(super) fn refuse(
        &mut self,
        (key, line): (&str, usize),
        problem: impl Into<String>,
        remedy: &str,
    ) {
        let fault = Wrong::new(problem, remedy).at(key, self.place(line));
        self.faults.push((line, fault));
    }

    /// Says that `key` has no place here.
    pub(super) fn leave_out(
        &mut self,
        (key, line): (&str, usize),
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.remark(true, (key, line), Wrong::new(problem, remedy));
    }

    /// Says that `key` was taken over, and what is another thing here.
    pub(super) fn note(
        &mut self,
        (key, line): (&str, usize),
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.remark(false, (key, line), Wrong::new(problem, remedy));
    }

    fn remark(&mut self, is_left_out: bool, (key, line): (&str, usize), wrong: Wrong) {
        let about = wrong.at(key, self.place(line));
        self.said.push((line, Remark { is_left_out, about }));
    }

    /// Where a line is, for people.
    pub(super) fn place(&self, line: usize) -> String {
        format!("{}, line {line}", self.file)
    }

    /// Everything that is wrong, else everything that there is to know; from the first line to the
    /// last.
    pub(super) fn finish(mut self) -> Result<Vec<Remark>, Vec<Fault>> {
        self.faults.sort_by_key(|(line, _)| *line);
        self.said.sort_by_key(|(line, _)| *line);
        if self.faults.is_empty() {
            Ok(self.said.into_iter().map(|(_, remark)| remark).collect())
        } else {
            Err(self.faults.into_iter().map(|(_, fault)| fault).collect())
        }
    }
}

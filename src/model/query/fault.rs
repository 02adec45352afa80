//! What is wrong with a query.

use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryFault {
    /// What it is about, as it was typed.
    pub what: String,
    /// Where that begins: the number of its character, from 1.
    pub position: usize,
    /// What is wrong with it, to be read after it: "is no key".
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

/// Everything that is wrong, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryFaults(pub Vec<QueryFault>);

/// The most characters that are repeated of what somebody typed.
const LONGEST_REPEATED: usize = 40;

impl QueryFault {
    pub(super) fn new(
        (what, position): (&str, usize),
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let what = what.chars().take(LONGEST_REPEATED).collect();
        Self { what, position, problem: problem.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for QueryFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, QueryFault { what, position, problem, remedy }) in self.0.iter().enumerate() {
            let gap = if number == 0 { "" } else { "\n" };
            write!(f, "{gap}{what} (character {position}) {problem}: {remedy}")?;
        }
        Ok(())
    }
}

impl std::error::Error for QueryFaults {}

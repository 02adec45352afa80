//! What is wrong with the settings, in the words an operator sees.

use std::fmt;

/// One thing that is wrong. No field ever holds the value of a secret key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key, variable or file it is about.
    pub key: String,
    /// Where it was found: a file and line, or a variable.
    pub from: String,
    /// What is wrong, to be read after the key.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

/// Everything that is wrong, at least one thing.
///
/// Its `Display` is what a command prints before it ends with exit code 2: several lines, without
/// a newline at the end.
#[derive(Debug)]
pub struct Faults(pub Vec<Fault>);

/// A problem and its remedy, before anyone knows which key it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong, to be read after the key.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl Wrong {
    /// States a problem and its remedy.
    #[must_use]
    pub fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { problem: problem.into(), remedy: remedy.into() }
    }

    /// The fault that it is, once the key and its place are known.
    #[must_use]
    pub fn at(self, key: &str, from: impl fmt::Display) -> Fault {
        let Self { problem, remedy } = self;
        Fault { key: key.to_owned(), from: from.to_string(), problem, remedy }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("error: 1 setting is wrong")?,
            count => write!(f, "error: {count} settings are wrong")?,
        }
        for Fault { key, from, problem, remedy } in &self.0 {
            write!(f, "\n  {key}   {problem}\n    from  {from}\n    next  {remedy}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_shown_with_their_origin_and_their_remedy() {
        let fault = Wrong::new("no such key", "remove it").at("a.b", "config.toml, line 3");

        assert_eq!(
            Faults(vec![fault.clone()]).to_string(),
            "error: 1 setting is wrong\n  a.b   no such key\n    from  config.toml, line 3\n    \
             next  remove it"
        );
        assert!(
            Faults(vec![fault.clone(), fault]).to_string().starts_with("error: 2 settings are")
        );
    }
}

//! A declared file, together with what it names outside itself.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    config::Wrong,
    model::{secret::Secret, timestamp::Timestamp},
};

use super::declaration::{Declaration, read_page};

/// Something outside a file that it takes a value from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum External {
    /// An environment variable.
    Variable(String),
    /// A file that holds a secret, so nobody but its owner may read it.
    SecretFile(String),
    /// A file that holds no secret.
    PublicFile(String),
}

/// A declared file and everything that it names outside itself, gathered where it was written: a
/// running server that carries a command out must not look for another's files and variables in
/// its own place. It holds secrets; its `Debug` shows none.
#[derive(Clone, Serialize, Deserialize)]
pub struct DeclaredFile {
    pub(super) name: String,
    pub(super) text: String,
    /// Whether every user of the machine may read it.
    #[serde(default)]
    pub(super) is_open: bool,
    found: BTreeMap<String, Result<String, (String, String)>>,
}

impl External {
    /// What it is called in a fault. What should have named a variable or a file may be the secret
    /// itself by mistake: it is repeated only if it looks like the name of a variable.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Variable(name) if is_variable(name) => format!("environment {name}"),
            Self::Variable(_) => "the variable of the environment that it names".to_owned(),
            Self::SecretFile(_) => "the file that it names".to_owned(),
            Self::PublicFile(path) => format!("file {path}"),
        }
    }
}

/// Whether it is written as names of variables are.
fn is_variable(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    name.bytes().all(is_allowed) && !name.starts_with(|first: char| first.is_ascii_digit())
}

impl DeclaredFile {
    /// Takes the text of the file `name` and has `fetch` get whatever it names outside itself.
    pub fn gather(
        name: String,
        text: String,
        mut fetch: impl FnMut(&External) -> Result<Secret, Wrong>,
    ) -> Self {
        let mut found = BTreeMap::new();
        let mut note = |external: &External| {
            let fetched = fetch(external);
            found.insert(
                external.to_string(),
                match &fetched {
                    Ok(secret) => Ok(secret.expose().to_owned()),
                    Err(wrong) => Err((wrong.problem.clone(), wrong.remedy.clone())),
                },
            );
            fetched
        };
        // What is wrong with it is found again by whoever reads it.
        read_page(&mut Declaration::default(), (&name, &text), Timestamp(0), &mut note);
        Self { name, text, is_open: false, found }
    }

    /// The same file, of which it is known whether every user of the machine may read it.
    #[must_use]
    pub fn open_to_all(mut self, is_open: bool) -> Self {
        self.is_open = is_open;
        self
    }

    pub(super) fn find(&self, external: &External) -> Result<Secret, Wrong> {
        match self.found.get(&external.to_string()) {
            Some(Ok(text)) => Ok(Secret::new(text.clone())),
            Some(Err((problem, remedy))) => Err(Wrong::new(problem, remedy)),
            None => Err(Wrong::new("was not read along with the file", "try again")),
        }
    }
}

impl fmt::Display for External {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "environment {name}"),
            Self::SecretFile(path) => write!(f, "secret file {path}"),
            Self::PublicFile(path) => write!(f, "file {path}"),
        }
    }
}

impl fmt::Debug for DeclaredFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeclaredFile({}, …)", self.name)
    }
}

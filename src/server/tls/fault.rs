//! What is wrong with a certificate or its key.

use std::fmt;

/// One thing that is wrong, in the words an operator sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFault {
    /// The setting that it is about.
    pub key: &'static str,
    /// What is wrong, to be read after the setting. It names the file.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
    /// Whether a file could not even be read.
    pub is_unreadable: bool,
}

impl TlsFault {
    /// About the file of the certificate.
    pub(super) fn cert(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::about("server.tls.cert", problem.into(), remedy.into())
    }

    /// About the file of the key.
    pub(super) fn key(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::about("server.tls.key", problem.into(), remedy.into())
    }

    fn about(key: &'static str, problem: String, remedy: String) -> Self {
        Self { key, problem, remedy, is_unreadable: false }
    }

    pub(super) fn unreadable(self) -> Self {
        Self { is_unreadable: true, ..self }
    }
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.problem)
    }
}

impl std::error::Error for TlsFault {}

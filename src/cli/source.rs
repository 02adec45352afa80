//! Where a command reads what must not stand among its arguments.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

/// Standard input, written `-`, or a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Source {
    /// Standard input.
    StandardInput,
    /// A file; a relative path counts from where the command was typed.
    File(PathBuf),
    /// The same, and refused if every user may read it: it holds a key.
    PrivateFile(PathBuf),
}

impl Source {
    /// Reads an argument. It has the shape of a value parser, and never fails.
    #[expect(clippy::unnecessary_wraps, reason = "the shape of a value parser")]
    pub(super) fn parse(text: &str) -> Result<Self, std::convert::Infallible> {
        Ok(match text {
            "-" => Self::StandardInput,
            path => Self::File(PathBuf::from(path)),
        })
    }

    /// The same for what only its owner may read.
    #[expect(clippy::unnecessary_wraps, reason = "the shape of a value parser")]
    pub(super) fn parse_private(text: &str) -> Result<Self, std::convert::Infallible> {
        Ok(match text {
            "-" => Self::StandardInput,
            path => Self::PrivateFile(PathBuf::from(path)),
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandardInput => f.write_str("standard input"),
            Self::File(path) | Self::PrivateFile(path) => write!(f, "{}", path.display()),
        }
    }
}

//! Which file is at a path, as the system tells files apart.

use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

/// A file, whatever its name: a copy has another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// That of the file at `path`.
    ///
    /// # Errors
    ///
    /// What the system says of a file that cannot be looked at.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        let found = fs::metadata(path)?;
        Ok(Self { device: found.dev(), inode: found.ino() })
    }
}

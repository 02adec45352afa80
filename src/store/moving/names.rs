//! The names of files beside other files.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// What the name of a file that is being written ends with.
pub(super) const UNFINISHED: &str = ".unfinished";

/// What SQLite, and we, put beside a database.
const BESIDE: &[&str] = &["-wal", "-shm", "-journal", ".lock"];

/// The path with something added to its name.
pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

/// Whether a file has the name of one that was not finished.
pub(super) fn is_unfinished(path: &Path) -> bool {
    path.as_os_str().to_string_lossy().ends_with(UNFINISHED)
}

/// Whether a file has the name of one that lies beside a database.
pub(super) fn is_beside(path: &Path) -> bool {
    let name = path.as_os_str().to_string_lossy();
    BESIDE.iter().any(|ending| name.ends_with(ending))
}

/// Removes what lies beside a database that is none yet.
pub(super) fn remove_beside(path: &Path) {
    for ending in BESIDE {
        // Most are not there.
        let _ = fs::remove_file(with_ending(path, ending));
    }
}

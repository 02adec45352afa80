//! The file of signing keys that a server without a store has.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use zeroize::Zeroizing;

use crate::{config::Wrong, model::secret::Random, tokens::OwnKeys};

use super::key_file::write_first;

/// The most that it may have, in bytes: some hundred keys.
const LARGEST: u64 = 256 * 1024;

/// Reads the signing keys in the file at `path`, which not every user may read.
///
/// # Errors
///
/// What is wrong with it, to be read after the name of the setting.
pub fn read_own_keys(path: &Path) -> Result<OwnKeys, Wrong> {
    let shown = path.display();
    let remedy = "name a regular file with private keys that this server may read";
    let unreadable =
        |error: std::io::Error| Wrong::new(format!("{shown} can't be read: {error}"), remedy);
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(Wrong::new(format!("{shown} is no file of keys"), remedy));
    }
    if metadata.permissions().mode() & 0o007 != 0 {
        let remedy = format!("chmod 600 {shown}; and put other keys into it if it was open before");
        return Err(Wrong::new(format!("{shown} is open to every user"), remedy));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(unreadable)?);
    OwnKeys::read(&text).map_err(|problem| {
        let remedy = "put private keys into it: PEM, one after the other, or a JWK set";
        Wrong::new(format!("{shown} {problem}"), remedy)
    })
}

/// Makes the file at `path`, which nobody but its owner may read: whole, or not at all. One that
/// is there by then stays as it is. Returns whether it was made.
///
/// # Errors
///
/// That it cannot be made, to be read after the name of the setting.
pub fn write_own_keys(
    path: &Path,
    pem: &Zeroizing<String>,
    random: &Random,
) -> Result<bool, Wrong> {
    write_first(path, pem, random).map_err(|error| {
        let problem = format!("{} can't be made: {error}", path.display());
        Wrong::new(problem, "make the folder writable, or put the file there")
    })
}

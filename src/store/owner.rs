//! One process owns an SQLite file: its caches can then never be stale.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown},
    path::{Path, PathBuf},
};

use super::{Error, Result, file_identity::FileIdentity};

/// The lock beside an SQLite file, held until it is dropped or the process ends.
///
/// It is the operating system's lock on an open file, so a process that was killed leaves nothing
/// behind that would have to be cleaned up.
pub(super) struct OwnerLock {
    file: File,
}

/// Whether somebody owns the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owned {
    /// Another process has it open.
    ByAnother,
    /// Nobody has.
    ByNobody,
}

impl Owned {
    /// Looks whether another process has the SQLite file at `path` open.
    #[must_use]
    pub fn look(path: &Path) -> Owned {
        match OwnerLock::take(path) {
            Err(Error::Owned(_)) => Owned::ByAnother,
            _ => Owned::ByNobody,
        }
    }
}

impl OwnerLock {
    /// Takes the lock for the database at `path`, making its folder where that is missing.
    ///
    /// # Errors
    ///
    /// [`Error::Owned`] if another process holds it, [`Error::File`] if it cannot be made.
    pub(super) fn take(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            // What lies in it is for its owner alone: master key, database, socket.
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|e| Error::File(folder.to_owned(), e))?;
        }
        let lock = beside(path, ".lock");
        let file = open_lock(path, &lock).map_err(|e| Error::File(lock.clone(), e))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(Error::Owned(path.to_owned())),
            Err(TryLockError::Error(e)) => Err(Error::File(lock, e)),
        }
    }
}

impl Drop for OwnerLock {
    /// Closing the file would leave it locked for as long as a child has it too, which this process
    /// began a moment ago and which is not yet the program that it is to be.
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            tracing::debug!(
                event = "store.lock_kept",
                reason = %error,
                "the lock of the database was not given up: {error}"
            );
        }
    }
}

/// Opens the lock of the database at `path`. One that an administrator makes is the service's.
fn open_lock(path: &Path, lock: &Path) -> io::Result<File> {
    match File::options().create_new(true).write(true).mode(0o600).open(lock) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            File::options().create(true).truncate(false).write(true).mode(0o600).open(lock)
        }
        made => {
            let made = made?;
            give_to_owner_of(path, &made)?;
            Ok(made)
        }
    }
}

/// The user and group who own the file at `path`, or its folder while there is none.
pub(super) fn owner_of(path: &Path) -> io::Result<(u32, u32)> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::metadata(folder.unwrap_or(Path::new(".")))
        }
        found => found,
    }?;
    Ok((found.uid(), found.gid()))
}

/// Gives a file that an administrator made to whoever owns the one at `path`, or its folder: what
/// belonged to the administrator, the service could not open.
pub(super) fn give_to_owner_of(path: &Path, file: &File) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let (user, group) = owner_of(path)?;
    match fchown(file, Some(user), Some(group)) {
        // Not every administrator may, in a container say, and not every file system has owners.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        given => given,
    }
}

/// Makes the database file, if there is none, so that only its owner can read it; SQLite gives the
/// files beside it the same mode.
pub(super) fn make_private(path: &Path) -> Result<()> {
    let made = File::options().append(true).create(true).mode(0o600).open(path);
    made.map(drop).map_err(|e| Error::File(path.to_owned(), e))
}

/// The file of an open SQLite database, as the system tells files apart.
pub(super) struct DatabaseFile {
    path: PathBuf,
    identity: FileIdentity,
}

impl DatabaseFile {
    /// Remembers which file is at `path`.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if none can be looked at.
    pub(super) fn at(path: &Path) -> Result<Self> {
        let identity = FileIdentity::at(path).map_err(|e| Error::File(path.to_owned(), e))?;
        Ok(Self { path: path.to_owned(), identity })
    }

    /// Where it was opened.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes sure that it is still there. SQLite would go on with a file that was moved or
    /// deleted, and what we acknowledged would be gone with the process.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] until it is back.
    pub(super) fn is_in_place(&self) -> Result<()> {
        if FileIdentity::at(&self.path).map_err(sqlx::Error::Io)? == self.identity {
            return Ok(());
        }
        let text = "another file took the place of the database";
        Err(sqlx::Error::Io(io::Error::other(text)).into())
    }
}

/// The socket through which the owner of the SQLite file at `path` takes commands.
#[must_use]
pub fn socket_path(path: &Path) -> PathBuf {
    beside(path, ".sock")
}

/// Where the master key of the SQLite file at `path` is, unless the settings say otherwise.
#[must_use]
pub fn key_path(path: &Path) -> PathBuf {
    beside(path, ".key")
}

/// A file beside the database itself, whichever of its names it was opened by: with a lock for
/// every symbolic link it would have as many owners.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let real = fs::canonicalize(path).unwrap_or_else(|_| {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = fs::canonicalize(parent.unwrap_or(Path::new(".")));
        match (parent, path.file_name()) {
            (Ok(parent), Some(name)) => parent.join(name),
            _ => path.to_owned(),
        }
    });
    let mut name = OsString::from(real);
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_given_up_at_once_also_where_a_child_has_its_file_open() {
        let folder = std::env::temp_dir().join(format!("tessera-lock-{}", std::process::id()));
        let path = folder.join("tessera.db");
        let lock = OwnerLock::take(&path).unwrap();
        // What a child has between its birth and the program that it becomes.
        let inherited = lock.file.try_clone().unwrap();
        assert_eq!(Owned::look(&path), Owned::ByAnother);

        drop(lock);

        assert_eq!(Owned::look(&path), Owned::ByNobody);
        drop(inherited);
        fs::remove_dir_all(folder).unwrap();
    }
}

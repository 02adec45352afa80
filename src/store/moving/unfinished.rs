//! Files that are there whole or not at all.

use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::{fs::OFlags, process::geteuid};

use super::{
    super::owner::{give_to_owner_of, owner_of},
    names::{UNFINISHED, remove_beside, with_ending},
    obstacle::{Obstacle, Outcome},
};

/// How often to try to make a file while others remove theirs.
const TRIES: u32 = 10;

/// A file that is being written. Removed when dropped, unless it was finished.
pub(super) struct Unfinished {
    target: PathBuf,
    path: PathBuf,
    /// Locked, so that two that write the same file do not meet.
    file: Option<File>,
}

/// What to do with a file that is in the place of one that is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    Keep,
    Replace,
}

impl Unfinished {
    /// Begins to write the file `target`: makes another beside it, empty, that only its owner can
    /// read. One that was left behind goes; what is in it stays, should it have another name.
    ///
    /// # Errors
    ///
    /// [`Obstacle::BeingWritten`], and [`Obstacle::File`] for one that is not ours.
    pub(super) fn begin(target: &Path) -> Outcome<Self> {
        let path = with_ending(target, UNFINISHED);
        let refused = |error| Obstacle::File(path.clone(), error);
        for _ in 0..TRIES {
            match File::options().create_new(true).write(true).mode(0o600).open(&path) {
                Ok(file) => {
                    lock(&file, target, &path)?;
                    // Until it was locked, another may have taken it for one that was left behind.
                    if !is_at(&file, &path).map_err(refused)? {
                        break;
                    }
                    remove_beside(&path);
                    return Ok(Self { target: target.to_owned(), path, file: Some(file) });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    if let Some(file) = open_leftover(target, &path).map_err(refused)? {
                        remove_leftover(&file, target, &path)?;
                    }
                }
                Err(error) => return Err(refused(error)),
            }
        }
        Err(Obstacle::BeingWritten(target.to_owned()))
    }

    /// Where it is written.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes were written so far.
    pub(super) fn length(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |file| file.len())
    }

    /// Puts the whole file in its place, on disk. Returns its length.
    ///
    /// # Errors
    ///
    /// [`Obstacle::Exists`] if another is there and is to be kept.
    pub(super) fn finish(mut self, existing: Existing) -> Outcome<u64> {
        let refused = |error| Obstacle::File(self.target.clone(), error);
        if !self.is_ours() {
            return Err(Obstacle::BeingWritten(self.target.clone()));
        }
        remove_beside(&self.path);
        let length = File::open(&self.path).and_then(|file| {
            file.sync_all()?;
            Ok(file.metadata()?.len())
        });
        let length = length.map_err(refused)?;
        match existing {
            Existing::Replace => fs::rename(&self.path, &self.target).map_err(refused)?,
            Existing::Keep => put_in_free_place(&self.path, &self.target)?,
        }
        sync_folder(&self.target).map_err(refused)?;
        self.file = None;
        Ok(length)
    }

    /// Gives the file to the owner of the one in its place, or of the folder, where we may.
    pub(super) fn give_to_owner(&self) -> Outcome<()> {
        let Some(file) = &self.file else { return Ok(()) };
        give_to_owner_of(&self.target, file)
            .map_err(|error| Obstacle::File(self.path.clone(), error))
    }

    /// Whether the file that we locked is still the one of this name.
    fn is_ours(&self) -> bool {
        self.file.as_ref().is_some_and(|file| is_at(file, &self.path).unwrap_or(false))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.is_ours() {
            let _ = fs::remove_file(&self.path);
            remove_beside(&self.path);
        }
    }
}

/// Opens what was left behind; `None` if it is gone by now. A symbolic link is not followed, a pipe
/// not waited for.
fn open_leftover(target: &Path, path: &Path) -> io::Result<Option<File>> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = match File::options().read(true).custom_flags(flags).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let found = file.metadata()?;
    let us = geteuid();
    // A kill may have come just after it was given to its owner.
    let is_given = us.is_root() && owner_of(target).is_ok_and(|(user, _)| found.uid() == user);
    if found.is_file() && (found.uid() == us.as_raw() || is_given) {
        return Ok(Some(file));
    }
    Err(io::Error::new(ErrorKind::PermissionDenied, "it is no file of ours"))
}

/// Removes what was left behind, unless it got a name of its own meanwhile.
fn remove_leftover(file: &File, target: &Path, path: &Path) -> Outcome<()> {
    let refused = |error| Obstacle::File(path.to_owned(), error);
    lock(file, target, path)?;
    if is_at(file, path).map_err(refused)? {
        fs::remove_file(path).map_err(refused)?;
    }
    Ok(())
}

fn lock(file: &File, target: &Path, path: &Path) -> Outcome<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Obstacle::BeingWritten(target.to_owned())),
        Err(TryLockError::Error(error)) => Err(Obstacle::File(path.to_owned(), error)),
    }
}

/// Whether an open file is the one at `path`.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let id = |about: fs::Metadata| (about.dev(), about.ino());
    match fs::symlink_metadata(path) {
        Ok(named) => Ok(id(named) == id(file.metadata()?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Gives a file its name, unless another has it.
fn put_in_free_place(from: &Path, to: &Path) -> Outcome<()> {
    let refused = |error: io::Error| match error.kind() {
        ErrorKind::AlreadyExists => Obstacle::Exists(to.to_owned()),
        _ => Obstacle::File(to.to_owned(), error),
    };
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from).map_err(refused),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(refused(error)),
        // Some file systems have no second names.
        Err(_) if to.exists() => Err(Obstacle::Exists(to.to_owned())),
        Err(_) => fs::rename(from, to).map_err(refused),
    }
}

/// Waits until the names in the folder of `path` are on disk.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::{env, process};

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("tessera_unfinished_{name}_{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_file_that_is_not_finished_leaves_nothing() {
        let folder = folder("dropped");
        let unfinished = Unfinished::begin(&folder.join("a.db")).unwrap();
        fs::write(with_ending(unfinished.path(), "-wal"), "x").unwrap();

        drop(unfinished);

        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_takes_the_place_of_another_only_where_it_may() {
        let folder = folder("placed");
        let target = folder.join("a.db");
        fs::write(&target, "old").unwrap();

        let kept = Unfinished::begin(&target).unwrap().finish(Existing::Keep);
        assert!(matches!(kept, Err(Obstacle::Exists(_))));
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");

        let unfinished = Unfinished::begin(&target).unwrap();
        fs::write(unfinished.path(), "new").unwrap();
        assert_eq!(unfinished.finish(Existing::Replace).unwrap(), 3);
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn of_two_that_write_the_same_file_one_is_refused() {
        let folder = folder("twice");
        let first = Unfinished::begin(&folder.join("a.db")).unwrap();

        let second = Unfinished::begin(&folder.join("a.db"));

        assert!(matches!(second, Err(Obstacle::BeingWritten(_))));
        drop(first);
        fs::remove_dir_all(folder).unwrap();
    }

    /// A kill between the two steps of getting its name leaves it with both.
    #[test]
    fn what_was_left_behind_is_removed_and_never_emptied() {
        let folder = folder("left");
        let target = folder.join("a.db");
        fs::write(&target, "whole").unwrap();
        fs::hard_link(&target, with_ending(&target, UNFINISHED)).unwrap();

        let unfinished = Unfinished::begin(&target).unwrap();

        assert_eq!(unfinished.length(), 0);
        assert_eq!(fs::read_to_string(&target).unwrap(), "whole");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_that_was_finished_after_another_opened_it_is_not_touched() {
        let folder = folder("late");
        let target = folder.join("a.db");
        let first = Unfinished::begin(&target).unwrap();
        fs::write(first.path(), "whole").unwrap();
        let late = open_leftover(&target, first.path()).unwrap().unwrap();
        let refused = remove_leftover(&late, &target, first.path());
        assert!(matches!(refused, Err(Obstacle::BeingWritten(_))));

        first.finish(Existing::Keep).unwrap();
        let third = Unfinished::begin(&target).unwrap();
        remove_leftover(&late, &target, third.path()).unwrap();

        assert_eq!(fs::read_to_string(&target).unwrap(), "whole");
        assert!(third.path().exists());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_not_ours_is_neither_followed_nor_removed() {
        let folder = folder("foreign");
        let (target, elsewhere) = (folder.join("a.db"), folder.join("elsewhere"));
        let unfinished = with_ending(&target, UNFINISHED);
        fs::write(&elsewhere, "precious").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &unfinished).unwrap();

        assert!(matches!(Unfinished::begin(&target), Err(Obstacle::File(..))));

        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
        fs::remove_file(&unfinished).unwrap();
        fs::write(&unfinished, "theirs").unwrap();
        // Only an administrator can give a file away.
        if std::os::unix::fs::chown(&unfinished, Some(4242), None).is_ok() {
            assert!(matches!(Unfinished::begin(&target), Err(Obstacle::File(..))));
            assert_eq!(fs::read_to_string(&unfinished).unwrap(), "theirs");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}

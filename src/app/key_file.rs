//! The file of the master key beside an SQLite store: there whole or not at all, whenever we are
//! killed or the power fails.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{
    config::{Config, MasterBytes, MasterSource, StoreUrl},
    model::secret::{Random, same},
    store::key_path,
    tokens::MasterKey,
};

use super::{
    OpenError,
    master::{fault, read},
};

/// The file of the master key beside an SQLite store.
#[derive(Debug)]
pub struct KeyFile(PathBuf);

impl KeyFile {
    /// The file, if that is where the settings have the master key.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        match (&config.keys.master, &config.store.url) {
            (MasterSource::BesideStore, StoreUrl::Sqlite(database)) => {
                Some(Self(key_path(database)))
            }
            _ => None,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where a new key waits to take its place.
    #[must_use]
    pub fn waiting(&self) -> PathBuf {
        beside(&self.0, ".new")
    }

    /// Writes the first key. Only the owner of the database gets here.
    pub(super) fn write(&self, bytes: &[u8; 32]) -> io::Result<()> {
        write_key(&self.0, bytes)
    }

    /// Writes a new key beside the one in force, and that one, from memory, to where it is kept
    /// from now on: it opens the backups made until now. Returns where. Whatever fails from here
    /// on, both are on disk. A key that waits already is settled first, and never written over.
    ///
    /// # Errors
    ///
    /// [`OpenError::MasterKey`] if that could not be done, or the new key could not take the place
    /// of what is there; then the key in force is where it was.
    pub fn prepare(&self, in_force: &MasterKey, new: &MasterBytes) -> Result<PathBuf, OpenError> {
        let (check, waiting) = (in_force.check_value(), self.waiting());
        self.settle(Some(&check))?;
        let is_other = |path: &Path| Ok::<_, OpenError>(path.exists() && !holds(path, &check)?);
        for path in [&waiting, &self.0] {
            if is_other(path)? {
                let problem = format!("{} holds a key that is not in force", path.display());
                return Err(fault(problem, "move it to a safe place, then try again"));
            }
        }
        let kept = self.old(&check);
        for (path, bytes) in [(&kept, in_force.expose()), (&waiting, new.expose())] {
            write_key(path, bytes).map_err(|error| {
                let problem = format!("can't write {}: {error}", path.display());
                fault(problem, "make room and the folder writable")
            })?;
        }
        Ok(kept)
    }

    /// Puts the new key in the place of the old one.
    ///
    /// # Errors
    ///
    /// What the system says; then the next start tries again, and so does [`KeyFile::prepare`].
    pub fn take(&self) -> io::Result<()> {
        fs::rename(self.waiting(), &self.0)?;
        sync_folder(&self.0)
    }

    /// Which file holds the key with this check value: its own, as long as no other is known to.
    #[must_use]
    pub fn holder(&self, in_force: &[u8]) -> PathBuf {
        let mut places = [self.0.clone(), self.waiting(), self.old(in_force)].into_iter();
        let found = places.find(|path| holds(path, in_force).unwrap_or(false));
        found.unwrap_or_else(|| self.0.clone())
    }

    /// Where the key with this check value was kept when another took its place.
    fn old(&self, check: &[u8]) -> PathBuf {
        let beginning = check.first_chunk().map_or(0, |first| u32::from_be_bytes(*first));
        beside(&self.0, &format!(".old-{beginning:08x}"))
    }

    /// Reads the key. Refuses one that was put in the place of the one in force, where that was
    /// kept: the database is an older one, from a backup.
    pub(super) fn read(&self, in_force: Option<&[u8]>) -> Result<MasterBytes, OpenError> {
        let bytes = read(&self.0)?;
        let Some(in_force) = in_force.filter(|check| !same(check, &check_value(&bytes))) else {
            return Ok(bytes);
        };
        let (path, old) = (self.0.display(), self.old(in_force));
        if !old.exists() {
            return Ok(bytes);
        }
        Err(OpenError::MasterKey {
            problem: format!("{path} took the place of the key that this database is sealed with"),
            remedy: format!(
                "keep it with the backups that need it, and: cp {} {path}",
                old.display()
            ),
        })
    }

    /// Ends what a process that was killed while it put another key in force left undone.
    /// `in_force` is the check value in the database. No key is thrown away: backups may need it.
    pub(super) fn settle(&self, in_force: Option<&[u8]>) -> Result<(), OpenError> {
        let new = self.waiting();
        if !new.exists() {
            return Ok(());
        }
        let waiting = read(&new)?;
        let there = if self.0.exists() { Some(read(&self.0)?) } else { None };
        let is_in_force =
            |key: &MasterBytes| in_force.is_some_and(|check| same(check, &check_value(key)));
        let settled = if is_in_force(&waiting) {
            let keep = |key: &MasterBytes| write_key(&self.old(&check_value(key)), key.expose());
            there.as_ref().map_or(Ok(()), keep).and_then(|()| self.take())
        } else if there.as_ref().is_some_and(is_in_force) {
            fs::rename(&new, self.old(&check_value(&waiting))).and_then(|()| sync_folder(&new))
        } else {
            // Neither is in force: somebody has to look.
            Ok(())
        };
        settled.map_err(|error| {
            let problem = format!("can't put {} in its place: {error}", new.display());
            fault(problem, "make the folder writable")
        })
    }
}

fn holds(path: &Path, check: &[u8]) -> Result<bool, OpenError> {
    Ok(same(check, &check_value(&read(path)?)))
}

fn check_value(bytes: &MasterBytes) -> [u8; 32] {
    MasterKey::new(&Zeroizing::new(*bytes.expose())).check_value()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn write_key(path: &Path, bytes: &[u8; 32]) -> io::Result<()> {
    write_whole(path, &Zeroizing::new(format!("{}\n", STANDARD.encode(bytes))))
}

/// Makes a file that is there whole or not at all, and that nobody but its owner can read: half a
/// key would keep every later start from making a whole one.
pub(super) fn write_whole(path: &Path, text: &Zeroizing<String>) -> io::Result<()> {
    let unfinished = beside(path, ".unfinished");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    // Its name too has to be on disk before anything is sealed with it.
    sync_folder(path)
}

/// Makes a file as [`write_whole`] does, unless there is one: whatever another process puts there
/// meanwhile, whole as it is, stays. Returns whether it is ours. `draw` tells the file apart from
/// that of whoever tries at the same time.
pub(super) fn write_first(
    path: &Path,
    text: &Zeroizing<String>,
    draw: &Random,
) -> io::Result<bool> {
    let unfinished = beside(path, &format!(".unfinished-{:016x}", draw.bits()));
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    // It takes its name only where nothing has it, which a rename would not heed.
    let linked = written.and_then(|()| fs::hard_link(&unfinished, path));
    fs::remove_file(&unfinished)?;
    match linked {
        Ok(()) => sync_folder(path).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

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
    model::secret::same,
    store::key_path,
    tokens::MasterKey,
};

use super::{OpenError, master::read};

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
        write_whole(&self.0, bytes)
    }

    /// Writes a new key beside the one in force.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn prepare(&self, new: &MasterBytes) -> io::Result<()> {
        write_whole(&self.waiting(), new.expose())
    }

    /// Puts the new key in the place of the old one, which is kept beside it: it opens the backups
    /// made until now. Returns where.
    ///
    /// # Errors
    ///
    /// What the system says; then the next start tries again.
    pub fn take(&self) -> io::Result<PathBuf> {
        let old = read(&self.0).map_err(|error| io::Error::other(error.to_string()))?;
        let kept = self.old(&check_value(&old));
        write_whole(&kept, old.expose())?;
        fs::rename(self.waiting(), &self.0)?;
        sync_folder(&self.0)?;
        Ok(kept)
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
    /// `in_force` is the check value in the database.
    pub(super) fn settle(&self, in_force: Option<&[u8]>) -> Result<(), OpenError> {
        let new = self.waiting();
        if !new.exists() {
            return Ok(());
        }
        let undone = |error: io::Error| OpenError::MasterKey {
            problem: format!("can't put {} in its place: {error}", new.display()),
            remedy: "make the folder writable".to_owned(),
        };
        let is_in_force =
            |key: &MasterBytes| in_force.is_some_and(|check| same(check, &check_value(key)));
        if is_in_force(&read(&new)?) {
            return self.take().map(drop).map_err(undone);
        }
        // It never came to be in force. Where the other is not in force either, somebody has to
        // look: nothing is thrown away.
        if self.0.exists() && is_in_force(&read(&self.0)?) {
            fs::remove_file(&new).map_err(undone)?;
        }
        Ok(())
    }
}

fn check_value(bytes: &MasterBytes) -> [u8; 32] {
    MasterKey::new(&Zeroizing::new(*bytes.expose())).check_value()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Makes a file that is there whole or not at all, and that nobody but its owner can read: half a
/// key would keep every later start from making a whole one.
fn write_whole(path: &Path, bytes: &[u8; 32]) -> io::Result<()> {
    let text = Zeroizing::new(format!("{}\n", STANDARD.encode(bytes)));
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

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

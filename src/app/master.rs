//! Where the master key comes from, and that it is the right one.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{
    config::{Config, MasterBytes, MasterSource, StoreUrl},
    model::secret::{Random, same},
    store::{Store, key_path},
    tokens::MasterKey,
};

use super::OpenError;

/// The master key, and where it was made if it is new.
pub(super) struct FoundMaster {
    pub(super) bytes: Zeroizing<[u8; 32]>,
    pub(super) made_at: Option<PathBuf>,
}

/// Finds the master key that `config` names, making one beside a new SQLite file.
pub(super) async fn find(
    config: &Config,
    store: &Store,
    random: &Random,
) -> Result<FoundMaster, OpenError> {
    let path = match (&config.keys.master, &config.store.url) {
        (MasterSource::Value(bytes), _) => return Ok(found(bytes)),
        (MasterSource::File(path), _) => return read(path).map(|bytes| found(&bytes)),
        (MasterSource::BesideStore, StoreUrl::Sqlite(database)) => key_path(database),
        (MasterSource::BesideStore, StoreUrl::Postgres(_)) => {
            return Err(fault("none is set", "set keys.master"));
        }
    };
    if path.exists() {
        return read(&path).map(|bytes| found(&bytes));
    }
    if store.read().await?.has_master_check().await? {
        let remedy = "restore it from your backup; without it what the database seals is lost";
        return Err(fault(format!("{} is gone", path.display()), remedy));
    }
    let bytes = Zeroizing::new(random.bytes::<32>());
    write(&path, &bytes)?;
    Ok(FoundMaster { bytes, made_at: Some(path) })
}

/// Records the check value of the key in a new database; refuses a key that is not the one the
/// database was used with.
pub(super) async fn settle(store: &Store, key: &MasterKey) -> Result<(), OpenError> {
    let check = key.check_value();
    let in_force = store.write().await?.settle_master_check(&check).await?;
    if same(&in_force, &check) {
        return Ok(());
    }
    let remedy = "set keys.master to the key that this database was first used with";
    Err(fault("it is not the one that this database is sealed with", remedy))
}

fn found(bytes: &MasterBytes) -> FoundMaster {
    FoundMaster { bytes: Zeroizing::new(*bytes.expose()), made_at: None }
}

fn read(path: &Path) -> Result<MasterBytes, OpenError> {
    let unreadable = |error: std::io::Error| {
        fault(format!("can't read {}: {error}", path.display()), "check keys.master and the file")
    };
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if mode & 0o007 != 0 {
        let remedy = format!("chmod 600 {}", path.display());
        return Err(fault(format!("{} is open to every user", path.display()), remedy));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(unreadable)?);
    MasterBytes::decode(text.trim()).map_err(|problem| {
        let remedy = "it must hold 32 bytes in base64, as `openssl rand -base64 32` prints them";
        fault(format!("{}: {problem}", path.display()), remedy)
    })
}

/// Writes the key where nobody but its owner can read it. Only the owner of the database gets here.
fn write(path: &Path, bytes: &[u8; 32]) -> Result<(), OpenError> {
    let text = Zeroizing::new(format!("{}\n", STANDARD.encode(bytes)));
    write_whole(path, text.as_bytes()).map_err(|error| {
        let problem = format!("can't write {}: {error}", path.display());
        fault(problem, "make the folder writable, or set keys.master")
    })
}

/// Makes a file that is there whole or not at all, even if we are killed or the power fails: half a
/// key would keep every later start from making a whole one.
fn write_whole(path: &Path, text: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("key.unfinished");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    // Its name too has to be on disk before anything is sealed with it.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn fault(problem: impl Into<String>, remedy: impl Into<String>) -> OpenError {
    OpenError::MasterKey { problem: problem.into(), remedy: remedy.into() }
}

//! Where the master key comes from, and that it is the right one.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{
    config::{Config, MasterBytes, MasterSource},
    model::secret::{Random, same},
    store::Store,
    tokens::MasterKey,
};

use super::{KeyFile, OpenError};

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
    let file = match &config.keys.master {
        MasterSource::Value(bytes) => return Ok(found(bytes)),
        MasterSource::File(path) => return read(path).map(|bytes| found(&bytes)),
        MasterSource::BesideStore => KeyFile::of(config),
    };
    let file = file.ok_or_else(|| fault("none is set", "set keys.master"))?;
    let in_force = store.read().await?.master_check().await?;
    file.settle(in_force.as_deref())?;
    let path = file.path();
    if path.exists() {
        return file.read(in_force.as_deref()).map(|bytes| found(&bytes));
    }
    if in_force.is_some() {
        let remedy = "restore it from your backup; without it what the database seals is lost";
        return Err(fault(format!("{} is gone", path.display()), remedy));
    }
    let bytes = Zeroizing::new(random.bytes::<32>());
    file.write(&bytes).map_err(|error| {
        let problem = format!("can't write {}: {error}", path.display());
        fault(problem, "make the folder writable, or set keys.master")
    })?;
    Ok(FoundMaster { bytes, made_at: Some(path.to_owned()) })
}

/// The check value of the master key that `config` names, which must be there.
///
/// # Errors
///
/// [`OpenError::MasterKey`] if it is not, or cannot be read.
pub fn master_check(config: &Config) -> Result<[u8; 32], OpenError> {
    let read = match &config.keys.master {
        MasterSource::Value(bytes) => found(bytes),
        MasterSource::File(path) => found(&read(path)?),
        MasterSource::BesideStore => {
            let file =
                KeyFile::of(config).ok_or_else(|| fault("none is set", "set keys.master"))?;
            let path = file.path();
            if !path.exists() {
                let remedy = "put the master key of the store there, or set keys.master";
                return Err(fault(format!("{} is not there", path.display()), remedy));
            }
            found(&read(path)?)
        }
    };
    Ok(MasterKey::new(&read.bytes).check_value())
}

/// Records the check value of the key in a new database; refuses a key that is not the one the
/// database was used with.
pub(super) async fn settle(store: &Store, key: &MasterKey) -> Result<(), OpenError> {
    let check = key.check_value();
    let in_force = store.write().await?.settle_master_check(&check).await?;
    if same(&in_force, &check) {
        return Ok(());
    }
    let remedy = "set keys.master to the key in force: the first one that this database was used \
                  with, or the last one that tessera key rewrap was given";
    Err(fault("it is not the one that this database is sealed with", remedy))
}

fn found(bytes: &MasterBytes) -> FoundMaster {
    FoundMaster { bytes: Zeroizing::new(*bytes.expose()), made_at: None }
}

pub(super) fn read(path: &Path) -> Result<MasterBytes, OpenError> {
    let unreadable = |error: std::io::Error| {
        fault(format!("can't read {}: {error}", path.display()), "check keys.master and the file")
    };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    // Whatever else can be read, such as a pipe, may do.
    if metadata.is_dir() {
        let problem = format!("{} is no regular file", path.display());
        return Err(fault(problem, "check keys.master and the file"));
    }
    if metadata.permissions().mode() & 0o007 != 0 {
        let remedy = format!("chmod 600 {}", path.display());
        return Err(fault(format!("{} is open to every user", path.display()), remedy));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(unreadable)?);
    MasterBytes::decode(text.trim()).map_err(|problem| {
        let remedy = "it must hold 32 bytes in base64, as `openssl rand -base64 32` prints them";
        fault(format!("{}: {problem}", path.display()), remedy)
    })
}

pub(super) fn fault(problem: impl Into<String>, remedy: impl Into<String>) -> OpenError {
    OpenError::MasterKey { problem: problem.into(), remedy: remedy.into() }
}

//! The signing keys of a server without a store: out of a file that its operator keeps, or in
//! memory only.

use std::path::{Path, PathBuf};

use crate::{
    acts::Result,
    app::{App, read_own_keys, write_own_keys},
    config::{Config, Fault, Wrong},
    model::{
        signature_algorithm::SignatureAlgorithm,
        signing_key::{SigningKey, SigningKeyState},
    },
    tokens::OwnKeys,
};

/// The setting that names the file.
const KEY: &str = "keys.file";

/// The keys that there are, and the file if it was just made.
pub struct Own {
    /// As rows of a store would be.
    pub rows: Vec<SigningKey>,
    /// Where they were just put.
    pub made_at: Option<PathBuf>,
}

/// The keys that sign by `algorithms`: those of the file that `config` names or, where it names
/// none, those of before and new ones.
///
/// A file that is not there is made the first time, by a server that only this machine can reach.
/// Elsewhere it was lost or not mounted, and other servers may have it: a key of our own would sign
/// what they refuse, and refuse what they signed.
///
/// # Errors
///
/// Only where the library refuses, or keys cannot be held; what is wrong with the file is a fault.
pub async fn own(
    app: &App,
    config: &Config,
    algorithms: &[SignatureAlgorithm],
) -> Result<std::result::Result<Own, Vec<Fault>>> {
    let Some(path) = config.keys.file.clone() else { return in_memory(app, algorithms).await };
    let fault = |wrong: Wrong| wrong.at(KEY, path.display());
    let before = app.store.signing_keys().await?;
    let is_missing = path.try_exists().is_ok_and(|exists| !exists);
    let may_make = before.is_empty() && app.issuer.is_loopback();
    let mut made_at = None;
    if is_missing && may_make {
        let pem = OwnKeys::draw(algorithms).await?;
        // Of several servers that start together, one makes it, and all read it.
        match write_own_keys(&path, &pem, &app.random) {
            Ok(is_ours) => made_at = is_ours.then(|| path.clone()),
            Err(wrong) => return Ok(Err(vec![fault(wrong)])),
        }
    }
    let keys = match read_fit(&path, algorithms) {
        Ok(keys) => keys,
        Err(faults) => return Ok(Err(faults)),
    };
    let rows = keys.rows(app.tokens.sealer(), app.now())?;
    Ok(Ok(Own { rows, made_at }))
}

/// What a start would find wrong with the file that `config` names. `may_make` where a start makes
/// one that is missing.
#[must_use]
pub fn own_faults(
    config: &Config,
    algorithms: &[SignatureAlgorithm],
    may_make: bool,
) -> Vec<Fault> {
    let is_missing = |path: &&PathBuf| path.try_exists().is_ok_and(|exists| !exists);
    match &config.keys.file {
        Some(path) if !(may_make && is_missing(&path)) => {
            read_fit(path, algorithms).err().unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// Reads the keys in a file, of which one signs by each of `algorithms`.
fn read_fit(
    path: &Path,
    algorithms: &[SignatureAlgorithm],
) -> std::result::Result<OwnKeys, Vec<Fault>> {
    let fault = |wrong: Wrong| wrong.at(KEY, path.display());
    let keys = read_own_keys(path).map_err(|wrong| vec![fault(wrong)])?;
    let faults: Vec<_> = missing(&keys, algorithms, path).map(fault).collect();
    if faults.is_empty() { Ok(keys) } else { Err(faults) }
}

/// The algorithms by which no key in the file signs.
fn missing<'a>(
    keys: &'a OwnKeys,
    algorithms: &'a [SignatureAlgorithm],
    path: &'a Path,
) -> impl Iterator<Item = Wrong> {
    let lacks = |algorithm: &&SignatureAlgorithm| keys.signing(**algorithm).is_none();
    algorithms.iter().filter(lacks).map(|algorithm| {
        let problem = format!("{} has no key that signs {algorithm}", path.display());
        Wrong::new(problem, format!("append one, or let nobody's tokens be signed by {algorithm}"))
    })
}

async fn in_memory(
    app: &App,
    algorithms: &[SignatureAlgorithm],
) -> Result<std::result::Result<Own, Vec<Fault>>> {
    let mut rows = app.store.signing_keys().await?.to_vec();
    let signs = |algorithm: &SignatureAlgorithm| {
        let is_it =
            |row: &SigningKey| row.state == SigningKeyState::Active && row.algorithm == *algorithm;
        rows.iter().any(is_it)
    };
    let lacking: Vec<_> = algorithms.iter().filter(|known| !signs(known)).copied().collect();
    if !lacking.is_empty() {
        let pem = OwnKeys::draw(&lacking).await?;
        let drawn = OwnKeys::read(&pem).expect("what was just drawn can be read");
        rows.extend(drawn.rows(app.tokens.sealer(), app.now())?);
    }
    Ok(Ok(Own { rows, made_at: None }))
}

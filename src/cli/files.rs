//! The files with secrets and keys that settings name, looked at before somebody needs them.

use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::Path,
};

use crate::{
    acts::declared,
    app::{judge_secret_file, secret_files},
    config::{Faults, Loaded, note_of_sample},
    model::timestamp::Timestamp,
};

use super::{declared::gather_all, environment::Environment, open::issuer, problem::Problem};

/// Notes what is to be said of secrets in files that a start takes.
pub(super) fn note(loaded: &mut Loaded) {
    let on_loopback = loaded.config.is_on_loopback();
    let is_sample = |path: &Path| judge_secret_file(path, on_loopback).unwrap_or(false);
    let note = note_of_sample();
    if secret_files(&loaded.config).any(is_sample) && !loaded.notes.contains(&note) {
        loaded.notes.push(note);
    }
}

/// Judges the files as a start does. What only the server's own user may read is noted instead.
///
/// # Errors
///
/// A [`Problem`] with everything that a start would refuse.
pub(super) async fn judge(
    mut loaded: Loaded,
    environment: &Environment,
    now: Timestamp,
) -> Result<Loaded, Problem> {
    let mut faults = Vec::new();
    let config = &loaded.config;
    let on_loopback = config.is_on_loopback();
    let mut stated =
        loaded.settings.iter().filter(|setting| setting.path.starts_with("jwt.secret"));
    let stated = stated.rfind(|setting| setting.value.contains("file:"));
    for path in secret_files(config) {
        if is_denied(path) {
            loaded.notes.push(not_judged(path));
        } else if let Err(wrong) = judge_secret_file(path, on_loopback) {
            let key = stated.map_or("jwt.secret", |setting| setting.path);
            let from = stated.map_or(String::new(), |setting| setting.source.to_string());
            faults.push(wrong.at(key, from));
        }
    }
    let keys = config.keys.file.as_deref().filter(|_| !config.store.enabled);
    if let Some(path) = keys.filter(|path| is_denied(path)) {
        loaded.notes.push(not_judged(path));
    } else if keys.is_some() {
        let files = gather_all(&loaded, environment).await?;
        let may_make = issuer(config, config.server.listen).is_loopback();
        faults.extend(declared::key_faults(&files, config, (may_make, now)));
    }
    if faults.is_empty() { Ok(loaded) } else { Err(Faults(faults).into()) }
}

/// Judges the declared files beside a store, which is not opened, as far as it is not asked. One that
/// only the server's own user may read is noted, and then none is judged: they are one declaration.
///
/// # Errors
///
/// A [`Problem`] with everything that a start would refuse.
pub(super) async fn judge_declared(
    mut loaded: Loaded,
    environment: &Environment,
    now: Timestamp,
) -> Result<Loaded, Problem> {
    if !loaded.config.store.enabled {
        return Ok(loaded);
    }
    let folder = loaded.file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let paths = loaded.config.declare.iter().map(|path| folder.join(path));
    let denied: Vec<_> = paths.filter(|path| is_denied(path)).collect();
    if denied.is_empty() {
        let files = gather_all(&loaded, environment).await?;
        declared::judge(&files, &loaded.config.token_types, now)?;
    }
    loaded.notes.extend(denied.iter().map(|path| not_judged(path)));
    Ok(loaded)
}

fn is_denied(path: &Path) -> bool {
    let denied = |error: io::Error| error.kind() == ErrorKind::PermissionDenied;
    match fs::metadata(path) {
        // What is no file may make whoever opens it wait.
        Ok(metadata) => metadata.is_file() && File::open(path).is_err_and(denied),
        Err(error) => denied(error),
    }
}

fn not_judged(path: &Path) -> String {
    format!("{} is not for this user to read, and was not looked at.", path.display())
}

//! Declared files, and what they name outside themselves, read where this process runs.

use std::{
    fs::File,
    io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use crate::{
    acts::{
        self,
        declared::{self, DeclaredFile, External, Settled},
    },
    app::App,
    config::{Faults, Loaded, Wrong},
    model::{secret::Secret, timestamp::Timestamp},
};

use super::{
    environment::Environment,
    input::{self, READ_LIMIT},
    problem::{Exit, Problem},
    source::Source,
};

/// The most that a declared file may have, in bytes.
const DECLARED_LIMIT: u64 = 8 * 1024 * 1024;

/// Opens a pipe that nobody writes to without waiting for somebody who does.
const NO_WAITING: i32 = OFlags::NONBLOCK.bits().cast_signed();

/// Reads a declared file, and the variables and files that it names: relative paths count from its
/// own folder.
pub(super) async fn gather(
    source: Source,
    environment: &Environment,
) -> Result<DeclaredFile, Problem> {
    let name = source.to_string();
    let folder = match &source {
        Source::StandardInput => PathBuf::new(),
        Source::File(path) | Source::PrivateFile(path) => {
            path.parent().map(Path::to_owned).unwrap_or_default()
        }
    };
    let (text, is_open) = input::read_up_to(DECLARED_LIMIT, source).await?;
    let environment = environment.clone();
    let gathered = tokio::task::spawn_blocking(move || {
        let text = text.expose().to_owned();
        DeclaredFile::gather(name, text, |external| fetch(external, &folder, &environment))
            .open_to_all(is_open)
    });
    gathered.await.map_err(|error| {
        Problem::new(Exit::Unreachable, "can't read what the file names").said(error.to_string())
    })
}

fn fetch(external: &External, folder: &Path, environment: &Environment) -> Result<Secret, Wrong> {
    match external {
        External::Variable(name) => {
            let value = environment.get(name).map(|value| Secret::new(value.to_owned()));
            value.ok_or_else(|| Wrong::new("is not set", "set it where this command runs"))
        }
        External::SecretFile(path) => read(&folder.join(path), true),
        External::PublicFile(path) => read(&folder.join(path), false),
    }
}

fn read(path: &Path, is_secret: bool) -> Result<Secret, Wrong> {
    let unreadable = |error: io::Error| {
        Wrong::new(format!("can't be read: {error}"), "check the path and the permissions")
    };
    let file = File::options().read(true).custom_flags(NO_WAITING).open(path);
    let file = file.map_err(unreadable)?;
    // What is asked about is what is read, whatever stands at the path meanwhile.
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Wrong::new("is no regular file", "name a file that holds it"));
    }
    if is_secret && metadata.permissions().mode() & 0o007 != 0 {
        let remedy = "chmod 600 it, and put another secret into it";
        return Err(Wrong::new("is open to every user", remedy));
    }
    input::read_limited(READ_LIMIT, file).map_err(unreadable)
}

/// Makes the store as the token types of the settings, and the declared files that they name, say:
/// all of it or nothing. Where there is no store, they are held in memory. A reload calls this with the settings as they were read anew: where it
/// fails, nothing has changed.
///
/// # Errors
///
/// A [`Problem`] with everything that is wrong with the files, or why the store could not do it.
pub(super) async fn settle(
    app: &App,
    loaded: &Loaded,
    environment: &Environment,
) -> Result<Settled, Problem> {
    let files = gather_all(loaded, environment).await?;
    if !app.store.is_disabled() {
        return Ok(declared::settle(app, &files, &loaded.config.token_types).await?);
    }
    declared::hold(app, &files, &loaded.config).await.map_err(|error| match error {
        // That of the signing keys is no declared file.
        acts::Error::Faulty(faults) => Faults(faults).into(),
        error => error.into(),
    })
}

/// Reads every declared file that the settings name.
///
/// # Errors
///
/// A [`Problem`] with the first that cannot be read.
pub(super) async fn gather_all(
    loaded: &Loaded,
    environment: &Environment,
) -> Result<Vec<DeclaredFile>, Problem> {
    let folder = loaded.file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let mut files = Vec::new();
    for path in &loaded.config.declare {
        let source = Source::File(folder.join(path));
        let file = gather(source, environment).await;
        files.push(file.map_err(|problem| problem.of_setting("declare"))?);
    }
    Ok(files)
}

/// Makes sure that nothing in the settings, and in the declared files that they name, asks for a
/// store where there is none: it is all told at once.
///
/// # Errors
///
/// A [`Problem`] with everything that does, and all else that is wrong with the files.
pub(super) async fn refuse_without_store(
    loaded: Loaded,
    environment: &Environment,
    now: Timestamp,
) -> Result<Loaded, Problem> {
    if loaded.config.store.enabled {
        return Ok(loaded);
    }
    let mut faults = loaded.needs_a_store.clone();
    match gather_all(&loaded, environment).await {
        Ok(files) => faults.extend(declared::faults_without_store(&files, now)),
        Err(problem) if faults.is_empty() => return Err(problem),
        Err(problem) => {
            let (what, next) = problem.told();
            faults.push(Wrong::new(what, next).at("declare", "declare"));
        }
    }
    if faults.is_empty() { Ok(loaded) } else { Err(Faults(faults).into()) }
}

/// Writes into the log what is to be said of declared files. What they brought about is in the
/// audit log, and so in the log.
pub(super) fn log(settled: &Settled) {
    for note in &settled.notes {
        tracing::warn!(event = "declare.note", "{note}");
    }
}

//! Another master key in the place of the one in force. It seals the envelope keys and nothing
//! else, so no token is touched.

use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::{
    app::{App, KeyFile, OpenError},
    config::MasterBytes,
    model::timestamp::Timestamp,
    tokens::{Error as TokensError, MasterKey, Sealer},
};

use super::{Error, Operator, Result, event};

/// What was done, or would be.
#[derive(Debug)]
pub struct Rewrapped {
    /// How many envelope keys were sealed anew.
    pub envelope_keys: usize,
    /// What became of the file beside the store, if the master key is kept there.
    pub file: Option<NewFile>,
    /// Until when servers that still have the old master key can do without the new one.
    pub old_will_do_until: Timestamp,
}

/// What became of the file beside the store.
#[derive(Debug)]
pub enum NewFile {
    /// It holds the new key; the old one is kept beside it, since older backups need it.
    Taken {
        /// Where the new key is.
        path: PathBuf,
        /// Where the old one is.
        old: PathBuf,
    },
    /// The new key waits beside it, and takes its place at the next start.
    Waiting {
        /// Where the new key is.
        path: PathBuf,
        /// Why it could not take its place.
        problem: String,
    },
}

/// Whether the master key in force is the one that this process has.
///
/// # Errors
///
/// What the store says.
pub async fn is_in_force(app: &App) -> Result<bool> {
    Ok(app.tokens.sealer().has_master_in_force(&app.store).await?)
}

/// Puts a master key in force: the one given or, beside an SQLite file that keeps its own, one that
/// is drawn. With `dry_run`, makes sure that it could be done and does nothing.
///
/// # Errors
///
/// [`Error::Invalid`] for a key that is in force already, or none where none can be kept;
/// [`Error::Conflict`] if another one than this process has is in force.
pub async fn rewrap(
    app: &App,
    operator: &Operator,
    new: Option<MasterBytes>,
    dry_run: bool,
) -> Result<Rewrapped> {
    let now = app.now();
    let file = KeyFile::of(&app.config());
    let bytes = match new {
        Some(bytes) => bytes,
        None if file.is_some() => MasterBytes::draw(&app.random),
        None => return Err(Error::Invalid("say where the new master key is".to_owned())),
    };
    let key = MasterKey::new(&Zeroizing::new(*bytes.expose()));
    let sealer = app.tokens.sealer();
    if sealer.has_master(&key) {
        return Err(Error::Invalid("the new master key is the one in force".to_owned()));
    }

    let mut store = app.store.begin().await?;
    let envelope_keys = match sealer.rewrap(&mut store, &key).await {
        Ok(count) => count,
        Err(error) => {
            store.roll_back().await?;
            return Err(refusal(error));
        }
    };
    let old_will_do_until = Sealer::next_period(now);
    if dry_run {
        store.roll_back().await?;
        return Ok(Rewrapped { envelope_keys, file: None, old_will_do_until });
    }
    let detail = format!("{envelope_keys} envelope keys");
    let event = event(app, (operator, now), "master_key.rewrapped", "store", Some(detail));
    store.insert_audit_event(&event).await?;
    // While nobody else can put a key in force: what waits in the file is the key of this
    // transaction. If the process ends before the last step, the next start compares with what is
    // in force. All that can fail without harm comes before the commit.
    let prepared = file.map(|file| file.prepare(&sealer.master(), &bytes).map(|old| (file, old)));
    let prepared = match prepared.transpose() {
        Ok(prepared) => prepared,
        Err(error) => {
            store.roll_back().await?;
            return Err(unprepared(error));
        }
    };
    store.commit().await?;
    let file = prepared.map(|(file, old)| take(&file, old));
    sealer.take_master(key);
    Ok(Rewrapped { envelope_keys, file, old_will_do_until })
}

fn take(file: &KeyFile, old: PathBuf) -> NewFile {
    match file.take() {
        Ok(()) => NewFile::Taken { path: file.path().to_owned(), old },
        Err(error) => NewFile::Waiting { path: file.waiting(), problem: error.to_string() },
    }
}

fn unprepared(error: OpenError) -> Error {
    match error {
        OpenError::MasterKey { problem, remedy } => Error::Invalid(format!("{problem}; {remedy}")),
        error => Error::Invalid(error.to_string()),
    }
}

fn refusal(error: TokensError) -> Error {
    match error {
        TokensError::OtherMaster => Error::Conflict(
            "somebody else put another master key in force; set keys.master to it first".to_owned(),
        ),
        error => error.into(),
    }
}

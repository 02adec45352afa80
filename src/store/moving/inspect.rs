//! Looking at a backup before anything rests on it.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    time::Duration,
};

use crate::model::{secret::same, timestamp::Timestamp};

use super::{
    super::{error::words, migrate::newest_known},
    Link, Obstacle, digest,
    link::Mode,
    names::is_unfinished,
    obstacle::Outcome,
    schema::{self, has_table},
};

/// What every SQLite file begins with.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

/// What the archives of `pg_dump` begin with.
const PG_DUMP: &[u8] = b"PGDMP";

/// How many bytes SQLite's header has.
const HEADER: usize = 100;

/// What a backup says of itself.
#[derive(Debug, Clone)]
pub struct BackupFacts {
    /// When it was made.
    pub made_at: Timestamp,
    /// The version of the program that made it.
    pub version: String,
    /// The engine of the store that it was made of.
    pub engine: String,
    /// The newest migration applied to it.
    pub schema: i64,
    /// How many entries of tokens it has.
    pub entries: i64,
    /// How many bytes the file has.
    pub bytes: u64,
    /// The check value of its master key, unless none was ever used.
    master_check: Option<Vec<u8>>,
}

/// Looks at the backup in the file `path`, and through all of it for damage.
///
/// # Errors
///
/// [`Obstacle::Unfinished`], [`Obstacle::NoBackup`] and [`Obstacle::Damaged`] for what is no whole
/// backup of ours, [`Obstacle::Newer`] for one of a newer schema.
pub async fn inspect(path: &Path, limit: Duration) -> Result<BackupFacts, Obstacle> {
    let bytes = look_at_file(path)?;
    let mut file = Link::open_file(path, Mode::ReadAtRest, limit).await?;
    let facts = read(path, &mut file, bytes).await;
    let closed = file.close().await;
    let facts = facts.map_err(|obstacle| match obstacle {
        // The file is on this disk, and open: what cannot be read there is not as we wrote it.
        Obstacle::Store(error) => Obstacle::Damaged(path.to_owned(), innermost(&error)),
        other => other,
    })?;
    closed?;
    Ok(facts)
}

/// Looks through a whole SQLite file for damage.
pub(super) async fn check(path: &Path, file: &mut Link) -> Outcome<()> {
    let damaged = |what: String| Obstacle::Damaged(path.to_owned(), what);
    match file.texts("PRAGMA integrity_check(1)").await {
        Ok(said) if said == ["ok"] => Ok(()),
        Ok(said) => Err(damaged(said.join(", "))),
        // What is damaged badly cannot even be looked through.
        Err(Obstacle::Store(error)) => Err(damaged(innermost(&error))),
        Err(other) => Err(other),
    }
}

/// What the last error in the chain says.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    error.source().map_or_else(|| words(error), innermost)
}

/// Looks at the file from outside. Returns its length.
fn look_at_file(path: &Path) -> Outcome<u64> {
    let refused = |error: io::Error| Obstacle::File(path.to_owned(), error);
    let no_backup = |what| Err(Obstacle::NoBackup(path.to_owned(), what));
    let mut file = File::open(path).map_err(refused)?;
    let about = file.metadata().map_err(refused)?;
    if about.is_dir() {
        return no_backup("it is a folder");
    }
    if is_unfinished(path) {
        return Err(Obstacle::Unfinished(path.to_owned()));
    }
    let mut head = Vec::new();
    file.by_ref().take(HEADER as u64).read_to_end(&mut head).map_err(refused)?;
    match head.as_slice() {
        [] => return no_backup("it is empty"),
        head if head.starts_with(PG_DUMP) => {
            return no_backup("it is an archive of pg_dump, which pg_restore reads");
        }
        head if !head.starts_with(MAGIC) => return no_backup("it is no SQLite file"),
        _ => {}
    }
    let whole = stated_length(&head).unwrap_or(u64::MAX);
    if about.len() < whole {
        let what = format!("it has {} bytes of {whole}", about.len());
        return Err(Obstacle::Damaged(path.to_owned(), what));
    }
    Ok(about.len())
}

/// How many bytes the file has by its own header: the size of a page times their number.
fn stated_length(head: &[u8]) -> Option<u64> {
    let size = u16::from_be_bytes(*head.get(16..)?.first_chunk()?);
    let size = if size == 1 { 65_536 } else { u64::from(size) };
    let pages = u32::from_be_bytes(*head.get(28..)?.first_chunk()?);
    Some(size * u64::from(pages))
}

async fn read(path: &Path, file: &mut Link, bytes: u64) -> Outcome<BackupFacts> {
    check(path, file).await?;
    let is_store = has_table(file, "instance").await?;
    if !is_store || !has_table(file, "backup").await? {
        let what =
            if is_store { "it is a store itself" } else { "it is a file of another program" };
        return Err(Obstacle::NoBackup(path.to_owned(), what));
    }
    for table in ["backup", "instance"] {
        let rows = file.number(format!("SELECT COUNT(*) FROM {table}")).await?;
        if rows != 1 {
            let what = format!("it has {rows} rows in {table}, not one");
            return Err(Obstacle::Damaged(path.to_owned(), what));
        }
    }
    let (schema, known) = (schema::applied(file).await?, newest_known());
    if schema > known {
        return Err(Obstacle::Newer { applied: schema, known });
    }
    let made_at = Timestamp(file.number("SELECT made_at FROM backup").await?);
    let entries = file.number("SELECT entries FROM backup").await?;
    let [version, engine] = [
        file.texts("SELECT version FROM backup").await?.concat(),
        file.texts("SELECT engine FROM backup").await?.concat(),
    ];
    let found = file.number("SELECT COUNT(*) FROM tokens").await?;
    if found != entries {
        let what = format!("it has {found} entries of {entries}");
        return Err(Obstacle::Damaged(path.to_owned(), what));
    }
    if let Some(kept) = digest::kept(file).await?
        && let Some(table) = digest::difference(&kept, &digest::digests(file).await?)
    {
        let what = format!("its table {table} is not as it was written");
        return Err(Obstacle::Damaged(path.to_owned(), what));
    }
    let master_check = file.bytes("SELECT master_check FROM instance").await?;
    Ok(BackupFacts { made_at, version, engine, schema, entries, bytes, master_check })
}

impl BackupFacts {
    /// Refuses a backup that was made with another master key than the one with this check value.
    ///
    /// # Errors
    ///
    /// [`Obstacle::OtherKey`].
    pub fn refuse_other_key(&self, check: &[u8]) -> Result<(), Obstacle> {
        match &self.master_check {
            Some(made_with) if !same(made_with, check) => Err(Obstacle::OtherKey),
            _ => Ok(()),
        }
    }
}

//! Backups: one SQLite file of our schema, whichever engine the store is on.

use std::{fs, io::ErrorKind, path::Path, time::Duration};

use crate::model::timestamp::Timestamp;

use super::{
    super::Store,
    Link, Obstacle, Progress, Stage, Watch,
    alone::options_for,
    digest::digests,
    inspect::check,
    link::Mode,
    names::{is_beside, with_ending},
    obstacle::Outcome,
    schema::{self, refuse_hollow, refuse_other_schema, refuse_unlisted},
    target::fill_file,
    unfinished::{Existing, Unfinished},
};

/// How often to look how large the file is by now.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How a backup is made.
#[derive(Debug)]
pub struct BackupOptions<'b> {
    /// The file.
    pub path: &'b Path,
    /// Whether it may take the place of another backup.
    pub force: bool,
    /// When it is made.
    pub now: Timestamp,
    /// The version of the program.
    pub version: &'static str,
}

/// A backup that was made.
#[derive(Debug, Clone)]
pub struct BackupMade {
    /// How many entries of tokens it has.
    pub entries: i64,
    /// How many bytes the file has.
    pub bytes: u64,
}

impl Store {
    /// Writes a backup of one moment, while the store is used. The file is there when it is whole,
    /// checked and on disk; only its owner can read it.
    ///
    /// # Errors
    ///
    /// [`Obstacle::Exists`], [`Obstacle::Precious`], [`Obstacle::File`], and on PostgreSQL a schema that is not just ours.
    pub async fn back_up(
        &self,
        options: &BackupOptions<'_>,
        watch: Watch<'_>,
    ) -> Result<BackupMade, Obstacle> {
        let limit = self.0.database.timeout;
        refuse_existing(options, limit).await?;
        let mut source = self.link().await?;
        if schema::applied(&mut source).await? == 0 {
            return Err(Obstacle::Missing);
        }
        let unfinished = Unfinished::begin(options.path)?;
        let engine = source.engine();
        if source.is_sqlite() {
            write_file(&mut source, &unfinished, watch).await?;
        } else {
            write_rows(&mut source, &unfinished, limit, watch).await?;
        }
        source.close().await?;
        let entries = sign(&unfinished, (options, engine), limit).await?;
        watch(Progress { stage: Stage::Checking, done: 0, total: 0 });
        let mut file = Link::open_file(unfinished.path(), Mode::ReadAtRest, limit).await?;
        check(unfinished.path(), &mut file).await?;
        file.close().await?;
        // Much may have come there meanwhile.
        refuse_existing(options, limit).await?;
        let existing = if options.force { Existing::Replace } else { Existing::Keep };
        Ok(BackupMade { entries, bytes: unfinished.finish(existing)? })
    }
}

/// Refuses a file that is there, unless it may be replaced: an empty one, or a backup.
async fn refuse_existing(options: &BackupOptions<'_>, limit: Duration) -> Outcome<()> {
    let path = options.path;
    let refused = |error| Obstacle::File(path.to_owned(), error);
    let precious = |what| Err(Obstacle::Precious(path.to_owned(), what));
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(refused(error)),
        Ok(_) if !options.force => return Err(Obstacle::Exists(path.to_owned())),
        Ok(_) => {}
    }
    let found = fs::metadata(path).map_err(refused)?;
    if !found.is_file() {
        return precious("it is no file");
    }
    if found.len() == 0 {
        // The lock of a store is empty, and so may be its log, and the store itself beside its log.
        let is_part = is_beside(path) || with_ending(path, "-wal").exists();
        return if is_part { precious("it is part of a store") } else { Ok(()) };
    }
    match is_backup(path, limit).await {
        Ok(true) => Ok(()),
        Ok(false) => precious("it is a file of another kind"),
        Err(Obstacle::Store(_)) => precious("it cannot be read as an SQLite file"),
        Err(other) => Err(other),
    }
}

/// Whether a file is marked as a backup.
async fn is_backup(path: &Path, limit: Duration) -> Outcome<bool> {
    let mut file = Link::open_file(path, Mode::ReadAtRest, limit).await?;
    let is_marked = schema::has_table(&mut file, "backup").await?
        && schema::has_table(&mut file, "instance").await?;
    file.close().await?;
    Ok(is_marked)
}

/// Has SQLite write the file: one statement, and so one moment. Whoever writes to the store
/// meanwhile need not wait, but the log of writes cannot be cut short until it is over.
async fn write_file(source: &mut Link, unfinished: &Unfinished, watch: Watch<'_>) -> Outcome<()> {
    let total = u64::try_from(source.bytes_on_disk().await?).unwrap_or(0);
    let writing = source.write_file(unfinished.path());
    tokio::pin!(writing);
    loop {
        watch(Progress { stage: Stage::Bytes, done: unfinished.length().min(total), total });
        if let Ok(written) = tokio::time::timeout(LOOK_EVERY, &mut writing).await {
            return written;
        }
    }
}

/// Carries one moment of a PostgreSQL database into a file.
async fn write_rows(
    source: &mut Link,
    unfinished: &Unfinished,
    limit: Duration,
    watch: Watch<'_>,
) -> Outcome<()> {
    refuse_other_schema(source).await?;
    refuse_unlisted(source).await?;
    source.begin_snapshot().await?;
    let options = options_for(unfinished.path(), limit);
    let (file, _) = fill_file(source, unfinished, &options, watch).await?;
    file.close().await
}

/// Writes into the backup that it is one. Returns how many entries it has.
async fn sign(
    unfinished: &Unfinished,
    (options, engine): (&BackupOptions<'_>, &str),
    limit: Duration,
) -> Outcome<i64> {
    let mut file = Link::open_file(unfinished.path(), Mode::Change, limit).await?;
    refuse_hollow(&mut file).await?;
    let entries = file.number("SELECT COUNT(*) FROM tokens").await?;
    file.run(
        "CREATE TABLE backup (
             id BIGINT PRIMARY KEY CHECK (id = 1),
             made_at BIGINT NOT NULL,
             version TEXT NOT NULL,
             engine TEXT NOT NULL,
             entries BIGINT NOT NULL,
             digests TEXT NOT NULL
         )",
    )
    .await?;
    let digests = digests(&mut file).await?.replace('\'', "''");
    // Neither the version nor the name of the engine is anything that somebody typed.
    let (made_at, version) = (options.now.0, options.version);
    file.run(format!(
        "INSERT INTO backup (id, made_at, version, engine, entries, digests)
         VALUES (1, {made_at}, '{version}', '{engine}', {entries}, '{digests}')"
    ))
    .await?;
    file.close().await?;
    Ok(entries)
}

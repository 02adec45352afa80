//! Backups: one SQLite file of our schema, whichever engine the store is on.

use std::{path::Path, time::Duration};

use crate::model::timestamp::Timestamp;

use super::{
    super::Store,
    Link, Obstacle, Progress, Stage, Watch,
    alone::options_for,
    inspect::check,
    link::Mode,
    obstacle::Outcome,
    schema::{self, refuse_other_schema, refuse_unlisted},
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
    /// Whether it may take the place of another.
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
    /// [`Obstacle::Exists`], [`Obstacle::File`], and on PostgreSQL a schema that is not just ours.
    pub async fn back_up(
        &self,
        options: &BackupOptions<'_>,
        watch: Watch<'_>,
    ) -> Result<BackupMade, Obstacle> {
        if !options.force && options.path.exists() {
            return Err(Obstacle::Exists(options.path.to_owned()));
        }
        let limit = self.0.database.timeout;
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
        let existing = if options.force { Existing::Replace } else { Existing::Keep };
        Ok(BackupMade { entries, bytes: unfinished.finish(existing)? })
    }
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
    let entries = file.number("SELECT COUNT(*) FROM tokens").await?;
    file.run(
        "CREATE TABLE backup (
             id BIGINT PRIMARY KEY CHECK (id = 1),
             made_at BIGINT NOT NULL,
             version TEXT NOT NULL,
             engine TEXT NOT NULL,
             entries BIGINT NOT NULL
         )",
    )
    .await?;
    // Neither the version nor the name of the engine is anything that somebody typed.
    let (made_at, version) = (options.now.0, options.version);
    file.run(format!(
        "INSERT INTO backup (id, made_at, version, engine, entries)
         VALUES (1, {made_at}, '{version}', '{engine}', {entries})"
    ))
    .await?;
    file.close().await?;
    Ok(entries)
}

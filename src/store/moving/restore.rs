//! Restoring a backup into the place of a store.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use crate::model::{audit::AuditEvent, timestamp::Timestamp};

use super::{
    super::{OpenOptions, migrate::newest_known},
    BackupFacts, Link, Obstacle, Progress, Stage, Watch,
    alone::{make_file, options_for},
    link::Mode,
    obstacle::Outcome,
    schema::refuse_unlisted,
    target::{Ending, State, Target},
    unfinished::{Existing, Unfinished, set_aside, with_ending},
};

/// How many bytes are copied at once.
const CHUNK: usize = 1 << 20;

/// A backup about to be restored.
pub struct Restoration {
    backup: PathBuf,
    facts: BackupFacts,
    target: Target,
}

/// What was restored.
#[derive(Debug, Clone)]
pub struct Restored {
    /// Where the store that was replaced is now, if it is a file.
    pub set_aside: Option<PathBuf>,
}

impl Restoration {
    /// Finds the store that `options` name, and makes sure that nobody has it open. `facts` are of
    /// the backup in the file `backup`.
    ///
    /// # Errors
    ///
    /// [`Obstacle::InUse`] and [`super::super::Error::Owned`] for a store that is used.
    pub async fn prepare(
        options: &OpenOptions,
        backup: &Path,
        facts: BackupFacts,
    ) -> Result<Self, Obstacle> {
        let target = Target::take(options).await?;
        Ok(Self { backup: backup.to_owned(), facts, target })
    }

    /// Refuses a store that has anything in it.
    ///
    /// # Errors
    ///
    /// [`Obstacle::Filled`], and [`Obstacle::Unreadable`] for a file that cannot be read.
    pub fn refuse_filled(&self) -> Result<(), Obstacle> {
        self.target.refuse_filled()
    }

    /// How many entries the store has that is replaced; 0 for one that cannot be read.
    #[must_use]
    pub fn replaces(&self) -> Option<i64> {
        match &self.target.state {
            State::Absent | State::Empty => None,
            State::Filled(contents) => Some(contents.entries),
            State::Unreadable(_) => Some(0),
        }
    }

    /// Restores it, all or nothing, and ends every token that it knows. Where a store is replaced,
    /// its file is set aside under a name with the time `now`.
    ///
    /// # Errors
    ///
    /// [`Obstacle::File`] and [`Obstacle::Store`].
    pub async fn run(
        self,
        (event, now): (&AuditEvent, Timestamp),
        watch: Watch<'_>,
    ) -> Result<Restored, Obstacle> {
        let ending = Ending { end_everything: true, event };
        if let Some(path) = self.target.options.address.sqlite_path().cloned() {
            return self.restore_file(&path, (ending, now), watch).await;
        }
        self.restore_rows(ending, watch).await?;
        Ok(Restored { set_aside: None })
    }

    async fn restore_file(
        self,
        path: &Path,
        (ending, now): (Ending<'_>, Timestamp),
        watch: Watch<'_>,
    ) -> Outcome<Restored> {
        let limit = self.target.options.timeout;
        let unfinished = Unfinished::begin(path)?;
        copy_file(&self.backup, unfinished.path(), watch).await?;
        if self.facts.schema < newest_known() {
            make_file(&options_for(unfinished.path(), limit)).await?;
        }
        let mut file = Link::open_file(unfinished.path(), Mode::Change, limit).await?;
        file.run("BEGIN IMMEDIATE").await?;
        file.run("DROP TABLE backup").await?;
        ending.write(&mut file).await?;
        file.run("COMMIT").await?;
        file.close().await?;
        let aside = free_name(path, now);
        let set_aside = put_in_place(unfinished, path, &aside, self.replaces().is_some())?;
        self.target.end().await;
        Ok(Restored { set_aside })
    }

    async fn restore_rows(self, ending: Ending<'_>, watch: Watch<'_>) -> Outcome<()> {
        let limit = self.target.options.timeout;
        if self.facts.schema == newest_known() {
            let mut file = Link::open_file(&self.backup, Mode::ReadAtRest, limit).await?;
            return fill(self.target, &mut file, ending, watch).await;
        }
        // A backup is never changed: an older one is brought up to date in a copy that goes away.
        let copy = std::env::temp_dir().join(format!("tessera-restore-{}.db", std::process::id()));
        let unfinished = Unfinished::begin(&copy)?;
        copy_file(&self.backup, unfinished.path(), watch).await?;
        make_file(&options_for(unfinished.path(), limit)).await?;
        let mut file = Link::open_file(unfinished.path(), Mode::Own, limit).await?;
        fill(self.target, &mut file, ending, watch).await
    }
}

async fn fill(
    target: Target,
    file: &mut Link,
    ending: Ending<'_>,
    watch: Watch<'_>,
) -> Outcome<()> {
    refuse_unlisted(file).await?;
    target.fill(file, ending, watch).await.map(drop)
}

/// Gives the restored file its place. Returns where the one that it replaces is now.
fn put_in_place(
    unfinished: Unfinished,
    path: &Path,
    aside: &Path,
    is_replaced: bool,
) -> Outcome<Option<PathBuf>> {
    let has_log = ["-wal", "-journal"]
        .iter()
        .any(|ending| fs::metadata(with_ending(path, ending)).is_ok_and(|log| log.len() > 0));
    let is_there = path.exists();
    if has_log || (is_replaced && fs::hard_link(path, aside).is_err()) {
        // Nothing may be left beside the new file that belongs to the old one.
        set_aside(path, aside)?;
        unfinished.finish(Existing::Keep)?;
    } else {
        // One moment it is the old one, and the next the new one.
        unfinished.finish(if is_there { Existing::Replace } else { Existing::Keep })?;
    }
    Ok(is_replaced.then(|| aside.to_owned()))
}

/// Copies a file into one that is there.
async fn copy_file(from: &Path, to: &Path, watch: Watch<'_>) -> Outcome<()> {
    let refused = |error| Obstacle::File(from.to_owned(), error);
    let mut source = File::open(from).map_err(refused)?;
    let total = source.metadata().map_err(refused)?.len();
    let mut target = File::options()
        .write(true)
        .open(to)
        .map_err(|error| Obstacle::File(to.to_owned(), error))?;
    let mut chunk = vec![0; CHUNK];
    let mut done = 0;
    loop {
        watch(Progress { stage: Stage::Bytes, done, total });
        let read = match source.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(refused)?,
        };
        if read == 0 {
            return Ok(());
        }
        let written = target.write_all(&chunk[..read]);
        written.map_err(|error| Obstacle::File(to.to_owned(), error))?;
        done += read as u64;
        // Whoever wants to stop it is heard.
        tokio::task::yield_now().await;
    }
}

/// A name for a store that is set aside, which nothing has.
fn free_name(path: &Path, now: Timestamp) -> PathBuf {
    let first = with_ending(path, &format!(".replaced-{}", stamp(now)));
    let others = (2..).map(|number| with_ending(&first, &format!("-{number}")));
    std::iter::once(first.clone()).chain(others).find(|name| !name.exists()).unwrap_or(first)
}

/// A time as part of a file's name: `20261122T061810Z`.
fn stamp(at: Timestamp) -> String {
    let whole = at.floor_to_second().rfc3339();
    let kept = whole.split('.').next().unwrap_or_default().chars();
    let digits: String = kept.filter(|c| c.is_ascii_digit() || *c == 'T').collect();
    format!("{digits}Z")
}

impl std::fmt::Debug for Restoration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Restoration")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_a_name_has_no_colons() {
        assert_eq!(stamp(Timestamp(1_800_000_000_999)), "20270115T080000Z");
    }
}

//! Restoring a backup into the place of a store.

use std::{
    env,
    fs::{self, DirBuilder, File},
    io::{self, Read, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    time::Duration,
};

use uuid::Uuid;

use crate::model::{audit::AuditEvent, timestamp::Timestamp};

use super::{
    super::{OpenOptions, migrate::newest_known},
    BackupFacts, Link, Obstacle, Progress, Stage, Watch,
    alone::{make_file, options_for},
    link::Mode,
    obstacle::Outcome,
    place::put_in_place,
    schema::refuse_unlisted,
    target::{Ending, State, Target},
    unfinished::Unfinished,
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
        make_store(&unfinished, self.facts.schema, limit).await?;
        let mut file = Link::open_file(unfinished.path(), Mode::Change, limit).await?;
        refuse_unlisted(&mut file).await?;
        file.run("BEGIN IMMEDIATE").await?;
        ending.write(&mut file).await?;
        file.run("COMMIT").await?;
        file.close().await?;
        let set_aside = put_in_place(unfinished, path, now, self.replaces().is_some())?;
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
        let scratch = Scratch::make(ending.event.audit_id)?;
        let copy = scratch.0.join("copy.db");
        let unfinished = Unfinished::begin(&copy)?;
        copy_file(&self.backup, unfinished.path(), watch).await?;
        make_store(&unfinished, self.facts.schema, limit).await?;
        let mut file = Link::open_file(unfinished.path(), Mode::Own, limit).await?;
        fill(self.target, &mut file, ending, watch).await
    }
}

/// Makes a store of a backup of this schema: takes the mark off it, and brings it up to date.
async fn make_store(unfinished: &Unfinished, schema: i64, limit: Duration) -> Outcome<()> {
    let mut file = Link::open_file(unfinished.path(), Mode::Change, limit).await?;
    file.run("DROP TABLE backup").await?;
    file.close().await?;
    if schema < newest_known() {
        make_file(&options_for(unfinished.path(), limit)).await?;
    }
    Ok(())
}

/// A folder that only we can look into, and that goes when dropped.
struct Scratch(PathBuf);

impl Scratch {
    /// Makes it where temporary files are, under a name that nobody can guess and nothing has.
    fn make(name: Uuid) -> Outcome<Self> {
        let path = env::temp_dir().join(format!("tessera-restore-{name}"));
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| Obstacle::File(path.clone(), error))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
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

impl std::fmt::Debug for Restoration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Restoration")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_scratch_folder_is_ours_alone_and_goes() {
        let scratch = Scratch::make(Uuid::from_u128(0x1234)).unwrap();
        let path = scratch.0.clone();

        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(Scratch::make(Uuid::from_u128(0x1234)).is_err(), "what is there is never taken");
        fs::write(path.join("copy.db"), "x").unwrap();
        drop(scratch);
        assert!(!path.exists());
    }
}

//! Copying a store to another place, with every token as it is.

use crate::model::audit::AuditEvent;

use super::{
    super::{Error, OpenOptions, owner::OwnerLock},
    Link, Obstacle, Watch,
    alone::Alone,
    link::Mode,
    obstacle::Outcome,
    schema::{has_table, refuse_other_schema, refuse_unlisted},
    tables::TABLES,
    target::{Ending, Target},
};

/// A copy about to be made.
pub struct Copy {
    source: Link,
    /// The lock of a file that nobody else may use. On PostgreSQL the turn is the source's session's.
    alone: Option<OwnerLock>,
    while_running: bool,
    target: Target,
}

/// What was copied.
#[derive(Debug, Clone)]
pub struct Copied {
    /// Each table, and how many rows it has.
    pub tables: Vec<(&'static str, u64)>,
    /// How many bytes the new store takes.
    pub bytes: i64,
}

impl Copy {
    /// Finds both stores. Unless `while_running`, nobody else may have the source open, since what
    /// they write would be lost.
    ///
    /// # Errors
    ///
    /// [`Obstacle::InUse`] and [`super::super::Error::Owned`] for a store that is used,
    /// [`Obstacle::Filled`] for a target that has something in it.
    pub async fn prepare(
        source: &OpenOptions,
        target: &OpenOptions,
        while_running: bool,
    ) -> Result<Self, Obstacle> {
        let (mut link, alone) = match find_alone(source, while_running).await? {
            // Whoever loses the turn can read no more.
            Some(Alone::Server { turn }) => (turn, None),
            Some(Alone::File { owner, path }) => {
                let link = Link::open_file(&path, Mode::Own, source.timeout).await?;
                (link, Some(owner))
            }
            // Beside its owner, a file is read as SQLite allows any process to.
            None => (Link::open(&source.address, source.timeout).await?, None),
        };
        if let Some(path) = source.address.sqlite_path()
            && has_table(&mut link, "backup").await?
        {
            return Err(Error::Backup(path.clone()).into());
        }
        refuse_other_schema(&mut link).await?;
        refuse_unlisted(&mut link).await?;
        let target = Target::take(target).await?;
        target.refuse_filled()?;
        Ok(Self { source: link, alone, while_running, target })
    }

    /// Copies. A copy made beside a running server has its generation raised: its tokens are dead,
    /// since some of them may have been revoked meanwhile.
    ///
    /// # Errors
    ///
    /// [`Obstacle::Unfit`] for a row that the other engine cannot hold, [`Obstacle::Differs`].
    pub async fn run(self, event: &AuditEvent, watch: Watch<'_>) -> Result<Copied, Obstacle> {
        let Self { mut source, alone, while_running, target } = self;
        source.begin_snapshot().await?;
        let ending = Ending { end_everything: while_running, event };
        let options = target.options.clone();
        let sent = target.fill(&mut source, ending, watch).await?;
        source.close().await?;
        drop(alone);
        let tables = TABLES.iter().zip(&sent).map(|(table, tally)| (table.name, tally.rows));
        Ok(Copied { tables: tables.collect(), bytes: bytes(&options).await? })
    }
}

/// Takes the right to be alone with the source. Beside running servers there is none; but a file
/// that nobody has open is read by its owner even then, who leaves nothing beside it.
async fn find_alone(source: &OpenOptions, while_running: bool) -> Outcome<Option<Alone>> {
    if while_running && source.address.sqlite_path().is_none() {
        return Ok(None);
    }
    match Alone::with(source).await {
        Err(Obstacle::Store(Error::Owned(_))) if while_running => Ok(None),
        taken => taken.map(Some),
    }
}

async fn bytes(options: &OpenOptions) -> Outcome<i64> {
    let mut link = match options.address.sqlite_path() {
        Some(path) => Link::open_file(path, Mode::ReadAtRest, options.timeout).await?,
        None => Link::open(&options.address, options.timeout).await?,
    };
    let bytes = link.bytes_on_disk().await?;
    link.close().await?;
    Ok(bytes)
}

impl std::fmt::Debug for Copy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Copy")
    }
}

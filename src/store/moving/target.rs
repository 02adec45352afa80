//! The store that is filled: found, looked at, filled, and only then there.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use crate::model::audit::AuditEvent;

use super::{
    super::{Address, OpenOptions},
    Link, Obstacle, Watch,
    alone::{Alone, make_file, options_for},
    carry::add,
    carry_all, compare_all,
    inspect::{MAGIC, innermost},
    link::Mode,
    names::with_ending,
    obstacle::Outcome,
    place::put_in_place,
    row::{Block, Tally},
    schema::{self, Contents, refuse_unlisted},
    tables::TABLES,
    unfinished::Unfinished,
};

/// A store that is to be filled, with nobody else there.
pub(super) struct Target {
    pub(super) options: OpenOptions,
    pub(super) state: State,
    alone: Alone,
}

/// What is in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing.
    Absent,
    /// A store with nothing in it.
    Empty,
    /// A store.
    Filled(Contents),
    /// A file that cannot be read as a store; why.
    Unreadable(String),
}

/// What becomes of the rows after they arrived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending<'e> {
    /// Whether every token is to be dead.
    pub(super) end_everything: bool,
    /// What the audit log shall say.
    pub(super) event: &'e AuditEvent,
}

impl Target {
    /// Finds it, and takes the right to be alone with it.
    pub(super) async fn take(options: &OpenOptions) -> Outcome<Self> {
        let alone = Alone::with(options).await?;
        let mut options = options.clone();
        // Where a link leads to the file, the file is filled and the link stays.
        if let Some(real) = options.address.sqlite_path().and_then(|path| path.canonicalize().ok())
        {
            options.address = Address::file(&real);
        }
        let state = if let Some(path) = options.address.sqlite_path() {
            look_at_file(path, &options).await?
        } else {
            let mut link = Link::open(&options.address, options.timeout).await?;
            let contents = schema::contents(&mut link).await?;
            link.close().await?;
            State::of(contents)
        };
        Ok(Self { options, state, alone })
    }

    /// Refuses one that has anything in it.
    pub(super) fn refuse_filled(&self) -> Outcome<()> {
        match &self.state {
            State::Absent | State::Empty => Ok(()),
            State::Filled(Contents { entries, others }) => {
                Err(Obstacle::Filled { entries: *entries, others: *others })
            }
            State::Unreadable(why) => Err(match self.options.address.sqlite_path() {
                Some(path) => Obstacle::Unreadable(path.clone(), why.clone()),
                None => Obstacle::Missing,
            }),
        }
    }

    /// Fills the place of an absent or empty store, or of a PostgreSQL store that is replaced, in
    /// one stroke. Returns what was carried.
    pub(super) async fn fill(
        mut self,
        source: &mut Link,
        ending: Ending<'_>,
        watch: Watch<'_>,
    ) -> Outcome<Vec<Tally>> {
        let sent = if let Some(path) = self.options.address.sqlite_path() {
            let unfinished = Unfinished::begin(path)?;
            let (mut file, sent) = fill_file(source, &unfinished, &self.options, watch).await?;
            ending.write(&mut file).await?;
            file.close().await?;
            is_still_there(source).await?;
            put_in_place(unfinished, path, ending.event.at, false)?;
            sent
        } else {
            self.fill_server(source, ending, watch).await?
        };
        self.alone.end().await;
        Ok(sent)
    }

    async fn fill_server(
        &mut self,
        source: &mut Link,
        ending: Ending<'_>,
        watch: Watch<'_>,
    ) -> Outcome<Vec<Tally>> {
        self.alone.migrate(&self.options).await?;
        // The turn is this session's: whoever loses it loses what was not committed.
        let Alone::Server { turn: server } = &mut self.alone else { return Err(Obstacle::Missing) };
        refuse_unlisted(server).await?;
        server.run("BEGIN").await?;
        schema::clear(server, matches!(self.state, State::Filled(_))).await?;
        let sent = carry_all(source, server, watch).await?;
        compare_all(&sent, server, watch).await?;
        ending.write(server).await?;
        for table in TABLES {
            // Until PostgreSQL gets round to that by itself, it would plan for empty tables.
            server.run(format!("ANALYZE {}", table.name)).await?;
        }
        is_still_there(source).await?;
        server.run("COMMIT").await?;
        Ok(sent)
    }

    /// Lets others in.
    pub(super) async fn end(self) {
        self.alone.end().await;
    }
}

impl State {
    fn of(contents: Contents) -> Self {
        if contents.is_empty() { Self::Empty } else { Self::Filled(contents) }
    }
}

/// Makes sure that the session of the source was not lost, and with it the turn there.
async fn is_still_there(source: &mut Link) -> Outcome<()> {
    schema::refuse_hollow(source).await
}

/// Looks at the SQLite file at `path`, which nobody else has open. Whatever is in its log is in the
/// file afterwards.
async fn look_at_file(path: &Path, options: &OpenOptions) -> Outcome<State> {
    let refused = |error| Obstacle::File(path.to_owned(), error);
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(State::Absent),
        file => file.map_err(refused)?,
    };
    if !file.metadata().map_err(refused)?.is_file() {
        return Ok(State::Unreadable("it is no file".to_owned()));
    }
    let mut head = Vec::new();
    file.take(MAGIC.len() as u64).read_to_end(&mut head).map_err(refused)?;
    if head.is_empty() && !with_ending(path, "-wal").exists() {
        return Ok(State::Empty);
    }
    if head != MAGIC {
        // SQLite itself would take it for a new file, and delete the log beside it.
        return Ok(State::Unreadable("it is no SQLite file".to_owned()));
    }
    let look = async {
        let mut file = Link::open_file(path, Mode::Own, options.timeout).await?;
        let contents = schema::contents(&mut file).await;
        let is_ours = schema::has_table(&mut file, "instance").await;
        file.close().await?;
        Ok::<_, Obstacle>((contents?, is_ours?))
    };
    Ok(match look.await {
        Ok((contents, true)) => State::of(contents),
        Ok((_, false)) => State::Unreadable("it is a file of another program".to_owned()),
        Err(Obstacle::Store(error)) => State::Unreadable(innermost(&error)),
        Err(other) => return Err(other),
    })
}

/// Makes an SQLite store of what `source` reads. Returns the open file, and what was carried.
pub(super) async fn fill_file(
    source: &mut Link,
    unfinished: &Unfinished,
    options: &OpenOptions,
    watch: Watch<'_>,
) -> Outcome<(Link, Vec<Tally>)> {
    make_file(&options_for(unfinished.path(), options.timeout)).await?;
    let mut file = Link::open_file(unfinished.path(), Mode::Build, options.timeout).await?;
    refuse_unlisted(&mut file).await?;
    file.run("BEGIN").await?;
    let indexes = schema::drop_indexes(&mut file).await?;
    schema::clear(&mut file, false).await?;
    let sent = carry_all(source, &mut file, watch).await?;
    schema::make_indexes(&mut file, &indexes, watch).await?;
    file.run("COMMIT").await?;
    compare_all(&sent, &mut file, watch).await?;
    Ok((file, sent))
}

impl Ending<'_> {
    /// Writes it into what was filled.
    pub(super) async fn write(&self, link: &mut Link) -> Outcome<()> {
        if self.end_everything {
            schema::end_everything(link, self.event).await?;
        }
        let Some(table) = TABLES.iter().find(|table| table.name == "audit") else { return Ok(()) };
        let event = self.event;
        let at = event.at.0.to_be_bytes();
        let mut block = Block::default();
        let columns = table.columns();
        block.begin(columns.len());
        for (column, _) in columns {
            block.field(match column {
                "audit_id" => Some(event.audit_id.as_bytes()),
                "at" => Some(&at),
                "actor" => Some(event.actor.as_bytes()),
                "action" => Some(event.action.as_bytes()),
                "target" => Some(event.target.as_bytes()),
                "reason" => event.reason.as_deref().map(str::as_bytes),
                "detail" => event.detail.as_deref().map(str::as_bytes),
                "request_id" => event.request_id.as_deref().map(str::as_bytes),
                "address" => event.address.as_deref().map(str::as_bytes),
                "node" => event.node.as_deref().map(str::as_bytes),
                _ => None,
            });
        }
        block.end();
        add(table, &block, link).await
    }
}

//! Group commit: commands that arrive while others are being committed share the next transaction.
//!
//! Nobody waits for a timer. A lone command is a group of one and commits as it would by itself.
//! Each caller is answered after its group is durable, and after every node has forgotten what the
//! command changed. A group that the engine refuses is halved until the culprit stands alone.

use std::{collections::HashSet, sync::Arc};

use tokio::sync::{mpsc, oneshot};

use super::{
    Error, Result,
    cache::Cache,
    change::Change,
    command::{Command, Row, batch_of, run_batch},
    database::{Closing, Database, Purpose, not_queued},
    engine::Handle,
    feed::{Announcement, FORGETTING, Feed, Listeners},
    keeper::Keeper,
    plan::{Lone, Plan},
};

/// The most commands in one transaction.
const LARGEST_GROUP: usize = 512;

/// How many commands may wait.
const QUEUE: usize = 4096;

/// Takes commands, and runs them in groups.
pub(super) struct Writer {
    database: Arc<Database>,
    queue: mpsc::Sender<Job>,
}

/// A command, and who waits for it.
struct Job {
    command: Command,
    answer: oneshot::Sender<Result<bool>>,
}

impl Writer {
    /// Starts the writer. It ends when the database is closed or nobody can ask any more.
    pub(super) fn start(database: &Arc<Database>, cache: &Arc<Cache>, feed: &Arc<Feed>) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let worker = Worker {
            database: Arc::clone(database),
            keeper: Keeper::new(Arc::clone(database), Purpose::Write),
            cache: Arc::clone(cache),
            feed: Arc::clone(feed),
        };
        tokio::spawn(worker.run(jobs, database.closing()));
        Self { database: Arc::clone(database), queue }
    }

    /// Runs a command. Returns whether every write of it found its row as it must be; if one did
    /// not, none was done.
    pub(super) async fn run(&self, command: Command) -> Result<bool> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Job { command, answer }).map_err(|error| not_queued(&error))?;
        self.database.answer(answered, FORGETTING).await
    }
}

/// The writer itself and its connection.
struct Worker {
    database: Arc<Database>,
    keeper: Keeper,
    cache: Arc<Cache>,
    feed: Arc<Feed>,
}

/// What became of a group.
struct Done {
    /// For each command, whether it was done.
    outcomes: Vec<bool>,
    /// Who has to confirm what was announced.
    announced: Option<(Announcement, Listeners)>,
}

/// Why a group came to nothing.
struct Failed {
    error: Error,
    /// Whether the engine may have committed it all the same.
    may_be_done: bool,
}

impl Worker {
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>, mut closing: Closing) {
        let mut group = Vec::new();
        loop {
            tokio::select! {
                taken = jobs.recv_many(&mut group, LARGEST_GROUP) => if taken == 0 { return },
                () = closing.wait() => return,
            }
            self.serve(std::mem::take(&mut group)).await;
        }
    }

    /// Runs a group, and whatever remains of it after the engine refused a part.
    async fn serve(&mut self, mut group: Vec<Job>) {
        // Nobody was told anything of these, and nobody will ask.
        group.retain(|job| !job.answer.is_closed());
        let mut parts = vec![group];
        while let Some(mut part) = parts.pop() {
            match self.commit(&part).await {
                Ok(done) => answer(part, done),
                Err(failed) if failed.is_refusal() && part.len() > 1 => {
                    let second = part.split_off(part.len() / 2);
                    parts.extend([second, part]);
                }
                // A key or hash that is taken: the command is refused, nobody failed.
                Err(Failed { error: Error::Conflict, may_be_done: false }) => {
                    for job in part {
                        let _ = job.answer.send(Ok(false));
                    }
                }
                Err(failed) => {
                    for job in part {
                        let _ = job.answer.send(Err(failed.error.share()));
                    }
                }
            }
        }
    }

    /// Runs commands in one transaction. One that was certainly not committed is tried again where
    /// that promises something.
    async fn commit(&mut self, jobs: &[Job]) -> Result<Done, Failed> {
        let changes: Vec<Change> = jobs.iter().flat_map(|job| job.command.changes()).collect();
        if !changes.is_empty() {
            self.feed.listen().await;
        }
        let mut is_second = false;
        loop {
            let outcome = self.try_commit(jobs, &changes).await;
            self.database.note_write(&outcome.as_ref().map(drop).map_err(|f| f.error.share()));
            match outcome {
                Err(failed)
                    if failed.error.may_pass_at_once() && !failed.may_be_done && !is_second =>
                {
                    is_second = true;
                }
                outcome => return outcome,
            }
        }
    }

    async fn try_commit(&mut self, jobs: &[Job], changes: &[Change]) -> Result<Done, Failed> {
        let announcement = self.feed.announcement(changes);
        let taken = self.keeper.take().await;
        let mut handle = taken.map_err(Failed::undone)?;
        let ran = run_group(&mut handle, jobs, announcement.as_ref()).await;
        // Also when it failed: it may have been done.
        self.cache.note(changes);
        match &ran {
            Ok(_) => self.cache.settle(),
            Err(failed) if failed.may_be_done && self.database.is_sqlite() => self.cache.doubt(),
            Err(_) => {}
        }
        if handle.settled && handle.in_transaction {
            // What cannot be rolled back ends with its connection.
            let _ = handle.end("ROLLBACK").await;
        }
        let announced = match announcement {
            Some(announcement) if ran.is_ok() => {
                let listeners = announcement.listeners(&mut handle).await;
                Some((announcement, listeners))
            }
            _ => None,
        };
        let outcome = ran.as_ref().map(drop).map_err(|failed| failed.error.share());
        self.keeper.put_back(handle, &outcome);
        Ok(Done { outcomes: ran?, announced })
    }
}

impl Failed {
    /// Something that was certainly not done.
    fn undone(error: Error) -> Self {
        Self { error, may_be_done: false }
    }

    /// A commit that was sent: unless the engine said that it failed, nobody knows.
    fn in_commit(error: Error) -> Self {
        let may_be_done = error.leaves_doubt();
        Self { error, may_be_done }
    }

    /// Whether the engine refused some part of a group, the rest of which it may take.
    fn is_refusal(&self) -> bool {
        let is_refused = matches!(self.error, Error::Database(_) | Error::Conflict);
        (is_refused || self.error.is_lock_timeout()) && !self.may_be_done
    }
}

/// Tells each caller what became of its command: at once, unless other nodes have to forget first
/// what it changed.
fn answer(jobs: Vec<Job>, Done { outcomes, announced }: Done) {
    let mut waiting = Vec::new();
    for (job, outcome) in jobs.into_iter().zip(outcomes) {
        if announced.is_some() && job.command.changes().next().is_some() {
            waiting.push((job.answer, outcome));
        } else {
            // Who no longer waits has lost nothing but the answer.
            let _ = job.answer.send(Ok(outcome));
        }
    }
    if let Some((announcement, listeners)) = announced {
        tokio::spawn(async move {
            announcement.confirmed(listeners).await;
            for (answer, outcome) in waiting {
                let _ = answer.send(Ok(outcome));
            }
        });
    }
}

/// Runs commands in one transaction and commits it.
async fn run_group(
    handle: &mut Handle,
    jobs: &[Job],
    announcement: Option<&Announcement>,
) -> Result<Vec<bool>, Failed> {
    let mut outcomes = vec![false; jobs.len()];
    let plan = Plan::of(jobs.iter().map(|job| &job.command));
    let message = announcement.map(Announcement::only_message);
    if let (Some((kind, lone)), None | Some(Some(_))) = (plan.only_batch(), message) {
        let mut batch = batch_of(kind, lone.iter().map(|lone| lone.write));
        if let Some(Some((channel, text))) = message {
            batch.tell(channel, text);
        }
        if handle.commits_alone(&batch) {
            let rows = run_batch(handle, kind, batch).await.map_err(Failed::in_commit)?;
            note_rows(lone, rows.as_deref(), &mut outcomes);
            let is_nothing = rows.is_some_and(|rows| rows.is_empty());
            if let (Some(Some((channel, text))), true) = (message, is_nothing) {
                // Nothing was changed and nobody told. But what had been done before may not have
                // been forgotten everywhere yet, and this is to be an answer to that as well.
                handle.tell(channel, text).await.map_err(Failed::undone)?;
            }
            return Ok(outcomes);
        }
    }
    run_plan(handle, &plan, announcement, &mut outcomes).await.map_err(Failed::undone)?;
    handle.end("COMMIT").await.map_err(Failed::in_commit)?;
    Ok(outcomes)
}

/// Begins a transaction and runs everything in it.
async fn run_plan(
    handle: &mut Handle,
    plan: &Plan<'_>,
    announcement: Option<&Announcement>,
    outcomes: &mut [bool],
) -> Result<()> {
    handle.begin().await?;
    if let Some(announcement) = announcement {
        announcement.send(handle).await?;
    }
    for ((_, kind), lone) in &plan.batches {
        let batch = batch_of(*kind, lone.iter().map(|lone| lone.write));
        let rows = run_batch(handle, *kind, batch).await?;
        note_rows(lone, rows.as_deref(), outcomes);
    }
    for (place, command) in &plan.several {
        outcomes[*place] = run_several(handle, command).await?;
    }
    Ok(())
}

/// Runs a command of several writes, all or nothing.
async fn run_several(handle: &mut Handle, command: &Command) -> Result<bool> {
    handle.control("SAVEPOINT command").await?;
    let mut is_done = true;
    for write in &command.0 {
        let batch = batch_of(write.kind(), std::iter::once(write));
        let rows = run_batch(handle, write.kind(), batch).await?;
        if rows.is_some_and(|rows| rows.is_empty()) {
            handle.control("ROLLBACK TO SAVEPOINT command").await?;
            is_done = false;
            break;
        }
    }
    handle.control("RELEASE SAVEPOINT command").await?;
    Ok(is_done)
}

/// Marks as done those commands whose row is among `rows`, or all.
fn note_rows(lone: &[Lone<'_>], rows: Option<&[Row]>, outcomes: &mut [bool]) {
    let rows = rows.filter(|rows| rows.len() < lone.len());
    let rows: Option<HashSet<_>> = rows.map(|rows| rows.iter().collect());
    for lone in lone {
        outcomes[lone.place] = rows.as_ref().is_none_or(|rows| rows.contains(&lone.row));
    }
}

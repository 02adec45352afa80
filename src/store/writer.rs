//! Group commit: commands that arrive while others are being committed share the next transaction.
//!
//! Nobody waits for a timer. A lone command is a group of one and commits as it would by itself.
//! Each caller is answered after its group is durable, and after every node has forgotten what the
//! command changed. A group that the engine refuses is halved until the culprit stands alone.

use std::{sync::Arc, time::Instant};

use metrics::{Histogram, histogram};
use tokio::sync::{mpsc, oneshot};
use tracing::{Instrument, Span, trace_span};

use crate::model::trace::SPANS;

use super::{
    Error, Result,
    cache::Cache,
    change::Change,
    command::{Command, Outcome},
    database::{Closing, Database, Purpose, QueueLength, not_queued},
    engine::Handle,
    feed::{Announcement, FORGETTING, Feed, Listeners},
    group::{Failed, run_group},
    keeper::Keeper,
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
    /// The wait of whoever asked, in traces.
    span: Span,
    answer: oneshot::Sender<Result<Outcome>>,
}

impl Writer {
    /// Starts the writer. It ends when the database is closed or nobody can ask any more.
    pub(super) fn start(database: &Arc<Database>, cache: &Arc<Cache>, feed: &Arc<Feed>) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let worker = Worker {
            database: Arc::clone(database),
            keeper: Keeper::for_groups(Arc::clone(database), Purpose::Write),
            cache: Arc::clone(cache),
            feed: Arc::clone(feed),
            group_size: histogram!("tessera_write_group_size"),
            duration: histogram!("tessera_commit_duration_seconds"),
        };
        tokio::spawn(worker.run(jobs, database.closing()));
        Self { database: Arc::clone(database), queue }
    }

    /// Whether the writer is at work.
    pub(super) fn is_at_work(&self) -> bool {
        !self.queue.is_closed()
    }

    /// How many commands wait, and how many may.
    pub(super) fn queue(&self) -> QueueLength {
        QueueLength::of(&self.queue)
    }

    /// Runs a command. Returns whether every write of it found its row as it must be; if one did
    /// not, none was done. What it spent is told with it.
    pub(super) async fn run(&self, command: Command) -> Result<Outcome> {
        let span = trace_span!(target: SPANS, "store.write");
        let answered = self.submit(command, span.clone())?;
        self.database.answer(answered, FORGETTING).instrument(span).await
    }

    /// Runs commands that share groups. Returns what became of each, as [`Writer::run`] does: once
    /// one of them got no answer in time, the others get none either.
    pub(super) async fn run_all(
        &self,
        commands: impl Iterator<Item = Command>,
    ) -> Vec<Result<Outcome>> {
        let submitted: Vec<_> =
            commands.map(|command| self.submit(command, Span::none())).collect();
        let mut outcomes = Vec::with_capacity(submitted.len());
        let mut is_silent = false;
        for answered in submitted {
            let outcome = match answered {
                Err(error) => Err(error),
                Ok(_) if is_silent => Err(sqlx::Error::PoolTimedOut.into()),
                Ok(answered) => self.database.answer(answered, FORGETTING).await,
            };
            is_silent |= matches!(outcome, Err(Error::Unavailable(_)));
            outcomes.push(outcome);
        }
        outcomes
    }

    fn submit(&self, command: Command, span: Span) -> Result<oneshot::Receiver<Result<Outcome>>> {
        let (answer, answered) = oneshot::channel();
        let job = Job { command, span, answer };
        self.queue.try_send(job).map_err(|error| not_queued(&error))?;
        Ok(answered)
    }
}

/// The writer itself and its connection.
struct Worker {
    database: Arc<Database>,
    keeper: Keeper,
    cache: Arc<Cache>,
    feed: Arc<Feed>,
    group_size: Histogram,
    duration: Histogram,
}

/// What became of a group.
struct Done {
    /// What became of each command.
    outcomes: Vec<Outcome>,
    /// Who has to confirm what was announced.
    announced: Option<(Announcement, Listeners)>,
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
    async fn serve(&mut self, group: Vec<Job>) {
        let mut parts = vec![group];
        while let Some(mut part) = parts.pop() {
            // Nobody was told anything of these, and nobody will ask.
            part.retain(|job| !job.answer.is_closed());
            if part.is_empty() {
                continue;
            }
            let span = group_span(&part);
            match self.commit(&part).instrument(span).await {
                Ok(done) => answer(part, done),
                Err(failed) if failed.is_refusal() && part.len() > 1 => {
                    let second = part.split_off(part.len() / 2);
                    parts.extend([second, part]);
                }
                // A key or hash that is taken: the command is refused, nobody failed.
                Err(Failed { error: Error::Conflict, may_be_done: false, .. }) => {
                    for job in part {
                        let _ = job.answer.send(Ok(Outcome::default()));
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
        let changes: Vec<Change> = commands(jobs).flat_map(Command::changes).collect();
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
        let began = Instant::now();
        let taken = self.keeper.take().await;
        let mut handle = taken.map_err(Failed::undone)?;
        let ran = run_group(&mut handle, commands(jobs), announcement.as_ref()).await;
        self.group_size.record(u32::try_from(jobs.len()).map_or(f64::INFINITY, f64::from));
        self.duration.record(began.elapsed().as_secs_f64());
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
        let announced = match (announcement, &ran) {
            (Some(announcement), Ok(outcomes)) => {
                self.tell_again(&mut handle, jobs, outcomes, announcement).await
            }
            _ => None,
        };
        let outcome = ran.as_ref().map(drop).map_err(|failed| failed.error.share());
        self.keeper.put_back(handle, &outcome);
        Ok(Done { outcomes: ran?, announced })
    }

    /// Finds out who has to confirm what was announced.
    ///
    /// A group that changed nothing told nobody. But a token that another node ended a moment ago
    /// may not be forgotten everywhere yet, and this is to be an answer to that as well: then it is
    /// told now. For a token that there is not, nobody is bothered.
    async fn tell_again(
        &self,
        handle: &mut Handle,
        jobs: &[Job],
        outcomes: &[Outcome],
        announcement: Announcement,
    ) -> Option<(Announcement, Listeners)> {
        if !outcomes.iter().any(|outcome| outcome.is_done) {
            let targets = commands(jobs).flat_map(Command::targets);
            match handle.any_is_revoked(targets).await {
                Ok(false) => return None,
                // What cannot be told is not confirmed, and the full time is waited.
                Ok(true) | Err(_) => drop(announcement.send(handle).await),
            }
        }
        let listeners = announcement.listeners(handle).await;
        Some((announcement, listeners))
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

/// The span of a group: part of the first trace that it serves, and linked to the others.
fn group_span(jobs: &[Job]) -> Span {
    let Some((first, others)) = jobs.split_first() else { return Span::none() };
    let span =
        trace_span!(target: SPANS, parent: &first.span, "store.commit", commands = jobs.len());
    if !span.is_disabled() {
        for other in others {
            span.follows_from(&other.span);
        }
    }
    span
}

fn commands(jobs: &[Job]) -> impl ExactSizeIterator<Item = &Command> {
    jobs.iter().map(|job| &job.command)
}

//! A group of commands on its way through the database.

use std::collections::HashMap;

use super::{
    Error, Result,
    batch::Batch,
    command::{Command, Kind, Outcome, Touched, Write, batch_of, run_batch, run_writes},
    engine::Handle,
    feed::Announcement,
    plan::{Lone, Plan},
};

/// Why a group came to nothing.
pub(super) struct Failed {
    pub(super) error: Error,
    /// Whether the engine may have committed it all the same.
    pub(super) may_be_done: bool,
    /// Whether it was `COMMIT` that failed, which waits for a lock that is no row's.
    in_commit: bool,
}

impl Failed {
    /// Something that was certainly not done.
    pub(super) fn undone(error: Error) -> Self {
        Self { error, may_be_done: false, in_commit: false }
    }

    /// A statement that commits by itself: unless the engine refused it, nobody knows.
    fn alone(error: Error) -> Self {
        Self { may_be_done: error.leaves_doubt(), error, in_commit: false }
    }

    /// A commit that was sent.
    fn in_commit(error: Error) -> Self {
        Self { in_commit: true, ..Self::alone(error) }
    }

    /// Whether the engine refused some part of a group, the rest of which it may take.
    pub(super) fn is_refusal(&self) -> bool {
        let is_refused = matches!(self.error, Error::Database(_) | Error::Conflict);
        let is_held = self.error.is_lock_timeout() && !self.in_commit;
        (is_refused || is_held) && !self.may_be_done
    }
}

/// Runs commands in one transaction and commits it.
pub(super) async fn run_group<'c>(
    handle: &mut Handle,
    commands: impl ExactSizeIterator<Item = &'c Command>,
    announcement: Option<&Announcement>,
) -> Result<Vec<Outcome>, Failed> {
    let mut outcomes = vec![Outcome::default(); commands.len()];
    let plan = Plan::of(commands);
    if let Some((kind, lone)) = plan.only_batch()
        && let Some(batch) = batch_that_tells(batch_of(kind, writes(lone)), announcement)
        && handle.commits_alone(&batch)
    {
        match run_batch(handle, kind, batch).await {
            Ok(rows) => {
                note_rows(lone, rows.as_deref(), &mut outcomes);
                return Ok(outcomes);
            }
            // Either a row is held, or the lock by which the engine lets one tell at a time. The
            // long way round tells the two apart.
            Err(error) if error.is_lock_timeout() && announcement.is_some() => {}
            Err(error) => return Err(Failed::alone(error)),
        }
    }
    run_plan(handle, &plan, announcement, &mut outcomes).await.map_err(Failed::undone)?;
    handle.end("COMMIT").await.map_err(Failed::in_commit)?;
    Ok(outcomes)
}

/// The batch that tells what is announced, if one can.
fn batch_that_tells(mut batch: Batch, announcement: Option<&Announcement>) -> Option<Batch> {
    if let Some(announcement) = announcement {
        let (channel, text) = announcement.only_message()?;
        batch.tell(channel, text);
    }
    Some(batch)
}

fn writes<'c>(lone: &'c [Lone<'c>]) -> impl Iterator<Item = &'c Write> {
    lone.iter().map(|lone| lone.write)
}

/// Begins a transaction and runs everything in it.
async fn run_plan(
    handle: &mut Handle,
    plan: &Plan<'_>,
    announcement: Option<&Announcement>,
    outcomes: &mut [Outcome],
) -> Result<()> {
    handle.begin().await?;
    for ((_, kind), lone) in &plan.batches {
        let rows = run_writes(handle, *kind, writes(lone)).await?;
        note_rows(lone, rows.as_deref(), outcomes);
    }
    for (place, command) in &plan.several {
        outcomes[*place] = run_several(handle, command).await?;
    }
    if let Some(announcement) = announcement {
        announcement.send(handle).await?;
        handle.wait_for_turn().await?;
    }
    Ok(())
}

/// Runs a command of several writes, all or nothing.
async fn run_several(handle: &mut Handle, command: &Command) -> Result<Outcome> {
    handle.control("SAVEPOINT command").await?;
    let mut outcome = Outcome { is_done: true, ..Outcome::default() };
    for write in &command.0 {
        let rows = run_writes(handle, write.kind(), std::iter::once(write)).await?;
        if rows.as_ref().is_some_and(Vec::is_empty) {
            handle.control("ROLLBACK TO SAVEPOINT command").await?;
            let lost_slot = write.kind() == Kind::Slots;
            outcome = Outcome { lost_slot, ..Outcome::default() };
            break;
        }
        outcome.spent = outcome.spent.or(rows.and_then(|rows| rows.first()?.spent));
    }
    handle.control("RELEASE SAVEPOINT command").await?;
    Ok(outcome)
}

/// Marks as done those commands whose row is among `rows`, or all.
fn note_rows(lone: &[Lone<'_>], rows: Option<&[Touched]>, outcomes: &mut [Outcome]) {
    let says_more =
        |rows: &&[Touched]| rows.len() < lone.len() || rows.iter().any(|row| row.spent.is_some());
    let Some(rows) = rows.filter(says_more) else {
        for lone in lone {
            outcomes[lone.place].is_done = true;
        }
        return;
    };
    let rows: HashMap<_, _> = rows.iter().map(|row| (&row.row, row.spent)).collect();
    for lone in lone {
        if let Some(spent) = rows.get(&lone.row) {
            outcomes[lone.place] = Outcome { is_done: true, spent: *spent, ..Outcome::default() };
        }
    }
}

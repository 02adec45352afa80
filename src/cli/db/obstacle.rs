//! What stands in the way of a move, as a person reads it, and what to do about it.

use std::io::ErrorKind;

use crate::{
    cli::{
        figures::{counted, counted_entries},
        open::RESTORE_IT,
        problem::{Exit, Problem, innermost},
    },
    store::{Error, moving::Obstacle},
};

impl From<Obstacle> for Problem {
    fn from(obstacle: Obstacle) -> Self {
        let what = obstacle.to_string();
        let problem = |exit| Problem::new(exit, what.clone());
        match &obstacle {
            Obstacle::InUse(_) => problem(Exit::No).next("stop every server on it, then try again"),
            Obstacle::Turn | Obstacle::BeingWritten(_) => {
                problem(Exit::Unreachable).next("wait until it has ended, then try again")
            }
            Obstacle::Exists(_) => {
                problem(Exit::No).next("choose another name, or add --force to replace it")
            }
            Obstacle::Precious(..) => {
                problem(Exit::No).next("choose another name, or move that file away")
            }
            Obstacle::Filled { entries, others } => {
                let others = counted(*others, "other row");
                let said = format!("{}, {others}", counted_entries(*entries));
                Problem::new(Exit::No, "the store to be written to is not empty")
                    .said(said)
                    .next("name an empty one; db restore can replace it: --replace")
            }
            Obstacle::Missing => problem(Exit::Unreachable).next("check store.url"),
            Obstacle::Hollow(_) => {
                problem(Exit::Unreachable).next("restore a backup: tessera db restore")
            }
            Obstacle::Unfinished(_) => problem(Exit::No)
                .said("tessera db backup was stopped in the middle of it")
                .next("use a backup without .unfinished at its end, and delete this file"),
            Obstacle::NoBackup(_, what) => problem(Exit::No).next(instead_of(what)),
            Obstacle::Damaged(..) => problem(Exit::No).next("use another backup"),
            Obstacle::Unreadable(_, why) => {
                Problem::new(Exit::No, "there is something else in the place of the store")
                    .said(why)
                    .next("move it away; db restore can do that: --replace")
            }
            Obstacle::OtherKey => {
                Problem::new(Exit::No, "the backup is sealed with another master key")
                    .next("set keys.master to the key that was in force when the backup was made")
            }
            Obstacle::Newer { .. } => {
                problem(Exit::No).next("use the tessera that made it, or a newer one")
            }
            Obstacle::Older { .. } => problem(Exit::No).next("tessera db migrate"),
            Obstacle::Unlisted(_) => problem(Exit::No)
                .next("use the tessera that made this schema; or remove what is not ours"),
            Obstacle::Unfit { .. } => {
                problem(Exit::No).next("change or delete that row, then try again")
            }
            Obstacle::Differs { .. } => problem(Exit::Unreachable)
                .next("check the disk and the memory; nothing was changed"),
            Obstacle::File(_, error) => {
                let exit = match error.kind() {
                    ErrorKind::PermissionDenied => Exit::NotAllowed,
                    _ => Exit::Unreachable,
                };
                problem(exit).said(error.to_string()).next("check the path and its permissions")
            }
            Obstacle::Store(error) => store_problem(error),
        }
    }
}

/// What to do with a file that is no backup.
fn instead_of(what: &str) -> &'static str {
    match what {
        "it is a store itself" => {
            "make a backup of it with tessera db backup, or let store.url name it"
        }
        "it is an archive of pg_dump, which pg_restore reads" => {
            "pg_restore it, then run tessera db restore --in-place"
        }
        _ => "name a file that tessera db backup made",
    }
}

fn store_problem(error: &Error) -> Problem {
    match error {
        Error::Owned(path) => {
            let what = format!("a running tessera has {} open", path.display());
            Problem::new(Exit::No, what).next("stop it, then try again")
        }
        Error::Backup(_) => Problem::new(Exit::Unreachable, error.to_string()).next(RESTORE_IT),
        error => Problem::new(Exit::Unreachable, error.to_string())
            .said(innermost(error))
            .next("check the address, and that the database is running and lets us in"),
    }
}

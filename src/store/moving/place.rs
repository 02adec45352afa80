//! Giving a file that was made elsewhere the place of a store.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use crate::model::timestamp::Timestamp;

use super::{
    names::with_ending,
    obstacle::{Obstacle, Outcome},
    unfinished::{Existing, Unfinished, sync_folder},
};

/// Gives a file that was made the place of the store at `path`, and the owner of what was there.
/// What lies there already, a log of no store included, is set aside under a name with the time
/// `now`. Returns where a store that `is_replaced` is now.
pub(super) fn put_in_place(
    unfinished: Unfinished,
    path: &Path,
    now: Timestamp,
    is_replaced: bool,
) -> Outcome<Option<PathBuf>> {
    unfinished.give_to_owner()?;
    let aside = free_name(path, now);
    let has_log = ["-wal", "-journal"]
        .iter()
        .any(|ending| fs::metadata(with_ending(path, ending)).is_ok_and(|log| log.len() > 0));
    let is_there = path.exists();
    if has_log || (is_replaced && fs::hard_link(path, &aside).is_err()) {
        // Nothing may be left beside the new file that belongs to the old one.
        set_aside(path, &aside)?;
        unfinished.finish(Existing::Keep)?;
    } else {
        // One moment it is the old one, and the next the new one.
        unfinished.finish(if is_there { Existing::Replace } else { Existing::Keep })?;
    }
    Ok(is_replaced.then_some(aside))
}

/// Sets a database aside under another name, and what SQLite has beside it, of which nothing may
/// be left for the one that comes after it.
fn set_aside(path: &Path, aside: &Path) -> Outcome<()> {
    let refused = |error| Obstacle::File(path.to_owned(), error);
    for ending in ["", "-wal", "-shm", "-journal"] {
        match fs::rename(with_ending(path, ending), with_ending(aside, ending)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            renamed => renamed.map_err(refused)?,
        }
    }
    sync_folder(path).map_err(refused)
}

/// A name for a store that is set aside, which nothing has, not even a log of it.
fn free_name(path: &Path, now: Timestamp) -> PathBuf {
    let first = with_ending(path, &format!(".replaced-{}", stamp(now)));
    let others = (2..).map(|number| with_ending(&first, &format!("-{number}")));
    let is_free = |name: &PathBuf| {
        ["", "-wal", "-journal"].iter().all(|ending| !with_ending(name, ending).exists())
    };
    std::iter::once(first.clone()).chain(others).find(is_free).unwrap_or(first)
}

/// A time as part of a file's name: `20261122T061810Z`.
fn stamp(at: Timestamp) -> String {
    let whole = at.floor_to_second().rfc3339();
    let kept = whole.split('.').next().unwrap_or_default().chars();
    let digits: String = kept.filter(|c| c.is_ascii_digit() || *c == 'T').collect();
    format!("{digits}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_a_name_has_no_colons() {
        assert_eq!(stamp(Timestamp(1_800_000_000_999)), "20270115T080000Z");
    }
}

//! Keys by their names, and by names that are nearly theirs.

use std::time::Duration;

use super::{
    duration,
    keys::{KEYS, Key},
    kind::Kind,
};
use crate::model::nearest::nearest;

/// The row of `path`.
///
/// # Panics
///
/// When no row has it: only our own code names keys here.
pub(super) fn get(path: &str) -> &'static Key {
    find(path).expect("a setting that is read has a row in KEYS")
}

/// The row of `path`, if there is one.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// A length of time in seconds, if the setting at `path` could be that long.
///
/// # Errors
///
/// The shortest and the longest that it could be, as texts, if it could not.
///
/// # Panics
///
/// When `path` is no setting in whole seconds: only our own code names settings here.
pub fn bounded_seconds(path: &str, length: Duration) -> Result<i64, (&'static str, &'static str)> {
    let Kind::Seconds { least, most } = get(path).kind else {
        panic!("{path} is a length of time in whole seconds")
    };
    let is_within = get(path).kind.check(&duration::format(length)).is_ok();
    let seconds = i64::try_from(length.as_secs()).map_err(|_| (least, most))?;
    if is_within && length.subsec_nanos() == 0 { Ok(seconds) } else { Err((least, most)) }
}

/// The key that `path`, which is none, was perhaps meant for: the nearest, or one that only lacks
/// its section.
pub(super) fn guess(path: &str) -> Option<&'static Key> {
    let name = path.rsplit('.').next().unwrap_or(path);
    nearest(path, KEYS.iter().map(|key| key.path))
        .and_then(find)
        .or_else(|| KEYS.iter().find(|key| key.name() == name))
}

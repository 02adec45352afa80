//! Keys by their names, and by names that are nearly theirs.

use super::keys::{KEYS, Key};
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

/// The key that `path`, which is none, was perhaps meant for: the nearest, or one that only lacks
/// its section.
pub(super) fn guess(path: &str) -> Option<&'static Key> {
    let name = path.rsplit('.').next().unwrap_or(path);
    nearest(path, KEYS.iter().map(|key| key.path))
        .and_then(find)
        .or_else(|| KEYS.iter().find(|key| key.name() == name))
}

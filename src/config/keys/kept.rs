//! How long tokens are kept, and what becomes of those that nobody uses.

use super::super::{
    key::{Key, open},
    kind::Kind,
};

pub(super) const KEPT: &[Key] = &[
    open(
        "tokens.keep_ended",
        Kind::Seconds { least: "0s", most: "3650d" },
        "7d",
        "How long an ended token can still be explained before it is swept.",
    )
    .reloads(),
    open(
        "tokens.note_use",
        Kind::Seconds { least: "0s", most: "30d" },
        "10m",
        "How often the last use of one token is noted at most. 0s: never.",
    )
    .reloads(),
    open(
        "tokens.revoke_unused_after",
        Kind::Seconds { least: "0s", most: "3650d" },
        "0s",
        "After how long without use refresh and personal tokens are revoked. 0s: never.",
    )
    .reloads(),
];

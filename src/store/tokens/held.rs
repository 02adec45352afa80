//! The statement that only tokens need whose string is told again.

use std::sync::LazyLock;

use crate::model::token_entry::TokenEntry;

use super::{
    super::batch::{Batch, BatchSql, Type},
    typed::insert_ruled_token,
};

/// Adds entries that keep their string, sealed, or none of them if one has a key or hash that is
/// taken. The other entries do without this column: each costs on every row.
pub(in crate::store) static INSERT_HELD_TOKENS: LazyLock<BatchSql> = LazyLock::new(|| {
    insertion!(
        [
            ("identity", Text),
            ("purposes", Text),
            ("rules", Text),
            ("absolute_at", Integer),
            ("max_uses", Integer),
            ("token_sealed", Bytes)
        ],
        ", identity, purposes, rules, absolute_at, max_uses, token_sealed"
    )
});

/// Binds a row of [`INSERT_HELD_TOKENS`].
pub(in crate::store) fn insert_held_token(batch: &mut Batch, entry: &TokenEntry) {
    insert_ruled_token(batch, entry);
    batch.bind(entry.token_sealed.clone());
}

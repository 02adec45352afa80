//! The statements that only tokens with rules need.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::model::{
    client_id::ClientId, entry_key::EntryKey, timestamp::Timestamp, token_entry::TokenEntry,
};

use super::{
    super::batch::{Batch, BatchSql, Type},
    hot::insert_token,
};

/// Adds entries that have rules, purposes or an identity, or none of them if one has a key or hash
/// that is taken. The other entries do without these columns: each costs on every row.
pub(in crate::store) static INSERT_RULED_TOKENS: LazyLock<BatchSql> = LazyLock::new(|| {
    insertion!(
        [
            ("identity", Text),
            ("purposes", Text),
            ("rules", Text),
            ("absolute_at", Integer),
            ("max_uses", Integer)
        ],
        ", identity, purposes, rules, absolute_at, max_uses"
    )
});

/// Binds a row of [`INSERT_RULED_TOKENS`].
pub(in crate::store) fn insert_ruled_token(batch: &mut Batch, entry: &TokenEntry) {
    insert_token(batch, entry);
    batch
        .bind(entry.identity.as_deref())
        .bind(entry.purposes.text())
        .bind(entry.rules.text())
        .bind(entry.absolute_at)
        .bind(entry.max_uses);
}

/// A typed token to be deleted, and what shows that it is meant.
#[derive(Debug, Clone)]
pub struct Deletion {
    /// Its entry.
    pub entry_key: EntryKey,
    /// The folded name of its type.
    pub type_name: String,
    /// Whose it has to be; `None` for anybody's.
    pub holder: Option<ClientId>,
    /// On whose behalf it has to be; `None` for anybody's.
    pub user_id: Option<Uuid>,
}

/// Deletes entries of typed tokens.
pub(in crate::store) static DELETE_TOKENS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("wanted", Type::Integer),
            ("wanted_type", Type::Text),
            ("holder", Type::Text),
            ("owner", Type::Uuid),
        ],
        "DELETE FROM tokens
         WHERE entry_key IN (SELECT wanted FROM given) AND kind = 'typed'
           AND EXISTS (SELECT 1 FROM given
                       WHERE given.wanted = tokens.entry_key
                         AND given.wanted_type = tokens.type_name
                         AND (given.holder IS NULL OR given.holder = tokens.client_id)
                         AND (given.owner IS NULL OR given.owner = tokens.user_id))
         RETURNING entry_key",
    )
});

/// Binds a row of [`DELETE_TOKENS`].
pub(in crate::store) fn delete_token(batch: &mut Batch, deletion: &Deletion) {
    batch
        .bind(deletion.entry_key)
        .bind(deletion.type_name.as_str())
        .bind(deletion.holder.as_ref().map(ClientId::as_str))
        .bind(deletion.user_id);
}

/// Ends entries because others take their place.
pub(in crate::store) static SUPERSEDE_TOKENS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("wanted", Type::Integer),
            ("ended_at", Type::Integer),
            ("ended_by", Type::Text),
            ("end_reason", Type::Text),
        ],
        "UPDATE tokens SET status = 'superseded', ended_at = given.ended_at,
                endless_ended_at = CASE WHEN tokens.expires_at IS NULL
                                        THEN given.ended_at END,
                ended_by = given.ended_by, end_reason = given.end_reason,
                payload = NULL, token_sealed = NULL, replay_sealed = NULL
         FROM given
         WHERE tokens.entry_key = given.wanted AND tokens.status = 'valid'
         RETURNING tokens.entry_key",
    )
});

/// Binds a row of [`SUPERSEDE_TOKENS`].
pub(in crate::store) fn supersede_token(
    batch: &mut Batch,
    key: EntryKey,
    (at, by, reason): (Timestamp, &str, &str),
) {
    batch.bind(key).bind(at).bind(by).bind(reason);
}

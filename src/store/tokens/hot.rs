//! The statements about tokens that requests wait for, each for many rows at once.

use std::sync::LazyLock;

use crate::model::{client_id::ClientId, token_entry::TokenEntry};

use super::{
    super::batch::{Batch, BatchSql, Type},
    End, Target,
};

/// Finds the entries of plain reference tokens.
pub(in crate::store) static FIND_BY_HASH: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("hash", Type::Bytes)],
        concat!(
            "SELECT ",
            standing_columns!(),
            " FROM given CROSS JOIN tokens t",
            surroundings!(),
            "WHERE t.reference_hash = given.hash AND t.format = 'reference'"
        ),
    )
});

/// Finds entries by their keys.
pub(in crate::store) static FIND_BY_KEY: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("wanted", Type::Integer)],
        concat!(
            "SELECT ",
            standing_columns!(),
            " FROM given CROSS JOIN tokens t",
            surroundings!(),
            "WHERE t.entry_key = given.wanted"
        ),
    )
});

/// Adds entries, or none of them if one has a key or hash that is taken.
pub(in crate::store) static INSERT_TOKENS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("entry_key", Type::Integer),
            ("kind", Type::Text),
            ("type_name", Type::Text),
            ("format", Type::Text),
            ("status", Type::Text),
            ("client_id", Type::Text),
            ("user_id", Type::Uuid),
            ("subject", Type::Text),
            ("authorization_id", Type::Uuid),
            ("scope", Type::Text),
            ("audience", Type::Text),
            ("jti_salt", Type::Integer),
            ("reference_hash", Type::Bytes),
            ("payload", Type::Bytes),
            ("seal_key", Type::Integer),
            ("client_generation", Type::Integer),
            ("user_generation", Type::Integer),
            ("created_at", Type::Integer),
            ("not_before", Type::Integer),
            ("expires_at", Type::Integer),
        ],
        "INSERT INTO tokens
         (entry_key, kind, type_name, format, status, client_id, user_id, subject,
          authorization_id, scope, audience, jti_salt, reference_hash, payload, seal_key,
          client_generation, user_generation, global_generation, created_at, not_before,
          expires_at)
     SELECT entry_key, kind, type_name, format, status, client_id, user_id, subject,
            authorization_id, scope, audience, jti_salt, reference_hash, payload, seal_key,
            client_generation, user_generation,
            (SELECT generation FROM instance WHERE id = 1), created_at, not_before, expires_at
     FROM given",
    )
});

/// What it means to end a token: what was sealed in its row goes at once.
macro_rules! revoke {
    ($which:literal, $returning:literal) => {
        concat!(
            "UPDATE tokens SET status = 'revoked', ended_at = given.ended_at,
                    endless_ended_at = CASE WHEN tokens.expires_at IS NULL
                                            THEN given.ended_at END,
                    ended_by = given.ended_by, end_reason = given.end_reason,
                    payload = NULL, token_sealed = NULL, replay_sealed = NULL
             FROM given
             WHERE ",
            $which,
            " AND tokens.client_id = given.holder
               AND tokens.status IN ('inactive', 'valid', 'redeemed')
             RETURNING ",
            $returning
        )
    };
}

/// Ends tokens of the client that each is said to be of, by key, unless they have ended. Where a
/// hash or a salt is given, it must be the row's.
pub(in crate::store) static REVOKE_ENTRIES: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("wanted", Type::Integer),
            ("hash", Type::Bytes),
            ("salt", Type::Integer),
            ("holder", Type::Text),
            ("ended_at", Type::Integer),
            ("ended_by", Type::Text),
            ("end_reason", Type::Text),
        ],
        revoke!(
            "tokens.entry_key = given.wanted
               AND (given.hash IS NULL
                    OR (tokens.reference_hash = given.hash AND tokens.format = 'located'))
               AND (given.salt IS NULL
                    OR (tokens.jti_salt = given.salt AND tokens.format = 'jwt'))",
            "tokens.entry_key"
        ),
    )
});

/// The same for plain references, by hash.
pub(in crate::store) static REVOKE_REFERENCES: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("hash", Type::Bytes),
            ("holder", Type::Text),
            ("ended_at", Type::Integer),
            ("ended_by", Type::Text),
            ("end_reason", Type::Text),
        ],
        revoke!(
            "tokens.reference_hash = given.hash AND tokens.format = 'reference'",
            "tokens.reference_hash"
        ),
    )
});

/// Binds a row of [`INSERT_TOKENS`].
pub(in crate::store) fn insert_token(batch: &mut Batch, entry: &TokenEntry) {
    batch
        .bind(entry.entry_key)
        .bind(entry.kind.as_str())
        .bind(entry.type_name.as_str())
        .bind(entry.format.as_str())
        .bind(entry.status.as_str())
        .bind(entry.client_id.as_str())
        .bind(entry.user_id)
        .bind(entry.subject.as_deref())
        .bind(entry.authorization_id)
        .bind(entry.scope.to_string())
        .bind(entry.audience.to_string())
        .bind(entry.jti_salt)
        .bind(entry.reference_hash.clone())
        .bind(entry.payload.clone())
        .bind(entry.seal_key)
        .bind(entry.client_generation)
        .bind(entry.user_generation)
        .bind(entry.created_at)
        .bind(entry.not_before)
        .bind(entry.expires_at);
}

/// Binds a row of [`REVOKE_ENTRIES`] or [`REVOKE_REFERENCES`].
pub(in crate::store) fn revoke_token(batch: &mut Batch, target: &Target, by: (&ClientId, &End)) {
    match target {
        Target::Reference(hash) => batch.bind(hash),
        Target::Located(key, hash) => batch.bind(*key).bind(hash).bind(None::<i64>),
        Target::Jwt(id) => batch.bind(id.entry_key).bind(None::<Vec<u8>>).bind(id.salt),
        Target::Entry(key) => batch.bind(*key).bind(None::<Vec<u8>>).bind(None::<i64>),
    };
    let (client_id, end) = by;
    batch.bind(client_id.as_str()).bind(end.at).bind(end.by.as_str()).bind(end.reason.as_str());
}

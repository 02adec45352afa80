//! The statements about tokens that requests wait for, each for many rows at once.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use crate::model::{
    client_id::ClientId,
    standing::StandingEntry,
    token_entry::{EntryStatus, TokenEntry},
};

use super::{
    super::{
        Result,
        batch::{Batch, BatchSql, Type},
        engine::Handle,
        reader::TokenName,
    },
    End, Target,
};

/// Finds the entries of plain reference tokens.
static FIND_BY_HASH: LazyLock<BatchSql> = LazyLock::new(|| {
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
static FIND_BY_KEY: LazyLock<BatchSql> = LazyLock::new(|| {
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
pub(in crate::store) static INSERT_TOKENS: LazyLock<BatchSql> =
    LazyLock::new(|| insertion!([], ""));

/// What it means to end a token: what was sealed in its row goes at once. Not one that
/// is presented and is a refresh token: with it, its family ends. Nor a code or an ID token: they
/// are unknown wherever tokens are ended by whoever holds them.
macro_rules! revoke {
    ($which:literal, $kinds:literal, $returning:literal) => {
        concat!(
            "UPDATE tokens SET status = 'revoked', ended_at = given.ended_at,
                    endless_ended_at = CASE WHEN tokens.expires_at IS NULL
                                            THEN given.ended_at END,
                    ended_by = given.ended_by, end_reason = given.end_reason,
                    payload = NULL, token_sealed = NULL, replay_sealed = NULL
             FROM given
             WHERE ",
            $which,
            $kinds,
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
            " AND (tokens.kind NOT IN ('refresh', 'code', 'id')
                    OR (given.hash IS NULL AND given.salt IS NULL))",
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
            " AND tokens.kind NOT IN ('refresh', 'code', 'id')",
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

impl Handle {
    /// Finds entries by hash and by key: a statement for each of the two that is asked for.
    pub(in crate::store) async fn find_tokens(
        &mut self,
        names: &[TokenName],
    ) -> Result<HashMap<TokenName, Arc<StandingEntry>>> {
        let (mut by_hash, mut by_key) = (Batch::new(&FIND_BY_HASH), Batch::new(&FIND_BY_KEY));
        for name in names {
            match name {
                TokenName::Hash(hash) => by_hash.bind(Some(hash.to_vec())),
                TokenName::Key(key) => by_key.bind(*key),
            };
        }
        let mut found = HashMap::with_capacity(names.len());
        if by_hash.rows() > 0 {
            let rows: Vec<StandingEntry> = self.batch(by_hash).await?;
            let name = |row: &StandingEntry| row.entry.reference_hash.as_deref()?.try_into().ok();
            found.extend(
                rows.into_iter()
                    .filter_map(|row| Some((TokenName::Hash(name(&row)?), Arc::new(row)))),
            );
        }
        if by_key.rows() > 0 {
            let rows: Vec<StandingEntry> = self.batch(by_key).await?;
            found.extend(
                rows.into_iter().map(|row| (TokenName::Key(row.entry.entry_key), Arc::new(row))),
            );
        }
        Ok(found)
    }

    /// Whether any of these tokens is there, is its client's, and was revoked.
    pub(in crate::store) async fn any_is_revoked(
        &mut self,
        targets: impl Iterator<Item = (&Target, &ClientId)>,
    ) -> Result<bool> {
        let targets: Vec<_> = targets.map(|(target, holder)| (target.name(), holder)).collect();
        let names: Vec<_> = targets.iter().map(|(name, _)| name.clone()).collect();
        let found = self.find_tokens(&names).await?;
        let is_revoked = |(name, holder): &(TokenName, &ClientId)| {
            found.get(name).is_some_and(|found| {
                found.entry.speaks_for(holder) && found.entry.status == EntryStatus::Revoked
            })
        };
        Ok(targets.iter().any(is_revoked))
    }
}

impl Target {
    /// What leads to its entry.
    fn name(&self) -> TokenName {
        match self {
            Target::Reference(hash) => TokenName::from(hash),
            Target::Located(key, _) | Target::Entry(key) => TokenName::Key(*key),
            Target::Jwt(id) => TokenName::Key(id.entry_key),
        }
    }
}

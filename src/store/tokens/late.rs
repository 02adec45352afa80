//! The statements for tokens that are written after they were answered.

use std::sync::LazyLock;

use sqlx::FromRow;

use crate::model::{
    client_id::ClientId, entry_key::EntryKey, standing::Standing, timestamp::Timestamp,
    token_entry::TokenEntry,
};

use super::{
    super::{
        Result,
        batch::{Batch, BatchSql, Type},
        engine::Handle,
    },
    hot::insert_token,
};

/// Adds entries as they were when they were answered, ends included, but for those whose key or
/// hash is taken. The generation of the server is that of then: what was ended meanwhile is not to
/// be alive.
pub(in crate::store) static INSERT_LATE_TOKENS: LazyLock<BatchSql> = LazyLock::new(|| {
    insertion!(
        [
            ("global_generation", Integer),
            ("token_sealed", Bytes),
            ("ended_at", Integer),
            ("ended_by", Text),
            ("end_reason", Text)
        ],
        ", token_sealed, ended_at, ended_by, end_reason",
        "global_generation",
        " WHERE true ON CONFLICT DO NOTHING RETURNING entry_key"
    )
});

/// Binds a row of [`INSERT_LATE_TOKENS`].
pub(in crate::store) fn insert_late_token(batch: &mut Batch, entry: &TokenEntry) {
    insert_token(batch, entry);
    batch
        .bind(entry.global_generation)
        .bind(entry.token_sealed.clone())
        .bind(entry.ended_at)
        .bind(entry.ended_by.as_deref())
        .bind(entry.end_reason.as_deref());
}

/// Whether a client is not among those who asked for an end.
macro_rules! no_claim {
    () => {
        "replace(' ' || tokens.ended_by || ' ', ' client:' || given.holder || ' ', '')
             = ' ' || tokens.ended_by || ' '"
    };
}

/// Deletes ends that were written for references before these were, by clients whose they are not:
/// whoever has seen a string can ask for its end, and it is not theirs to end. One that its owner
/// asked for too stays.
pub(in crate::store) static DELETE_FOREIGN_ENDS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("hash", Type::Bytes), ("holder", Type::Text)],
        concat!(
            "DELETE FROM tokens
             WHERE reference_hash IN (SELECT hash FROM given) AND format = 'reference'
               AND kind = 'access' AND status = 'revoked'
               AND EXISTS (SELECT 1 FROM given
                           WHERE given.hash = tokens.reference_hash
                             AND given.holder <> tokens.client_id AND ",
            no_claim!(),
            ") RETURNING reference_hash"
        ),
    )
});

/// A client that asks for the end of a reference for which others asked before, and until when that
/// end is kept for it.
#[derive(Debug)]
pub(in crate::store) struct ClaimedEnd {
    /// The hash of the reference.
    pub(in crate::store) hash: Vec<u8>,
    /// Who says that it is theirs.
    pub(in crate::store) claimant: ClientId,
    /// The key under which the end would be, if nobody had asked before.
    pub(in crate::store) entry_key: EntryKey,
    /// When a token of that client is over.
    pub(in crate::store) expires_at: Option<Timestamp>,
}

/// Adds clients to those who asked for the end of a reference, where it was written without knowing
/// whose that is: such an end rests on no generation of a client. It is the owner's if any of them
/// is, so it moves to the key that is kept longest. Fails if that is taken.
pub(in crate::store) static CLAIM_ENDS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("hash", Type::Bytes),
            ("holder", Type::Text),
            ("entry_key", Type::Integer),
            ("expires_at", Type::Integer),
        ],
        concat!(
            "UPDATE tokens SET
                 ended_by = tokens.ended_by || ' client:' || given.holder,
                 entry_key = CASE WHEN given.entry_key > tokens.entry_key
                                  THEN given.entry_key ELSE tokens.entry_key END,
                 expires_at = CASE WHEN given.entry_key > tokens.entry_key
                                   THEN given.expires_at ELSE tokens.expires_at END
             FROM given
             WHERE tokens.reference_hash = given.hash AND tokens.format = 'reference'
               AND tokens.kind = 'access' AND tokens.status = 'revoked'
               AND tokens.client_generation = 0 AND tokens.client_id <> given.holder AND ",
            no_claim!(),
            " RETURNING tokens.reference_hash"
        ),
    )
});

/// Binds a row of [`DELETE_FOREIGN_ENDS`].
pub(in crate::store) fn delete_foreign_end(batch: &mut Batch, hash: &[u8], holder: &ClientId) {
    batch.bind(Some(hash.to_vec())).bind(holder.as_str());
}

/// Binds a row of [`CLAIM_ENDS`].
pub(in crate::store) fn claim_end(batch: &mut Batch, claim: &ClaimedEnd) {
    batch
        .bind(Some(claim.hash.clone()))
        .bind(claim.claimant.as_str())
        .bind(claim.entry_key)
        .bind(claim.expires_at);
}

/// Finds what stands around entries that have no row.
static FIND_SURROUNDINGS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("entry_key", Type::Integer),
            ("client_id", Type::Text),
            ("user_id", Type::Uuid),
            ("authorization_id", Type::Uuid),
            ("type_name", Type::Text),
        ],
        concat!("SELECT t.entry_key, ", surrounding_columns!(), " FROM given t", surroundings!()),
    )
});

#[derive(FromRow)]
struct Surrounded {
    entry_key: EntryKey,
    #[sqlx(flatten)]
    standing: Standing,
}

impl Handle {
    /// What stands around entries that have no row yet.
    pub(in crate::store) async fn surroundings(
        &mut self,
        entries: &[TokenEntry],
    ) -> Result<Vec<(EntryKey, Standing)>> {
        let mut batch = Batch::new(&FIND_SURROUNDINGS);
        for entry in entries {
            batch
                .bind(entry.entry_key)
                .bind(entry.client_id.as_str())
                .bind(entry.user_id)
                .bind(entry.authorization_id)
                .bind(entry.type_name.as_str());
        }
        let found: Vec<Surrounded> = self.batch(batch).await?;
        Ok(found.into_iter().map(|row| (row.entry_key, row.standing)).collect())
    }
}

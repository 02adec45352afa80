//! Tokens that nobody uses: found a stretch at a time, and ended on the condition that nobody did.

use std::sync::LazyLock;

use crate::model::{entry_key::EntryKey, timestamp::Timestamp};

use super::{
    super::{
        Result, Transaction,
        batch::{Batch, BatchSql, Type},
        change::Change,
        engine::Handle,
    },
    End,
};

/// Ends tokens that were not used since.
static END_UNUSED: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("entry", Type::Integer),
            ("since", Type::Integer),
            ("ended_at", Type::Integer),
            ("ended_by", Type::Text),
            ("end_reason", Type::Text),
        ],
        "UPDATE tokens SET status = 'revoked', ended_at = given.ended_at,
                endless_ended_at = CASE WHEN tokens.expires_at IS NULL THEN given.ended_at END,
                ended_by = given.ended_by, end_reason = given.end_reason,
                payload = NULL, token_sealed = NULL, replay_sealed = NULL
         FROM given
         WHERE tokens.entry_key = given.entry AND tokens.status = 'valid'
           AND COALESCE(tokens.last_used_at, tokens.created_at) < given.since
         RETURNING tokens.entry_key",
    )
});

/// Since when tokens must not have been used to be called unused.
#[derive(Debug, Clone, Copy)]
pub struct UnusedSince {
    /// Those that bring others.
    pub refresh: Timestamp,
    /// Those that people made for themselves; the beginning of time for none.
    pub personal: Timestamp,
}

impl Handle {
    /// The tokens from `first` to `last` that were not used since, or not made since and never
    /// used, and could still be at `now`. Ask [`Handle::token_stretch`] before how far to go.
    pub async fn unused_tokens(
        &mut self,
        (first, last): (EntryKey, EntryKey),
        since: UnusedSince,
        now: Timestamp,
    ) -> Result<Vec<(EntryKey, Timestamp)>> {
        let found: Vec<(EntryKey, String)> = self
            .query(
                "SELECT entry_key, kind FROM tokens
                 WHERE entry_key >= $1 AND entry_key <= $2 AND status = 'valid'
                   AND (expires_at IS NULL OR expires_at > $3)
                   AND (kind = 'refresh' AND COALESCE(last_used_at, created_at) < $4
                        OR kind = 'typed' AND type_name = 'personal' AND client_id = '~people'
                           AND COALESCE(last_used_at, created_at) < $5)",
            )
            .bind(first)
            .bind(last)
            .bind(now)
            .bind(since.refresh)
            .bind(since.personal)
            .fetch_all()
            .await?;
        let since_of = |kind: &str| if kind == "refresh" { since.refresh } else { since.personal };
        Ok(found.iter().map(|(key, kind)| (*key, since_of(kind))).collect())
    }
}

impl Transaction {
    /// Ends tokens, each unless it was used since. Returns how many that were.
    pub async fn end_unused_tokens(
        &mut self,
        tokens: &[(EntryKey, Timestamp)],
        end: &End,
    ) -> Result<u64> {
        let mut batch = Batch::new(&END_UNUSED);
        for (key, since) in tokens {
            self.changes(Change::Token(*key));
            batch.bind(*key).bind(*since).bind(end.at);
            batch.bind(end.by.as_str()).bind(end.reason.as_str());
        }
        let ended: Vec<(EntryKey,)> = self.batch(batch).await?;
        Ok(ended.len() as u64)
    }
}

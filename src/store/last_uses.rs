//! When tokens, clients and their secrets were last used. Uses of tokens and clients are written in
//! groups, beside everything else: a row that somebody is at is left out, so that nobody waits for
//! this, nor this for anybody.

use std::{net::IpAddr, sync::LazyLock};

use uuid::Uuid;

use crate::model::{client_id::ClientId, entry_key::EntryKey, timestamp::Timestamp};

use super::{
    Result,
    batch::{Batch, BatchSql, Type},
    engine::Handle,
};

/// Notes uses of tokens, of those whose last noted use is old enough. A refresh token says itself
/// when it is used, and must not seem to be used before: then a retry would be a theft.
static NOTE_TOKENS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("entry", Type::Integer), ("moment", Type::Integer), ("before", Type::Integer)],
        "UPDATE tokens SET last_used_at = free.moment
         FROM (SELECT t.entry_key, given.moment FROM given
               JOIN tokens t ON t.entry_key = given.entry
               WHERE t.status = 'valid' AND t.kind <> 'refresh'
                 AND (t.last_used_at IS NULL OR t.last_used_at <= given.before)
               {free of t}) AS free
         WHERE tokens.entry_key = free.entry_key",
    )
});

/// Notes uses of clients, each at most once in a while.
static NOTE_CLIENTS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("client", Type::Text), ("moment", Type::Integer), ("before", Type::Integer)],
        "UPDATE clients SET last_used_at = free.moment
         FROM (SELECT t.client_id, given.moment FROM given
               JOIN clients t ON t.client_id = given.client
               WHERE t.last_used_at IS NULL OR t.last_used_at <= given.before
               {free of t}) AS free
         WHERE clients.client_id = free.client_id",
    )
});

/// When and from where a secret was last used.
#[derive(Debug, Clone)]
pub struct LastUse {
    /// Which secret.
    pub secret_id: Uuid,
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub from: IpAddr,
}

/// When something was last used, and before when its last noted use must have been for that to be
/// worth a row.
#[derive(Debug, Clone, Copy)]
pub struct UsedAt {
    /// When.
    pub at: Timestamp,
    /// At this moment at the latest.
    pub before: Timestamp,
}

impl Handle {
    /// Notes uses of tokens. Returns how many rows that changed.
    pub async fn note_token_uses(&mut self, uses: &[(EntryKey, UsedAt)]) -> Result<u64> {
        let mut batch = Batch::new(&NOTE_TOKENS);
        for (key, used) in uses {
            batch.bind(*key).bind(used.at).bind(used.before);
        }
        self.execute_batch(batch).await
    }

    /// Notes uses of clients. Returns how many rows that changed.
    pub async fn note_client_uses(&mut self, uses: &[(ClientId, UsedAt)]) -> Result<u64> {
        let mut batch = Batch::new(&NOTE_CLIENTS);
        for (client_id, used) in uses {
            batch.bind(client_id.as_str()).bind(used.at).bind(used.before);
        }
        self.execute_batch(batch).await
    }

    /// Notes that a secret was used, unless a later use is noted already. One at a time: whoever
    /// changes the row is waited for, and nothing else is held meanwhile.
    pub async fn note_last_use(&mut self, last: &LastUse) -> Result<u64> {
        self.query(
            "UPDATE client_secrets SET last_used_at = $2, last_used_from = $3
             WHERE secret_id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
        )
        .bind(last.secret_id)
        .bind(last.at)
        .bind(last.from.to_string())
        .execute()
        .await
    }

    /// When a client was last known by its proof; `None` if it never was, or before that was noted.
    pub async fn client_last_used_at(&mut self, client_id: &ClientId) -> Result<Option<Timestamp>> {
        let found: Option<(Option<Timestamp>,)> = self
            .query("SELECT last_used_at FROM clients WHERE client_id = $1")
            .bind(client_id.as_str())
            .fetch_optional()
            .await?;
        Ok(found.and_then(|(at,)| at))
    }
}

//! Uses that are remembered: those that were given a key, so that a retry consumes nothing, and
//! those of purposes that are good once.

use std::sync::LazyLock;

use sqlx::FromRow;

use crate::model::{client_id::ClientId, entry_key::EntryKey, timestamp::Timestamp};

use super::{
    Result,
    batch::{Batch, BatchSql, Type},
    engine::Handle,
};

/// A use to be remembered, together with what the entry says after it.
#[derive(Debug, Clone)]
pub struct RememberedUse {
    /// The entry that is used.
    pub entry_key: EntryKey,
    /// Which use of it this is; remembered once for each entry.
    pub use_key: String,
    /// The client that gave it this key, and gives no two uses the same; `None` where nobody did.
    pub client_id: Option<ClientId>,
    /// What tells the same use from another.
    pub fingerprint: String,
    /// When.
    pub at: Timestamp,
}

/// A use that was remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedUse {
    /// The entry that was used.
    pub entry_key: EntryKey,
    /// What tells the same use from another.
    pub fingerprint: String,
    /// How many uses were left after it, where they are counted.
    pub uses_left: Option<i64>,
    /// When the entry ended, as it was then.
    pub expires_at: Option<Timestamp>,
}

/// Remembers uses, but for those that are so already.
pub(super) static REMEMBER_USES: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("wanted", Type::Integer),
            ("given_key", Type::Text),
            ("holder", Type::Text),
            ("fingerprint", Type::Text),
            ("moment", Type::Integer),
        ],
        "INSERT INTO token_uses (entry_key, use_key, client_id, outcome, at)
         SELECT t.entry_key, given.given_key, given.holder,
                given.fingerprint
                    || ' ' || COALESCE(CAST(t.max_uses - t.uses AS TEXT), '-')
                    || ' ' || COALESCE(CAST(t.expires_at AS TEXT), '-'),
                given.moment
         FROM given CROSS JOIN tokens t WHERE t.entry_key = given.wanted
         ON CONFLICT DO NOTHING RETURNING entry_key, use_key",
    )
});

/// Binds a row of [`REMEMBER_USES`].
pub(super) fn remember_use(batch: &mut Batch, remembered: &RememberedUse) {
    batch
        .bind(remembered.entry_key)
        .bind(remembered.use_key.as_str())
        .bind(remembered.client_id.as_ref().map(ClientId::as_str))
        .bind(remembered.fingerprint.as_str())
        .bind(remembered.at);
}

#[derive(FromRow)]
struct Row {
    entry_key: EntryKey,
    outcome: String,
}

impl Handle {
    /// The use that `client_id` gave this key.
    pub async fn recorded_use(
        &mut self,
        client_id: &ClientId,
        use_key: &str,
    ) -> Result<Option<RecordedUse>> {
        let row: Option<Row> = self
            .query(
                "SELECT entry_key, outcome FROM token_uses
                 WHERE client_id IS NOT NULL AND client_id = $1 AND use_key = $2",
            )
            .bind(client_id.as_str())
            .bind(use_key)
            .fetch_optional()
            .await?;
        Ok(row.map(RecordedUse::from))
    }

    /// Whether this use of an entry is remembered.
    pub async fn is_use_remembered(&mut self, key: EntryKey, use_key: &str) -> Result<bool> {
        let count: i64 = self
            .query("SELECT COUNT(*) FROM token_uses WHERE entry_key = $1 AND use_key = $2")
            .bind(key)
            .bind(use_key)
            .fetch_value()
            .await?;
        Ok(count > 0)
    }

    /// Forgets uses of entries whose time is over at `now`, and of endless ones that are gone, at
    /// most `limit` of each. Returns how many.
    pub async fn sweep_token_uses(&mut self, now: Timestamp, limit: i64) -> Result<u64> {
        let timed = self
            .query(
                "DELETE FROM token_uses WHERE (entry_key, use_key) IN
                     (SELECT entry_key, use_key FROM token_uses WHERE entry_key < $1
                      ORDER BY entry_key LIMIT $2)",
            )
            .bind(EntryKey::floor(now))
            .bind(limit)
            .execute()
            .await?;
        let endless = self
            .query(
                "DELETE FROM token_uses WHERE (entry_key, use_key) IN
                     (SELECT u.entry_key, u.use_key FROM token_uses u
                      WHERE u.entry_key >= $1
                        AND NOT EXISTS (SELECT 1 FROM tokens t WHERE t.entry_key = u.entry_key)
                      LIMIT $2)",
            )
            .bind(EntryKey::first_endless())
            .bind(limit)
            .execute()
            .await?;
        Ok(timed.max(endless))
    }
}

impl From<Row> for RecordedUse {
    fn from(Row { entry_key, outcome }: Row) -> Self {
        let mut parts = outcome.split(' ');
        let fingerprint = parts.next().unwrap_or_default().to_owned();
        let mut number = || parts.next().and_then(|text| text.parse::<i64>().ok());
        let uses_left = number();
        Self { entry_key, fingerprint, uses_left, expires_at: number().map(Timestamp) }
    }
}

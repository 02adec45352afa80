//! Refused authentications: how many a minute, by whom and from where. All nodes add to the same
//! rows.

use std::sync::LazyLock;

use sqlx::FromRow;

use crate::{
    model::timestamp::Timestamp,
    store::{
        Result,
        batch::{Batch, BatchSql, Type},
        engine::Handle,
    },
};

/// Adds counts.
static COUNT_REFUSED: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("client_id", Type::Text),
            ("address", Type::Text),
            ("minute", Type::Integer),
            ("refusals", Type::Integer),
        ],
        "INSERT INTO refused_authentications (client_id, address, minute, refusals)
         SELECT client_id, address, minute, refusals FROM given WHERE true
         ON CONFLICT (client_id, address, minute)
         DO UPDATE SET refusals = refused_authentications.refusals + excluded.refusals",
    )
});

/// How often somebody was refused in one minute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, FromRow)]
pub struct RefusedAt {
    /// Who they said they were: a client, `user:` and an account, or a word with a `~`.
    pub client_id: String,
    /// From where.
    pub address: String,
    /// The minute, as its first moment.
    pub minute: Timestamp,
    /// How often.
    pub refusals: i64,
}

/// How often somebody was refused in a while.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RefusedOf {
    /// Who they said they were.
    pub client_id: String,
    /// How often.
    pub refusals: i64,
    /// From how many addresses.
    pub addresses: i64,
    /// The last minute.
    pub last: Timestamp,
}

impl Handle {
    /// Adds counts, all at once.
    pub async fn count_refused(&mut self, counts: &[RefusedAt]) -> Result<()> {
        if counts.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new(&COUNT_REFUSED);
        for RefusedAt { client_id, address, minute, refusals } in counts {
            batch.bind(client_id.as_str()).bind(address.as_str()).bind(*minute).bind(*refusals);
        }
        self.execute_batch(batch).await.map(drop)
    }

    /// What was counted from one moment until before another, the last first, or else the first.
    pub async fn refused_between(
        &mut self,
        (from, until): (Timestamp, Timestamp),
        newest_first: bool,
        limit: i64,
    ) -> Result<Vec<RefusedAt>> {
        let sql = if newest_first {
            "SELECT client_id, address, minute, refusals FROM refused_authentications
             WHERE minute >= $1 AND minute < $2 ORDER BY minute DESC LIMIT $3"
        } else {
            "SELECT client_id, address, minute, refusals FROM refused_authentications
             WHERE minute >= $1 AND minute < $2 ORDER BY minute LIMIT $3"
        };
        self.query(sql).bind(from).bind(until).bind(limit).fetch_all().await
    }

    /// Who was refused since `from`, most often first, by the last `limit` rows at most.
    pub async fn refused_of(&mut self, from: Timestamp, limit: i64) -> Result<Vec<RefusedOf>> {
        self.query(
            "SELECT client_id, CAST(SUM(refusals) AS BIGINT) AS refusals,
                    COUNT(DISTINCT address) AS addresses, MAX(minute) AS last
             FROM (SELECT client_id, address, minute, refusals FROM refused_authentications
                   WHERE minute >= $1 ORDER BY minute DESC LIMIT $2) AS newest
             GROUP BY client_id ORDER BY 2 DESC, 1",
        )
        .bind(from)
        .bind(limit)
        .fetch_all()
        .await
    }

    /// Deletes counts of before. Returns how many rows.
    pub async fn sweep_refused(&mut self, before: Timestamp, limit: i64) -> Result<u64> {
        self.query(
            "DELETE FROM refused_authentications WHERE (client_id, address, minute) IN
                 (SELECT client_id, address, minute FROM refused_authentications
                  WHERE minute < $1 ORDER BY minute LIMIT $2)",
        )
        .bind(before)
        .bind(limit)
        .execute()
        .await
    }
}

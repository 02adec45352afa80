//! Identifiers that may be seen once, such as the `jti` of a client assertion.

use std::sync::LazyLock;

use crate::model::timestamp::Timestamp;

use super::{
    Result,
    batch::{BatchSql, Type},
    engine::Handle,
};

/// Marks identifiers as used, but for those that are so already.
pub(super) static USE_IDENTIFIERS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("kind", Type::Text), ("identifier_hash", Type::Bytes), ("expires_at", Type::Integer)],
        "INSERT INTO used_identifiers (kind, identifier_hash, expires_at)
         SELECT kind, identifier_hash, expires_at FROM given WHERE true
         ON CONFLICT (kind, identifier_hash) DO NOTHING RETURNING kind, identifier_hash",
    )
});

impl Handle {
    /// Forgets identifiers that expired before `now`, at most `limit`. Returns how many.
    pub async fn sweep_used_identifiers(&mut self, now: Timestamp, limit: i64) -> Result<u64> {
        self.query(
            "DELETE FROM used_identifiers WHERE (kind, identifier_hash) IN
                 (SELECT kind, identifier_hash FROM used_identifiers
                  WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        )
        .bind(now)
        .bind(limit)
        .execute()
        .await
    }
}

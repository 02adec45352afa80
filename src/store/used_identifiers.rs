//! Identifiers that may be seen once, such as the `jti` of a client assertion.

use crate::model::timestamp::Timestamp;

use super::{Result, engine::Handle};

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

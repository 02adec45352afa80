//! Identifiers that may be seen once, such as the `jti` of a client assertion.

use crate::model::{secret::Sha256, timestamp::Timestamp};

use super::{Result, engine::Handle};

impl Handle {
    /// Marks an identifier as used until `expires_at`. Returns whether it was new; of several
    /// nodes that try, one is told so.
    pub async fn use_identifier(
        &mut self,
        kind: &'static str,
        identifier: &Sha256,
        expires_at: Timestamp,
    ) -> Result<bool> {
        let rows = self
            .query(
                "INSERT INTO used_identifiers (kind, identifier_hash, expires_at)
                 VALUES ($1, $2, $3) ON CONFLICT (kind, identifier_hash) DO NOTHING",
            )
            .bind(kind)
            .bind(identifier.clone())
            .bind(expires_at)
            .execute()
            .await?;
        Ok(rows == 1)
    }

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

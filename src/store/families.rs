//! Families: the authorizations that refresh tokens go back to, one row each.

use std::sync::LazyLock;

use crate::model::{family::Family, timestamp::Timestamp};

use super::{
    Result,
    batch::{Batch, BatchSql, Type},
    engine::Handle,
};

/// Adds families.
pub(super) static INSERT_FAMILIES: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("authorization_id", Type::Uuid),
            ("client_id", Type::Text),
            ("user_id", Type::Uuid),
            ("subject", Type::Text),
            ("grant_type", Type::Text),
            ("scope", Type::Text),
            ("audience", Type::Text),
            ("created_at", Type::Integer),
            ("expires_at", Type::Integer),
        ],
        "INSERT INTO authorizations
             (authorization_id, client_id, user_id, subject, grant_type, scope, audience, status,
              rotation, created_at, expires_at)
         SELECT authorization_id, client_id, user_id, subject, grant_type, scope, audience, 'valid',
                0, created_at, expires_at
         FROM given",
    )
});

/// Binds a row of [`INSERT_FAMILIES`].
pub(super) fn insert_family(batch: &mut Batch, family: &Family) {
    batch
        .bind(Some(family.family_id))
        .bind(family.client_id.as_str())
        .bind(family.user_id)
        .bind(family.subject.as_deref())
        .bind(family.grant_type.as_str())
        .bind(family.scope.to_string())
        .bind(family.audience.to_string())
        .bind(family.created_at)
        .bind(family.expires_at);
}

impl Handle {
    /// Deletes families whose end was before `ended_before`, at most `limit`: no token of them is
    /// kept any more. Returns how many.
    pub async fn sweep_families(&mut self, ended_before: Timestamp, limit: i64) -> Result<u64> {
        self.query(
            "DELETE FROM authorizations WHERE authorization_id IN
                 (SELECT authorization_id FROM authorizations
                  WHERE expires_at IS NOT NULL AND expires_at < $1
                  ORDER BY expires_at LIMIT $2)",
        )
        .bind(ended_before)
        .bind(limit)
        .execute()
        .await
    }
}

//! Families: the authorizations that refresh tokens go back to, one row each.

use std::sync::LazyLock;

use sqlx::FromRow;
use uuid::Uuid;

use crate::model::{
    authorization_request::SignIn,
    family::{Family, FamilyOrigin},
    timestamp::Timestamp,
};

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
            ("consent_id", Type::Uuid),
            ("session_id", Type::Uuid),
            ("outlives", Type::Integer),
            ("sign_in", Type::Text),
            ("grant_type", Type::Text),
            ("scope", Type::Text),
            ("audience", Type::Text),
            ("created_at", Type::Integer),
            ("expires_at", Type::Integer),
        ],
        "INSERT INTO authorizations
             (authorization_id, client_id, user_id, subject, consent_id, session_id,
              outlives_session, sign_in, grant_type, scope, audience, status, rotation, created_at,
              expires_at)
         SELECT authorization_id, client_id, user_id, subject, consent_id, session_id,
                outlives <> 0, sign_in, grant_type, scope, audience, 'valid', 0, created_at,
                expires_at
         FROM given",
    )
});

/// Binds a row of [`INSERT_FAMILIES`].
pub(super) fn insert_family(batch: &mut Batch, family: &Family) {
    let origin = family.origin.as_ref();
    batch
        .bind(Some(family.family_id))
        .bind(family.client_id.as_str())
        .bind(family.user_id)
        .bind(family.subject.as_deref())
        .bind(family.consent_id)
        .bind(origin.map(|origin| origin.session_id))
        .bind(i64::from(origin.is_none_or(|origin| origin.outlives_session)))
        .bind(origin.map(|origin| origin.sign_in.to_string()))
        .bind(family.grant_type.as_str())
        .bind(family.scope.to_string())
        .bind(family.audience.to_string())
        .bind(family.created_at)
        .bind(family.expires_at);
}

/// Where a family came from, as its row says it.
#[derive(FromRow)]
struct OriginRow {
    session_id: Option<Uuid>,
    outlives_session: bool,
    sign_in: Option<String>,
}

impl Handle {
    /// The sign-in that a family came of. `None` if it came of none, or is gone.
    pub async fn family_origin(&mut self, family: Uuid) -> Result<Option<FamilyOrigin>> {
        let found: Option<OriginRow> = self
            .query(
                "SELECT session_id, outlives_session, sign_in FROM authorizations
                 WHERE authorization_id = $1",
            )
            .bind(family)
            .fetch_optional()
            .await?;
        Ok(found.and_then(|row| {
            let sign_in = SignIn::try_from(row.sign_in?).ok()?;
            let (session_id, outlives_session) = (row.session_id?, row.outlives_session);
            Some(FamilyOrigin { session_id, outlives_session, sign_in })
        }))
    }

    /// Whether the browser session that a family came of goes on, or it needs none, and its person
    /// allows it still.
    pub async fn family_may_begin(&mut self, family: Uuid) -> Result<bool> {
        let found: Option<(String,)> = self
            .query(
                "SELECT a.client_id FROM authorizations a
                 WHERE a.authorization_id = $1 AND a.status = 'valid'
                   AND (a.outlives_session = TRUE
                        OR EXISTS (SELECT 1 FROM browser_sessions s
                                   WHERE s.session_id = a.session_id
                                     AND s.session_id IS NOT NULL AND s.ended_at IS NULL))
                   AND (a.consent_id IS NULL
                        OR EXISTS (SELECT 1 FROM consents k
                                   WHERE k.consent_id = a.consent_id AND k.status = 'valid'))",
            )
            .bind(family)
            .fetch_optional()
            .await?;
        Ok(found.is_some())
    }

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

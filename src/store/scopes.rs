//! Scope tokens that were described.

use crate::model::{scope::DescribedScope, timestamp::Timestamp};

use super::{Result, Transaction, engine::Handle};

impl Handle {
    /// Every scope token that was described. There are few.
    pub async fn described_scopes(&mut self) -> Result<Vec<DescribedScope>> {
        self.query("SELECT scope, description, updated_at FROM scopes").fetch_all().await
    }
}

impl Transaction {
    /// Describes a scope token, unless it is described already. Returns whether it did.
    pub async fn insert_described_scope(&mut self, scope: &DescribedScope) -> Result<bool> {
        let rows = self
            .query(
                "INSERT INTO scopes (scope, description, updated_at) VALUES ($1, $2, $3)
                 ON CONFLICT (scope) DO NOTHING",
            )
            .bind(scope.scope.as_str())
            .bind(scope.description.as_str())
            .bind(scope.updated_at)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Describes a scope token otherwise, unless somebody did so since `seen`. Returns whether it
    /// did.
    pub async fn update_described_scope(
        &mut self,
        scope: &DescribedScope,
        seen: Timestamp,
    ) -> Result<bool> {
        let rows = self
            .query(
                "UPDATE scopes SET description = $2, updated_at = $3
                 WHERE scope = $1 AND updated_at = $4",
            )
            .bind(scope.scope.as_str())
            .bind(scope.description.as_str())
            .bind(scope.updated_at)
            .bind(seen)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Forgets the description of a scope token, unless somebody changed it since `seen`. Returns
    /// whether it did.
    pub async fn delete_described_scope(&mut self, scope: &str, seen: Timestamp) -> Result<bool> {
        let rows = self
            .query("DELETE FROM scopes WHERE scope = $1 AND updated_at = $2")
            .bind(scope)
            .bind(seen)
            .execute()
            .await?;
        Ok(rows == 1)
    }
}

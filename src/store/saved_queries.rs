//! Queries that operators gave a name.

use uuid::Uuid;

use crate::model::saved_query::SavedQuery;

use super::{Result, Transaction, engine::Handle};

impl Handle {
    /// At most `limit` of the saved queries of a list, those that were saved first at the head.
    pub async fn saved_queries(&mut self, list: &str, limit: i64) -> Result<Vec<SavedQuery>> {
        self.query(
            "SELECT query_id, list, name, query, made_by, created_at FROM saved_queries
             WHERE list = $1 ORDER BY query_id LIMIT $2",
        )
        .bind(list)
        .bind(limit)
        .fetch_all()
        .await
    }
}

impl Transaction {
    /// Saves a query, unless its list has one of that name. Returns whether it did.
    pub async fn insert_saved_query(&mut self, saved: &SavedQuery) -> Result<bool> {
        let rows = self
            .query(
                "INSERT INTO saved_queries (query_id, list, name, query, made_by, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (list, name) DO NOTHING",
            )
            .bind(saved.query_id)
            .bind(saved.list.as_str())
            .bind(saved.name.as_str())
            .bind(saved.query.as_str())
            .bind(saved.made_by.as_str())
            .bind(saved.created_at)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Deletes a saved query of a list. Returns its name; `None` if there is none any more.
    pub async fn delete_saved_query(
        &mut self,
        list: &str,
        query_id: Uuid,
    ) -> Result<Option<String>> {
        let found: Option<(String,)> = self
            .query("DELETE FROM saved_queries WHERE list = $1 AND query_id = $2 RETURNING name")
            .bind(list)
            .bind(query_id)
            .fetch_optional()
            .await?;
        Ok(found.map(|(name,)| name))
    }
}

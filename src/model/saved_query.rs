//! Queries that operators gave a name.

use uuid::Uuid;

use super::timestamp::Timestamp;

/// A query with a name, for everybody who operates the server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct SavedQuery {
    /// The key of the row.
    pub query_id: Uuid,
    /// What it is a query of, such as `tokens`.
    pub list: String,
    /// Its name, one of a kind among those of the list.
    pub name: String,
    /// The query.
    pub query: String,
    /// Who gave it that name.
    pub made_by: String,
    /// When.
    pub created_at: Timestamp,
}

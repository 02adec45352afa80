//! Walking entries a stretch at a time: each statement looks at a bounded number of rows.

use sqlx::FromRow;

use crate::model::{
    entry_key::EntryKey,
    query::{Narrowed, Path},
    standing::StandingEntry,
};

use super::super::{Result, engine::Handle};

/// How far so many entries reach.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Stretch {
    /// How many there are, at most as many as were asked for.
    pub entries: i64,
    /// The key of the last of them.
    pub last: Option<EntryKey>,
}

/// Finds how far the next entries reach, along one index.
macro_rules! stretch {
    ($condition:literal, $order:literal) => {
        concat!(
            "SELECT COUNT(*) AS entries, MAX(entry_key) AS last FROM
                 (SELECT entry_key FROM tokens
                  WHERE entry_key >= $1 AND entry_key <= $2",
            $condition,
            " ORDER BY ",
            $order,
            "entry_key LIMIT $3) AS stretch"
        )
    };
}

/// Reads the entries of a stretch, without those that are certainly not meant.
macro_rules! within {
    ($condition:literal) => {
        concat!(
            standing_entry!(
                "WHERE t.entry_key >= $1 AND t.entry_key <= $2
                   AND t.type_name = COALESCE($3, t.type_name)
                   AND t.kind = COALESCE($4, t.kind)
                   AND t.status = COALESCE($5, t.status)
                   AND (CAST($6 AS BIGINT) IS NULL OR t.expires_at IS NULL
                        OR t.expires_at > $6)"
            ),
            $condition
        )
    };
}

impl Handle {
    /// Finds how far the next `limit` entries from `first` to `last` reach along `path`.
    pub async fn token_stretch(
        &mut self,
        path: &Path,
        (first, last): (EntryKey, EntryKey),
        limit: i64,
    ) -> Result<Stretch> {
        let sql = match path {
            Path::All => stretch!("", ""),
            Path::Client(_) => stretch!(" AND client_id = $4", "client_id, "),
            Path::User(_) => stretch!(" AND user_id = $4 AND user_id IS NOT NULL", "user_id, "),
            Path::Family(_) => {
                stretch!(
                    " AND authorization_id = $4 AND authorization_id IS NOT NULL",
                    "authorization_id, "
                )
            }
        };
        let statement = self.query(sql).bind(first).bind(last).bind(limit);
        let statement = match path {
            Path::All => statement,
            Path::Client(client_id) => statement.bind(client_id.as_str()),
            Path::User(id) | Path::Family(id) => statement.bind(*id),
        };
        let found = statement.fetch_optional().await?;
        Ok(found.unwrap_or(Stretch { entries: 0, last: None }))
    }

    /// The entries from `first` to `last` along `path`, in no order. Those that `narrowed` leaves
    /// out are not among them. Ask [`Handle::token_stretch`] before how far to go.
    pub async fn tokens_within(
        &mut self,
        path: &Path,
        (first, last): (EntryKey, EntryKey),
        narrowed: &Narrowed,
    ) -> Result<Vec<StandingEntry>> {
        let sql = match path {
            Path::All => within!(""),
            Path::Client(_) => within!(" AND t.client_id = $7"),
            Path::User(_) => within!(" AND t.user_id = $7 AND t.user_id IS NOT NULL"),
            Path::Family(_) => {
                within!(" AND t.authorization_id = $7 AND t.authorization_id IS NOT NULL")
            }
        };
        let statement = self
            .query(sql)
            .bind(first)
            .bind(last)
            .bind(narrowed.type_name.as_deref())
            .bind(narrowed.kind.map(crate::model::token_entry::TokenKind::as_str))
            .bind(narrowed.status.map(crate::model::token_entry::EntryStatus::as_str))
            .bind(narrowed.ends_after);
        let statement = match path {
            Path::All => statement,
            Path::Client(client_id) => statement.bind(client_id.as_str()),
            Path::User(id) | Path::Family(id) => statement.bind(*id),
        };
        statement.fetch_all().await
    }
}

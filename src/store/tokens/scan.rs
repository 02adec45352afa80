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
    /// The key of the farthest of them.
    pub last: Option<EntryKey>,
}

/// Which way entries are walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Those that end first come first.
    Up,
    /// Those that end last come first.
    Down,
}

/// Finds how far the next entries reach, in either way, with the table's own key alone.
macro_rules! stretch {
    ($way:expr) => {
        stretch!($way, "entry_key >= $1 AND entry_key <= $2", "", "")
    };
    ($way:expr, $condition:expr, $up:expr, $down:expr) => {
        match $way {
            Way::Up => stretch_text!("MAX", $condition, $up, ""),
            Way::Down => stretch_text!("MIN", $condition, $down, " DESC"),
        }
    };
}

macro_rules! stretch_text {
    ($farthest:literal, $condition:expr, $order:expr, $direction:literal) => {
        concat!(
            "SELECT COUNT(*) AS entries, ",
            $farthest,
            "(entry_key) AS last FROM (SELECT entry_key FROM tokens WHERE ",
            $condition,
            " ORDER BY ",
            $order,
            "entry_key",
            $direction,
            " LIMIT $3) AS stretch"
        )
    };
}

/// The same along the index of a column and the key.
///
/// PostgreSQL is given pairs to compare. Told that all entries have the same value, it would take
/// the order to be that of the keys, and where it thinks the value frequent walk along those: past
/// any number of entries that have another one. SQLite takes the index by the value, and would not
/// find the place in it by a pair, in which the key is that of the row.
macro_rules! stretch_along {
    ($is_sqlite:expr, $way:expr, $column:literal) => {
        if $is_sqlite {
            stretch!(
                $way,
                concat!(
                    $column,
                    " = $4 AND entry_key >= $1 AND entry_key <= $2 AND ",
                    $column,
                    " IS NOT NULL"
                ),
                concat!($column, ", "),
                concat!($column, " DESC, ")
            )
        } else {
            stretch!(
                $way,
                concat!(
                    "(",
                    $column,
                    ", entry_key) >= ($4, $1) AND (",
                    $column,
                    ", entry_key) <= ($4, $2) AND ",
                    $column,
                    " IS NOT NULL"
                ),
                concat!($column, ", "),
                concat!($column, " DESC, ")
            )
        }
    };
}

/// Reads the entries of a stretch, without those that are certainly not meant.
macro_rules! within {
    ($from:expr, $range:expr) => {
        standing_among!(
            $from,
            concat!(
                "WHERE ",
                $range,
                " t.type_name = COALESCE($3, t.type_name)
                  AND t.kind = COALESCE($4, t.kind)
                  AND t.status = COALESCE($5, t.status)
                  AND (CAST($6 AS BIGINT) IS NULL OR t.expires_at IS NULL
                       OR t.expires_at > $6)
                  AND t.format = COALESCE($7, t.format)
                  AND (CAST($8 AS TEXT) IS NULL OR t.subject = $8)
                  AND (CAST($9 AS TEXT) IS NULL OR t.identity = $9)
                  AND (CAST($10 AS BIGINT) IS NULL OR t.created_at >= $10)
                  AND (CAST($11 AS BIGINT) IS NULL OR t.created_at < $11)
                  AND (CAST($12 AS BIGINT) IS NULL OR t.expires_at >= $12)
                  AND (CAST($13 AS BIGINT) IS NULL OR t.expires_at < $13)
                  AND (CAST($14 AS BIGINT) IS NULL OR t.ended_at >= $14)
                  AND (CAST($15 AS BIGINT) IS NULL OR t.ended_at < $15)
                  AND (CAST($16 AS BIGINT) IS NULL OR t.last_used_at >= $16)
                  AND (CAST($17 AS BIGINT) IS NULL OR t.last_used_at < $17)"
            )
        )
    };
}

/// The same along the index of a column and the key.
///
/// PostgreSQL reads the stretch for itself, as [`stretch_along`] found it: its planner cannot know
/// how few entries that are, and would rather walk along the keys. The limit is that of a stretch
/// and what may have come since it was found.
macro_rules! within_along {
    ($is_sqlite:expr, $column:literal) => {
        if $is_sqlite {
            within!(
                "tokens t",
                concat!(
                    "t.entry_key >= $1 AND t.entry_key <= $2 AND t.",
                    $column,
                    " = $18
                         AND t.",
                    $column,
                    " IS NOT NULL AND "
                )
            )
        } else {
            within!(
                concat!(
                    "(SELECT * FROM tokens WHERE (",
                    $column,
                    ", entry_key) >= ($18, $1) AND (",
                    $column,
                    ", entry_key) <= ($18, $2) AND ",
                    $column,
                    " IS NOT NULL ORDER BY ",
                    $column,
                    ", entry_key LIMIT 2000) AS t"
                ),
                ""
            )
        }
    };
}

impl Handle {
    /// Finds how far the next `limit` entries between `first` and `last` reach along `path`, going
    /// this way.
    pub async fn token_stretch(
        &mut self,
        path: &Path,
        (first, last): (EntryKey, EntryKey),
        (way, limit): (Way, i64),
    ) -> Result<Stretch> {
        let is_sqlite = self.database.is_sqlite();
        let sql = match path {
            Path::All => stretch!(way),
            Path::Client(_) => stretch_along!(is_sqlite, way, "client_id"),
            Path::User(_) => stretch_along!(is_sqlite, way, "user_id"),
            Path::Family(_) => stretch_along!(is_sqlite, way, "authorization_id"),
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
        let is_sqlite = self.database.is_sqlite();
        let sql = match path {
            Path::All => within!("tokens t", "t.entry_key >= $1 AND t.entry_key <= $2 AND"),
            Path::Client(_) => within_along!(is_sqlite, "client_id"),
            Path::User(_) => within_along!(is_sqlite, "user_id"),
            Path::Family(_) => within_along!(is_sqlite, "authorization_id"),
        };
        let statement = self
            .query(sql)
            .bind(first)
            .bind(last)
            .bind(narrowed.type_name.as_deref())
            .bind(narrowed.kind.map(crate::model::token_entry::TokenKind::as_str))
            .bind(narrowed.status.map(crate::model::token_entry::EntryStatus::as_str))
            .bind(narrowed.ends_after)
            .bind(narrowed.format.map(crate::model::token_entry::EntryFormat::as_str))
            .bind(narrowed.subject.as_deref())
            .bind(narrowed.identity.as_deref());
        let statement = narrowed
            .times
            .iter()
            .fold(statement, |statement, within| statement.bind(within.from).bind(within.before));
        let statement = match path {
            Path::All => statement,
            Path::Client(client_id) => statement.bind(client_id.as_str()),
            Path::User(id) | Path::Family(id) => statement.bind(*id),
        };
        statement.fetch_all().await
    }
}

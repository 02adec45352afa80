//! Walking entries a stretch at a time: each statement looks at a bounded number of rows.

use sqlx::FromRow;

use crate::model::{
    entry_key::EntryKey,
    query::{Narrowed, Path},
    standing::StandingEntry,
    token_entry::{EntryFormat, EntryStatus, TokenKind},
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
    ($farthest:literal, $direction:literal) => {
        concat!(
            "SELECT COUNT(*) AS entries, ",
            $farthest,
            "(entry_key) AS last FROM
                 (SELECT entry_key FROM tokens WHERE entry_key >= $1 AND entry_key <= $2
                  ORDER BY entry_key",
            $direction,
            " LIMIT $3) AS stretch"
        )
    };
}

/// Finds the next keys.
macro_rules! keys {
    ($direction:literal) => {
        concat!(
            "SELECT entry_key FROM tokens WHERE entry_key >= $1 AND entry_key <= $2
             ORDER BY entry_key",
            $direction,
            " LIMIT $3"
        )
    };
}

/// The same along the index of a column and the key, in either way.
///
/// PostgreSQL is given pairs to compare. Told that all entries have the same value, it would take
/// the order to be that of the keys, and where it thinks the value frequent walk along those: past
/// any number of entries that have another one. SQLite takes the index by the value, and would not
/// find the place in it by a pair, in which the key is that of the row.
macro_rules! keys_along {
    ($is_sqlite:expr, $way:expr, $column:literal) => {
        match ($is_sqlite, $way) {
            (true, Way::Up) => keys_of_value!($column, ""),
            (true, Way::Down) => keys_of_value!($column, " DESC"),
            (false, Way::Up) => keys_of_pairs!($column, ""),
            (false, Way::Down) => keys_of_pairs!($column, " DESC"),
        }
    };
}

macro_rules! keys_of_value {
    ($column:literal, $direction:literal) => {
        concat!(
            "SELECT entry_key FROM tokens WHERE ",
            $column,
            " = $4 AND entry_key >= $1 AND entry_key <= $2 AND ",
            $column,
            " IS NOT NULL ORDER BY ",
            $column,
            $direction,
            ", entry_key",
            $direction,
            " LIMIT $3"
        )
    };
}

macro_rules! keys_of_pairs {
    ($column:literal, $direction:literal) => {
        concat!(
            "SELECT entry_key FROM tokens WHERE (",
            $column,
            ", entry_key) >= ($4, $1) AND (",
            $column,
            ", entry_key) <= ($4, $2) AND ",
            $column,
            " IS NOT NULL ORDER BY ",
            $column,
            $direction,
            ", entry_key",
            $direction,
            " LIMIT $3"
        )
    };
}

/// Reads the entries that were found, without those that are certainly not meant.
macro_rules! within {
    ($found:literal) => {
        standing_entry!(concat!(
            "WHERE ",
            $found,
            " AND t.entry_key <= $2
              AND t.type_name = COALESCE($3, t.type_name)
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
        ))
    };
}

impl Handle {
    /// Finds how far the next `limit` entries between `first` and `last` reach, going this way.
    pub async fn token_stretch(
        &mut self,
        (first, last): (EntryKey, EntryKey),
        (way, limit): (Way, i64),
    ) -> Result<Stretch> {
        let sql = match way {
            Way::Up => stretch!("MAX", ""),
            Way::Down => stretch!("MIN", " DESC"),
        };
        let found = self.query(sql).bind(first).bind(last).bind(limit).fetch_optional().await?;
        Ok(found.unwrap_or(Stretch { entries: 0, last: None }))
    }

    /// The keys of the next `limit` entries between `first` and `last` along `path`, in their order,
    /// going this way.
    pub async fn token_keys(
        &mut self,
        path: &Path,
        (first, last): (EntryKey, EntryKey),
        (way, limit): (Way, i64),
    ) -> Result<Vec<EntryKey>> {
        let is_sqlite = self.database.is_sqlite();
        let sql = match path {
            Path::All => match way {
                Way::Up => keys!(""),
                Way::Down => keys!(" DESC"),
            },
            Path::Client(_) => keys_along!(is_sqlite, way, "client_id"),
            Path::User(_) => keys_along!(is_sqlite, way, "user_id"),
            Path::Family(_) => keys_along!(is_sqlite, way, "authorization_id"),
        };
        let statement = self.query(sql).bind(first).bind(last).bind(limit);
        let statement = match path {
            Path::All => statement,
            Path::Client(client_id) => statement.bind(client_id.as_str()),
            Path::User(id) | Path::Family(id) => statement.bind(*id),
        };
        let found: Vec<(EntryKey,)> = statement.fetch_all().await?;
        Ok(found.into_iter().map(|(key,)| key).collect())
    }

    /// The entries from `first` to `last`, in no order: all, or those of these keys. Those that
    /// `narrowed` leaves out are not among them. Ask [`Handle::token_stretch`] before how far to go,
    /// or [`Handle::token_keys`] for the keys.
    ///
    /// By keys, since no planner knows how few entries of a client lie between two of them: it might
    /// walk past all others in between.
    pub async fn tokens_within(
        &mut self,
        (first, last): (EntryKey, EntryKey),
        keys: Option<&[EntryKey]>,
        narrowed: &Narrowed,
    ) -> Result<Vec<StandingEntry>> {
        let sql = match (keys, self.database.is_sqlite()) {
            (None, _) => within!("t.entry_key >= $1"),
            (_, true) => {
                within!("t.entry_key IN (SELECT value FROM json_each('[' || $1 || ']'))")
            }
            (_, false) => within!("t.entry_key = ANY(CAST(string_to_array($1, ',') AS BIGINT[]))"),
        };
        let statement = match keys {
            None => self.query(sql).bind(first),
            Some(keys) => self.query(sql).bind(listed(keys)),
        };
        let statement = statement
            .bind(last)
            .bind(narrowed.type_name.as_deref())
            .bind(narrowed.kind.map(TokenKind::as_str))
            .bind(narrowed.status.map(EntryStatus::as_str))
            .bind(narrowed.ends_after)
            .bind(narrowed.format.map(EntryFormat::as_str))
            .bind(narrowed.subject.as_deref())
            .bind(narrowed.identity.as_deref());
        let times = narrowed.times.iter();
        let statement =
            times.fold(statement, |it, within| it.bind(within.from).bind(within.before));
        statement.fetch_all().await
    }
}

/// The numbers of keys, with commas between them.
fn listed(keys: &[EntryKey]) -> String {
    let number = |key: &EntryKey| i64::from_be_bytes(key.to_bytes()).to_string();
    keys.iter().map(number).collect::<Vec<_>>().join(",")
}

//! The entries of tokens: the one table that every token has a row in.

use sqlx::FromRow;

use crate::model::{
    client_id::ClientId,
    entry_key::{EntryKey, EntryKeyRange},
    jwt_id::JwtId,
    secret::Sha256,
    standing::StandingEntry,
    timestamp::Timestamp,
};

use super::{Result, engine::Handle};

/// How, by whom and why a token was ended.
#[derive(Debug, Clone)]
pub struct End {
    /// When.
    pub at: Timestamp,
    /// Who: a client as `client:NAME`, an operator as `cli:NAME`.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Which token to end, and what shows that it is meant.
#[derive(Debug, Clone)]
pub enum Target {
    /// The plain reference with this hash.
    Reference(Sha256),
    /// The located reference with this key and hash.
    Located(EntryKey, Sha256),
    /// The JWT with this `jti`, whose signature was verified.
    Jwt(JwtId),
    /// Whatever token has this entry.
    Entry(EntryKey),
}

/// What the overdue rows look like, for the sweeper.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Overdue {
    /// How many rows may go, counted up to a limit.
    pub rows: i64,
    /// The key of the one that is longest overdue.
    pub oldest: Option<EntryKey>,
}

mod end_many;
mod generation_ends;
/// Adds entries with the columns that every entry has, and with some more, in the server's
/// generation of this moment. All or none; what comes after a generation of their own may say else.
macro_rules! insertion {
    ([$($more:tt),*], $names:literal) => {
        insertion!([$($more),*], $names, "(SELECT generation FROM instance WHERE id = 1)")
    };
    ([$($more:tt),*], $names:literal, $generation:literal) => {
        insertion!([$($more),*], $names, $generation, "")
    };
    ([$(($more:literal, $kind:ident)),*], $names:literal, $generation:literal, $rest:literal) => {
        BatchSql::new(
            &[
                ("entry_key", Type::Integer),
                ("kind", Type::Text),
                ("type_name", Type::Text),
                ("format", Type::Text),
                ("status", Type::Text),
                ("client_id", Type::Text),
                ("user_id", Type::Uuid),
                ("subject", Type::Text),
                ("authorization_id", Type::Uuid),
                ("scope", Type::Text),
                ("audience", Type::Text),
                ("jti_salt", Type::Integer),
                ("reference_hash", Type::Bytes),
                ("payload", Type::Bytes),
                ("seal_key", Type::Integer),
                ("client_generation", Type::Integer),
                ("user_generation", Type::Integer),
                ("created_at", Type::Integer),
                ("not_before", Type::Integer),
                ("expires_at", Type::Integer),
                $(($more, Type::$kind)),*
            ],
            concat!(
                "INSERT INTO tokens
                     (entry_key, kind, type_name, format, status, client_id, user_id, subject,
                      authorization_id, scope, audience, jti_salt, reference_hash, payload,
                      seal_key, client_generation, user_generation, global_generation, created_at,
                      not_before, expires_at",
                $names,
                ") SELECT entry_key, kind, type_name, format, status, client_id, user_id, subject,
                      authorization_id, scope, audience, jti_salt, reference_hash, payload,
                      seal_key, client_generation, user_generation, ",
                $generation,
                ", created_at, not_before, expires_at",
                $names,
                " FROM given",
                $rest
            ),
        )
    };
}

mod estimate;
pub(super) mod held;
pub(super) mod hot;
pub(super) mod late;
mod own;
pub(super) mod redeem;
pub(super) mod replay;
pub(super) mod rotate;
mod scan;
pub(super) mod spend;
pub(super) mod typed;
mod unused;

pub use scan::{Stretch, Way};
pub use unused::UnusedSince;

impl Handle {
    /// Finds the entries whose key begins with what somebody typed, at most two: one to show and
    /// one to tell that there are more.
    pub async fn find_tokens_by_prefix(
        &mut self,
        range: EntryKeyRange,
    ) -> Result<Vec<StandingEntry>> {
        self.query(standing_entry!(
            "WHERE t.entry_key >= $1 AND t.entry_key <= $2 ORDER BY t.entry_key LIMIT 2"
        ))
        .bind(range.first)
        .bind(range.last)
        .fetch_all()
        .await
    }

    /// How many entries of a client are live at `now`, counted up to `limit`. `first` is the lowest
    /// key that a live one can have: it keeps the count from walking the ended ones.
    pub async fn count_live_tokens(
        &mut self,
        client_id: &ClientId,
        (first, now): (EntryKey, Timestamp),
        limit: i64,
    ) -> Result<i64> {
        self.query(
            "SELECT COUNT(*) FROM
                 (SELECT entry_key FROM tokens WHERE client_id = $1 AND entry_key >= $2
                    AND status IN ('inactive', 'valid') AND (expires_at IS NULL OR expires_at > $3)
                  LIMIT $4) AS counted",
        )
        .bind(client_id.as_str())
        .bind(first)
        .bind(now)
        .bind(limit)
        .fetch_value()
        .await
    }

    /// How many rows may go at `now`, counted up to `limit`, and the longest overdue of them.
    pub async fn overdue_tokens(&mut self, now: Timestamp, limit: i64) -> Result<Overdue> {
        let found: Option<Overdue> = self
            .query(
                "SELECT COUNT(*) AS rows, MIN(entry_key) AS oldest FROM
                     (SELECT entry_key FROM tokens WHERE entry_key < $1
                      ORDER BY entry_key LIMIT $2) AS overdue",
            )
            .bind(EntryKey::floor(now))
            .bind(limit)
            .fetch_optional()
            .await?;
        Ok(found.unwrap_or(Overdue { rows: 0, oldest: None }))
    }

    /// Deletes rows whose time is over at `now`, oldest first, at most `limit`. Returns how many.
    pub async fn sweep_tokens(&mut self, now: Timestamp, limit: i64) -> Result<u64> {
        self.query(
            "DELETE FROM tokens WHERE entry_key IN
                 (SELECT entry_key FROM tokens WHERE entry_key < $1 ORDER BY entry_key LIMIT $2)",
        )
        .bind(EntryKey::floor(now))
        .bind(limit)
        .execute()
        .await
    }

    /// Deletes rows without an expiry that ended before `ended_before`, at most `limit`. Returns
    /// how many.
    pub async fn sweep_endless_tokens(
        &mut self,
        ended_before: Timestamp,
        limit: i64,
    ) -> Result<u64> {
        self.query(
            "DELETE FROM tokens WHERE entry_key IN
                 (SELECT entry_key FROM tokens
                  WHERE endless_ended_at IS NOT NULL AND endless_ended_at < $1
                  ORDER BY endless_ended_at LIMIT $2)",
        )
        .bind(ended_before)
        .bind(limit)
        .execute()
        .await
    }
}

fn key_number(key: EntryKey) -> i64 {
    i64::from_be_bytes(key.to_bytes())
}

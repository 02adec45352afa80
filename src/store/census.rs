//! Counting tokens, a stretch at a time, and what else is measured for the overview.

use sqlx::FromRow;

use crate::model::{entry_key::EntryKey, timestamp::Timestamp};

use super::{Result, engine::Handle};

/// How many tokens of a type there are in a stretch.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct CountOfType {
    /// The folded name of the type.
    pub type_name: String,
    /// How many are good.
    pub active: i64,
    /// How many of them end soon.
    pub ending: i64,
}

impl Handle {
    /// How many entries from `first` to `last` are good at `now`, by type, and how many of them end
    /// until `soon`. Ask [`Handle::token_stretch`] before how far to go.
    ///
    /// What the rules in a row say beside its columns (rates, hours, rest) is not looked into.
    pub async fn count_active_tokens(
        &mut self,
        (first, last): (EntryKey, EntryKey),
        (now, soon): (Timestamp, Timestamp),
    ) -> Result<Vec<CountOfType>> {
        self.query(concat!(
            "SELECT t.type_name, COUNT(*) AS active,
                    CAST(SUM(CASE WHEN t.expires_at <= $4 THEN 1 ELSE 0 END) AS BIGINT) AS ending
             FROM tokens t",
            surroundings!(),
            "WHERE t.entry_key >= $1 AND t.entry_key <= $2 AND t.status = 'valid'
               AND (t.expires_at IS NULL OR t.expires_at > $3)
               AND (t.not_before IS NULL OR t.not_before <= $3)
               AND (t.max_uses IS NULL OR t.uses < t.max_uses)
               AND t.global_generation = i.generation
               AND y.name IS NOT NULL AND y.removed_at IS NULL
               AND (c.status = 'active' AND c.generation = t.client_generation
                    OR c.status IS NULL AND t.client_id = '~people' AND t.user_id IS NOT NULL)
               AND (t.user_id IS NULL
                    OR u.status = 'active' AND u.generation = t.user_generation
                       AND (u.locked_until IS NULL OR u.locked_until <= $3))
               AND (t.authorization_id IS NULL OR a.status = 'valid')
             GROUP BY t.type_name"
        ))
        .bind(first)
        .bind(last)
        .bind(now)
        .bind(soon)
        .fetch_all()
        .await
    }

    /// How many active clients have no secret that is good for longer than until `soon`, but one
    /// that is good at `now`.
    pub async fn count_ending_secrets(
        &mut self,
        (now, soon): (Timestamp, Timestamp),
    ) -> Result<i64> {
        self.query(
            "SELECT COUNT(*) FROM
                 (SELECT s.client_id FROM client_secrets s
                  JOIN clients c ON c.client_id = s.client_id AND c.status = 'active'
                  WHERE s.expires_at IS NULL OR s.expires_at > $1
                  GROUP BY s.client_id
                  HAVING COUNT(*) = COUNT(s.expires_at) AND MAX(s.expires_at) <= $2) AS ending",
        )
        .bind(now)
        .bind(soon)
        .fetch_value()
        .await
    }
}

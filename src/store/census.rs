//! Counting tokens, a stretch at a time, and what else is measured for the overview.

use sqlx::FromRow;

use crate::model::{
    entry_key::EntryKey, signature_algorithm::SignatureAlgorithm, timestamp::Timestamp,
};

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
    /// How many are JWTs that are checked by their signature: refresh tokens are not.
    pub signed: i64,
}

/// How many JWTs of a signing key there are in a stretch.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct CountOfKey {
    /// The name of the key.
    pub kid: String,
    /// How many work.
    pub active: i64,
}

/// The entries from `$1` to `$2` that are good at `$3`.
macro_rules! good_tokens {
    () => {
        " t.entry_key >= $1 AND t.entry_key <= $2 AND t.status = 'valid'
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
               AND (t.authorization_id IS NULL OR a.status = 'valid') "
    };
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
                    CAST(SUM(CASE WHEN t.expires_at <= $4 THEN 1 ELSE 0 END) AS BIGINT) AS ending,
                    CAST(SUM(CASE WHEN t.format = 'jwt' AND t.kind IN ('access', 'id')
                             THEN 1 ELSE 0 END) AS BIGINT) AS signed
             FROM tokens t",
            surroundings!(),
            "WHERE",
            good_tokens!(),
            "GROUP BY t.type_name"
        ))
        .bind(first)
        .bind(last)
        .bind(now)
        .bind(soon)
        .fetch_all()
        .await
    }

    /// How many JWTs from `first` to `last` are good at `now`, by the key that signed them: of the
    /// algorithm that is the client's, else the server's of `algorithms` (access tokens, ID tokens),
    /// the one that signed when they were made. Of a client whose algorithm was changed since, it may
    /// be another.
    pub async fn count_signed_tokens(
        &mut self,
        (first, last): (EntryKey, EntryKey),
        now: Timestamp,
        algorithms: (SignatureAlgorithm, SignatureAlgorithm),
    ) -> Result<Vec<CountOfKey>> {
        self.query(concat!(
            "SELECT k.kid, COUNT(*) AS active FROM tokens t",
            surroundings!(),
            "JOIN signing_keys k ON k.key_use = 'sig' AND k.state IN ('active', 'retiring')
               AND k.algorithm = CASE WHEN t.kind = 'id' THEN COALESCE(c.id_token_algorithm, $5)
                                      ELSE COALESCE(c.access_algorithm, $4) END
               AND COALESCE(k.activate_at, k.created_at) <= t.created_at
               AND (k.retire_at IS NULL OR k.retire_at > t.created_at)
             WHERE t.format = 'jwt' AND t.kind IN ('access', 'id') AND",
            good_tokens!(),
            "GROUP BY k.kid"
        ))
        .bind(first)
        .bind(last)
        .bind(now)
        .bind(algorithms.0.as_str())
        .bind(algorithms.1.as_str())
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

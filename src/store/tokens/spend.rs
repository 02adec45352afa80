//! The one statement that spends a use. Whatever many callers race for is decided in it: how often,
//! how often in a window, how long at rest, from which network. A refusal changes nothing.

use std::sync::LazyLock;

use sqlx::FromRow;

use crate::model::{entry_key::EntryKey, jwt_id::JwtId, rules::Spending, timestamp::Timestamp};

use super::super::{
    batch::{Batch, BatchSql, Type},
    command::{Row, Touched},
};

/// A use to be spent.
#[derive(Debug, Clone)]
pub struct Spend {
    /// The entry, and the salt that shows it is still the one that was judged.
    pub id: JwtId,
    /// When.
    pub at: Timestamp,
    /// What the rules make of it.
    pub spending: Spending,
}

/// What an entry says after a use was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Spent {
    entry_key: EntryKey,
    /// How often it was used.
    pub uses: i64,
    /// How often it may be.
    pub max_uses: Option<i64>,
    /// When it ends now.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// Spends uses, each of a row of its own, where all that hangs on the row holds.
pub(in crate::store) static SPEND: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("wanted", Type::Integer),
            ("salt", Type::Integer),
            ("moment", Type::Integer),
            ("span", Type::Integer),
            ("span_uses", Type::Integer),
            ("idle", Type::Integer),
            ("extended_to", Type::Integer),
            ("network", Type::Text),
        ],
        "UPDATE tokens SET
             uses = tokens.uses + 1,
             last_used_at = CASE WHEN tokens.last_used_at > given.moment
                                 THEN tokens.last_used_at ELSE given.moment END,
             window_start = CASE WHEN given.span IS NULL THEN tokens.window_start
                                 WHEN tokens.window_start IS NULL
                                      OR given.moment >= tokens.window_start + given.span
                                 THEN given.moment ELSE tokens.window_start END,
             window_uses = CASE WHEN given.span IS NULL THEN tokens.window_uses
                                WHEN tokens.window_start IS NULL
                                     OR given.moment >= tokens.window_start + given.span
                                THEN 1 ELSE tokens.window_uses + 1 END,
             expires_at = CASE WHEN given.extended_to IS NULL
                                    OR tokens.expires_at >= given.extended_to
                               THEN tokens.expires_at
                               WHEN tokens.absolute_at < given.extended_to
                               THEN tokens.absolute_at ELSE given.extended_to END,
             pin = COALESCE(tokens.pin, given.network)
         FROM given
         WHERE tokens.entry_key = given.wanted AND tokens.jti_salt = given.salt
           AND tokens.status = 'valid'
           AND (tokens.not_before IS NULL OR tokens.not_before <= given.moment)
           AND (tokens.expires_at IS NULL OR tokens.expires_at > given.moment)
           AND (tokens.max_uses IS NULL OR tokens.uses < tokens.max_uses)
           AND (given.span IS NULL OR tokens.window_start IS NULL
                OR given.moment >= tokens.window_start + given.span
                OR tokens.window_uses < given.span_uses)
           AND (given.idle IS NULL
                OR COALESCE(tokens.last_used_at,
                            CASE WHEN tokens.not_before > tokens.created_at
                                 THEN tokens.not_before ELSE tokens.created_at END)
                   + given.idle > given.moment)
           AND (given.network IS NULL OR tokens.pin IS NULL OR tokens.pin = given.network)
         RETURNING tokens.entry_key, tokens.uses, tokens.max_uses, tokens.expires_at,
                   tokens.last_used_at",
    )
});

/// Binds a row of [`SPEND`].
pub(in crate::store) fn spend(batch: &mut Batch, spend: &Spend) {
    let Spending { window, idle, extend_by, network, .. } = &spend.spending;
    let milliseconds =
        |length: std::time::Duration| i64::try_from(length.as_millis()).unwrap_or(i64::MAX / 4);
    let extended_to = extend_by.map(|by| spend.at.floor_to_second().plus(by));
    batch
        .bind(spend.id.entry_key)
        .bind(spend.id.salt)
        .bind(spend.at)
        .bind(window.map(|(span, _)| milliseconds(span)))
        .bind(window.map(|(_, uses)| uses))
        .bind(idle.map(milliseconds))
        .bind(extended_to)
        .bind(network.as_deref());
}

impl From<Spent> for Touched {
    fn from(spent: Spent) -> Self {
        let row = Row::Token(super::key_number(spent.entry_key));
        Self { row, spent: Some(spent) }
    }
}

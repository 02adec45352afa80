//! Redeeming a code: what it stands for begins, and it is turned into tokens.
//!
//! The family's row is changed first, as wherever a family turns or ends: whoever ends it meanwhile
//! is waited for, or waits. Both statements say whose the code has to be, and each of several who
//! redeem one code at once finds the row as the first of them left it.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::model::{
    client_id::ClientId, jwt_id::JwtId, timestamp::Timestamp, token_entry::TokenEntry,
};

use super::{
    super::batch::{Batch, BatchSql, Type},
    rotate::insert_successor,
};

/// A code to be redeemed, and what shows that its entry is still the one that was judged.
#[derive(Debug, Clone)]
pub struct CodeRedemption {
    /// The code.
    pub code: JwtId,
    /// Whose it has to be.
    pub client_id: ClientId,
    /// The family that it stands for.
    pub family: Uuid,
    /// When.
    pub at: Timestamp,
    /// The end of the family, from now on.
    pub family_ends_at: Timestamp,
}

/// Lets families begin that a code stands for: those of which nothing came yet, whose browser
/// session was not ended, unless they outlive it, and whose person has not taken back what they
/// allowed: also where they did so while the code was being made, or are about to. Whoever ends one
/// of these two may have looked for families before this one was there.
pub(in crate::store) static BEGIN_FAMILIES: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("family", Type::Uuid),
            ("holder", Type::Text),
            ("moment", Type::Integer),
            ("ends_at", Type::Integer),
        ],
        "UPDATE authorizations SET rotation = 1, expires_at = given.ends_at
         FROM given
         WHERE authorizations.authorization_id = given.family
           AND authorizations.client_id = given.holder
           AND authorizations.status = 'valid' AND authorizations.rotation = 0
           AND authorizations.expires_at > given.moment
           AND (authorizations.outlives_session = TRUE
                OR EXISTS (SELECT 1 FROM browser_sessions s
                           WHERE s.session_id = authorizations.session_id
                             AND s.session_id IS NOT NULL AND s.ended_at IS NULL {held}))
           AND (authorizations.consent_id IS NULL
                OR EXISTS (SELECT 1 FROM consents k
                           WHERE k.consent_id = authorizations.consent_id
                             AND k.status = 'valid' {held}))
         RETURNING authorizations.authorization_id",
    )
});

/// Redeems codes that are good. What is sealed in them stays: a second use has to show the same as
/// the first, or anybody who finds an old code could end what came of it.
pub(in crate::store) static REDEEM_CODES: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("wanted", Type::Integer),
            ("salt", Type::Integer),
            ("holder", Type::Text),
            ("moment", Type::Integer),
        ],
        "UPDATE tokens SET status = 'redeemed', redeemed_at = given.moment
         FROM given
         WHERE tokens.entry_key = given.wanted AND tokens.jti_salt = given.salt
           AND tokens.client_id = given.holder AND tokens.kind = 'code'
           AND tokens.status = 'valid' AND tokens.expires_at > given.moment
         RETURNING tokens.entry_key",
    )
});

/// Binds a row of [`BEGIN_FAMILIES`].
pub(in crate::store) fn begin_family(batch: &mut Batch, redemption: &CodeRedemption) {
    batch
        .bind(Some(redemption.family))
        .bind(redemption.client_id.as_str())
        .bind(redemption.at)
        .bind(redemption.family_ends_at);
}

/// Binds a row of [`REDEEM_CODES`].
pub(in crate::store) fn redeem_code(batch: &mut Batch, redemption: &CodeRedemption) {
    batch
        .bind(redemption.code.entry_key)
        .bind(redemption.code.salt)
        .bind(redemption.client_id.as_str())
        .bind(redemption.at);
}

/// Binds rows of [`INSERT_SUCCESSORS`](super::rotate::INSERT_SUCCESSORS).
pub(in crate::store) fn insert_successors(batch: &mut Batch, entries: &[TokenEntry]) {
    for entry in entries {
        insert_successor(batch, entry);
    }
}

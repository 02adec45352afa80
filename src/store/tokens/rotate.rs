//! Refreshing: a refresh token is turned into its successor, or goes on being good.
//!
//! Three statements, each shared by all that come together: the family's row is changed first,
//! which is where rotation and revocation meet; then the presented token's, whose condition decides
//! who won; then the new entries are added, of those who did. What the first did for somebody who
//! lost in the second is a counter that nothing rests on.

use std::{collections::HashSet, sync::LazyLock};

use uuid::Uuid;

use crate::model::{
    client_id::ClientId, entry_key::EntryKey, jwt_id::JwtId, timestamp::Timestamp,
    token_entry::TokenEntry,
};

use super::super::{
    Result,
    batch::{Batch, BatchSql, Type},
    command::{Row, Touched},
    engine::Handle,
};

/// A refresh token that is to bring new tokens.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The presented token, and the salt that shows its entry is still the one that was judged.
    pub presented: JwtId,
    /// Whose it has to be.
    pub client_id: ClientId,
    /// Its family.
    pub family: Uuid,
    /// The token that it had taken the place of.
    pub parent: Option<EntryKey>,
    /// When.
    pub at: Timestamp,
    /// What becomes of it.
    pub fate: Fate,
    /// The access token that it brings.
    pub access: TokenEntry,
    /// The ID token that comes with it, if one does.
    pub id: Option<TokenEntry>,
}

/// What becomes of a refresh token that was used.
#[derive(Debug, Clone)]
pub enum Fate {
    /// It is redeemed, and another takes its place.
    Succeeded {
        /// That other one.
        by: Box<TokenEntry>,
        /// The whole answer, sealed so that only who has the presented token opens it.
        replay: Vec<u8>,
    },
    /// It goes on, perhaps with a later end.
    Kept {
        /// That end.
        expires_at: Option<Timestamp>,
    },
}

/// Changes families that are not revoked and whose end has not come. One that waits for another to
/// end it finds it ended.
static ADVANCE_FAMILIES: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("family", Type::Uuid), ("moment", Type::Integer)],
        "UPDATE authorizations SET rotation = rotation + 1
         WHERE authorization_id IN (SELECT family FROM given) AND status = 'valid'
           AND EXISTS (SELECT 1 FROM given
                       WHERE given.family = authorizations.authorization_id
                         AND (authorizations.expires_at IS NULL
                              OR authorizations.expires_at > given.moment))
         RETURNING authorization_id",
    )
});

/// Redeems refresh tokens that are good.
static REDEEM_TOKENS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("wanted", Type::Integer),
            ("salt", Type::Integer),
            ("holder", Type::Text),
            ("moment", Type::Integer),
            ("successor", Type::Integer),
            ("replay", Type::Bytes),
        ],
        "UPDATE tokens SET status = 'redeemed', redeemed_at = given.moment,
                last_used_at = given.moment, successor_key = given.successor,
                replay_sealed = given.replay, payload = NULL, token_sealed = NULL
         FROM given
         WHERE tokens.entry_key = given.wanted AND tokens.jti_salt = given.salt
           AND tokens.client_id = given.holder AND tokens.kind = 'refresh'
           AND tokens.status = 'valid'
           AND (tokens.expires_at IS NULL OR tokens.expires_at > given.moment)
         RETURNING tokens.entry_key",
    )
});

/// Notes the use of refresh tokens that are good and stay so.
static KEEP_TOKENS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("wanted", Type::Integer),
            ("salt", Type::Integer),
            ("holder", Type::Text),
            ("moment", Type::Integer),
            ("later", Type::Integer),
        ],
        "UPDATE tokens SET
                last_used_at = CASE WHEN tokens.last_used_at > given.moment
                                    THEN tokens.last_used_at ELSE given.moment END,
                expires_at = CASE WHEN given.later > tokens.expires_at
                                  THEN given.later ELSE tokens.expires_at END
         FROM given
         WHERE tokens.entry_key = given.wanted AND tokens.jti_salt = given.salt
           AND tokens.client_id = given.holder AND tokens.kind = 'refresh'
           AND tokens.status = 'valid'
           AND (tokens.expires_at IS NULL OR tokens.expires_at > given.moment)
         RETURNING tokens.entry_key",
    )
});

/// Empties the answers of those that were redeemed before: whose successor was used is never
/// answered again.
pub(super) static FORGET_REPLAYS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("parent", Type::Integer)],
        "UPDATE tokens SET replay_sealed = NULL
         WHERE entry_key IN (SELECT parent FROM given) AND kind = 'refresh'
           AND status = 'redeemed' AND replay_sealed IS NOT NULL
         RETURNING entry_key",
    )
});

/// Adds refresh tokens, or none of them if one has a key or hash that is taken.
pub(in crate::store) static INSERT_REFRESH_TOKENS: LazyLock<BatchSql> = LazyLock::new(|| {
    insertion!([("absolute_at", Integer), ("parent_key", Integer)], ", absolute_at, parent_key")
});

/// Adds what other tokens were turned into, or none of it if one has a key or hash that is taken.
/// It is of the generation of the server that the presented token is of, which may have been raised
/// since that was judged.
pub(in crate::store) static INSERT_SUCCESSORS: LazyLock<BatchSql> = LazyLock::new(|| {
    insertion!(
        [
            ("identity", Text),
            ("purposes", Text),
            ("rules", Text),
            ("absolute_at", Integer),
            ("max_uses", Integer),
            ("parent_key", Integer),
            ("of_generation", Integer)
        ],
        ", identity, purposes, rules, absolute_at, max_uses, parent_key",
        "of_generation"
    )
});

/// Binds a row of [`INSERT_REFRESH_TOKENS`].
pub(in crate::store) fn insert_refresh_token(batch: &mut Batch, entry: &TokenEntry) {
    super::hot::insert_token(batch, entry);
    batch.bind(entry.absolute_at).bind(entry.parent_key.map(super::key_number));
}

/// Binds a row of [`INSERT_SUCCESSORS`].
pub(super) fn insert_successor(batch: &mut Batch, entry: &TokenEntry) {
    super::typed::insert_ruled_token(batch, entry);
    batch.bind(entry.parent_key.map(super::key_number)).bind(entry.global_generation);
}

/// Carries out rotations, each of a presented token of its own. Answers with those that were done.
pub(in crate::store) async fn rotate<'w>(
    handle: &mut Handle,
    rotations: impl Iterator<Item = &'w Rotation>,
) -> Result<Vec<Touched>> {
    let mut wanted: Vec<&Rotation> = rotations.collect();
    let families = advance(handle, &wanted).await?;
    wanted.retain(|rotation| families.contains(&rotation.family));
    let done = turn(handle, &wanted).await?;
    wanted.retain(|rotation| done.contains(&super::key_number(rotation.presented.entry_key)));
    let mut parents = Batch::new(&FORGET_REPLAYS);
    for parent in wanted.iter().filter_map(|rotation| rotation.parent) {
        parents.bind(parent);
    }
    some::<(i64,)>(handle, parents).await?;
    insert(handle, &wanted).await?;
    let touched = |key| Touched { row: Row::Token(key), spent: None };
    Ok(done.into_iter().map(touched).collect())
}

/// Changes the families. Answers with those that are good.
async fn advance(handle: &mut Handle, wanted: &[&Rotation]) -> Result<HashSet<Uuid>> {
    let mut families: Vec<_> =
        wanted.iter().map(|rotation| (rotation.family, rotation.at)).collect();
    // In one order on every node, each once.
    families.sort_unstable();
    families.dedup_by_key(|(family, _)| *family);
    let mut batch = Batch::new(&ADVANCE_FAMILIES);
    for (family, at) in families {
        batch.bind(Some(family)).bind(at);
    }
    let good: Vec<(Uuid,)> = some(handle, batch).await?;
    Ok(good.into_iter().map(|(family,)| family).collect())
}

/// Lets each presented token meet its fate. Answers with the keys of those that were good.
async fn turn(handle: &mut Handle, wanted: &[&Rotation]) -> Result<HashSet<i64>> {
    let (mut redeemed, mut kept) = (Batch::new(&REDEEM_TOKENS), Batch::new(&KEEP_TOKENS));
    for Rotation { presented, client_id, at, fate, .. } in wanted {
        let batch = match fate {
            Fate::Succeeded { .. } => &mut redeemed,
            Fate::Kept { .. } => &mut kept,
        };
        batch.bind(presented.entry_key).bind(presented.salt).bind(client_id.as_str()).bind(*at);
        match fate {
            Fate::Succeeded { by, replay } => {
                batch.bind(by.entry_key).bind(Some(replay.clone()));
            }
            Fate::Kept { expires_at } => {
                batch.bind(*expires_at);
            }
        }
    }
    let mut done: Vec<(i64,)> = some(handle, redeemed).await?;
    done.extend(some::<(i64,)>(handle, kept).await?);
    Ok(done.into_iter().map(|(key,)| key).collect())
}

/// Adds what the tokens were turned into.
async fn insert(handle: &mut Handle, done: &[&Rotation]) -> Result<()> {
    let mut batch = Batch::new(&INSERT_SUCCESSORS);
    for rotation in done {
        insert_successor(&mut batch, &rotation.access);
        if let Some(id) = &rotation.id {
            insert_successor(&mut batch, id);
        }
        if let Fate::Succeeded { by, .. } = &rotation.fate {
            insert_successor(&mut batch, by);
        }
    }
    if batch.rows() > 0 {
        handle.execute_batch(batch).await?;
    }
    Ok(())
}

/// Runs a batch, if it has any row.
pub(super) async fn some<R: super::super::engine::Record>(
    handle: &mut Handle,
    batch: Batch,
) -> Result<Vec<R>> {
    if batch.rows() > 0 { handle.batch(batch).await } else { Ok(Vec::new()) }
}

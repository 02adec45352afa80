//! The answer to a refresh, kept for whoever lost it.

use crate::model::{client_id::ClientId, entry_key::EntryKey, jwt_id::JwtId, timestamp::Timestamp};

use super::{
    super::{Result, batch::Batch, engine::Handle},
    rotate::{FORGET_REPLAYS, some},
};

/// What a refresh token that was turned into another one says of a retry.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// The presented token.
    pub presented: JwtId,
    /// When it is presented again.
    pub at: Timestamp,
    /// It must have been redeemed after this,
    pub since: Timestamp,
    /// and before this: clocks of two nodes differ.
    pub until: Timestamp,
    /// How often the answer is given again.
    pub limit: i64,
}

impl Handle {
    /// Empties what was kept to answer retries of these refresh tokens: their time is over.
    pub async fn forget_replays(&mut self, of: &[EntryKey]) -> Result<()> {
        let mut batch = Batch::new(&FORGET_REPLAYS);
        for key in of {
            batch.bind(*key);
        }
        some::<(i64,)>(self, batch).await.map(drop)
    }

    /// The sealed answer that a refresh token brought, once more: if it was redeemed a moment ago,
    /// its successor is good and was never used, and not too many asked before. `None` else; then
    /// nothing was changed.
    pub async fn replay(&mut self, retry: &Retry, client_id: &ClientId) -> Result<Option<Vec<u8>>> {
        let found: Option<(Vec<u8>,)> = self
            .query(
                "UPDATE tokens SET grace_uses = grace_uses + 1
                 WHERE entry_key = $1 AND jti_salt = $2 AND client_id = $3 AND kind = 'refresh'
                   AND status = 'redeemed' AND redeemed_at > $5 AND redeemed_at < $7
                   AND grace_uses < $6
                   AND replay_sealed IS NOT NULL
                   AND EXISTS (SELECT 1 FROM tokens s
                               WHERE s.entry_key = tokens.successor_key AND s.status = 'valid'
                                 AND s.last_used_at IS NULL AND s.expires_at > $4)
                   AND EXISTS (SELECT 1 FROM authorizations a
                               WHERE a.authorization_id = tokens.authorization_id
                                 AND a.status = 'valid')
                 RETURNING replay_sealed",
            )
            .bind(retry.presented.entry_key)
            .bind(retry.presented.salt)
            .bind(client_id.as_str())
            .bind(retry.at)
            .bind(retry.since)
            .bind(retry.limit)
            .bind(retry.until)
            .fetch_optional()
            .await?;
        Ok(found.map(|(sealed,)| sealed))
    }
}

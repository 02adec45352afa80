//! Ending many tokens: row by row in bounded batches, or all of somebody at once.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::model::{
    client_id::ClientId, entry_key::EntryKey, standing::StandingEntry, token_entry::TokenEntry,
};

use super::{
    super::{
        Result, Transaction,
        batch::{Batch, BatchSql, Type},
        change::Change,
        engine::Handle,
    },
    End, Target,
    hot::{REVOKE_ENTRIES, revoke_token},
};

/// Finds the entries of families, a thousand at most.
static FIND_BY_FAMILY: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("family", Type::Uuid)],
        concat!(
            "SELECT ",
            standing_columns!(),
            " FROM given CROSS JOIN tokens t",
            surroundings!(),
            "WHERE t.authorization_id = given.family AND t.authorization_id IS NOT NULL LIMIT 1000"
        ),
    )
});

/// At most so many entries of families are read at once, as the statement says.
const MOST_OF_FAMILIES: usize = 1000;

/// Ends families, unless they have ended: whatever comes of them, now or later, is dead.
static END_FAMILIES: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("family", Type::Uuid),
            ("ended_at", Type::Integer),
            ("ended_by", Type::Text),
            ("end_reason", Type::Text),
        ],
        "UPDATE authorizations SET status = 'revoked', ended_at = given.ended_at,
                ended_by = given.ended_by, end_reason = given.end_reason
         FROM given
         WHERE authorizations.authorization_id = given.family AND authorizations.status = 'valid'",
    )
});

/// Ends the tokens of families that have not ended.
static END_TOKENS_OF_FAMILIES: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("family", Type::Uuid),
            ("ended_at", Type::Integer),
            ("ended_by", Type::Text),
            ("end_reason", Type::Text),
        ],
        "UPDATE tokens SET status = 'revoked', ended_at = given.ended_at,
                endless_ended_at = CASE WHEN tokens.expires_at IS NULL THEN given.ended_at END,
                ended_by = given.ended_by, end_reason = given.end_reason,
                payload = NULL, token_sealed = NULL, replay_sealed = NULL
         FROM given
         WHERE tokens.authorization_id = given.family AND tokens.authorization_id IS NOT NULL
           AND tokens.status IN ('inactive', 'valid')
           AND (tokens.expires_at IS NULL OR tokens.expires_at > given.ended_at)
         RETURNING tokens.entry_key",
    )
});

/// Empties what was kept to answer a retry once more.
static FORGET_REPLAYS_OF_FAMILIES: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("family", Type::Uuid)],
        "UPDATE tokens SET replay_sealed = NULL
         WHERE authorization_id IN (SELECT family FROM given) AND authorization_id IS NOT NULL
           AND status = 'redeemed' AND replay_sealed IS NOT NULL",
    )
});

impl Handle {
    /// Every entry of some families; `None` if they have a thousand or more.
    pub async fn tokens_of_families(
        &mut self,
        families: &[Uuid],
    ) -> Result<Option<Vec<StandingEntry>>> {
        let mut batch = Batch::new(&FIND_BY_FAMILY);
        for family in families {
            batch.bind(Some(*family));
        }
        let found = self.batch(batch).await?;
        Ok((found.len() < MOST_OF_FAMILIES).then_some(found))
    }
}

impl Transaction {
    /// Ends those of `entries` that have not ended. Returns how many that were.
    ///
    /// All of them are announced: what somebody else has just ended is as surely forgotten.
    pub async fn revoke_tokens(&mut self, entries: &[&TokenEntry], end: &End) -> Result<u64> {
        let mut batch = Batch::new(&REVOKE_ENTRIES);
        for entry in entries {
            self.changes(Change::Token(entry.entry_key));
            revoke_token(&mut batch, &Target::Entry(entry.entry_key), (&entry.client_id, end));
        }
        let ended: Vec<(EntryKey,)> = self.batch(batch).await?;
        Ok(ended.len() as u64)
    }

    /// Ends families and every token that came of them. Returns how many of these were live until
    /// then.
    pub async fn revoke_families(&mut self, families: &[Uuid], end: &End) -> Result<u64> {
        let mut batches = (Batch::new(&END_FAMILIES), Batch::new(&END_TOKENS_OF_FAMILIES));
        let mut replays = Batch::new(&FORGET_REPLAYS_OF_FAMILIES);
        for family in families {
            replays.bind(Some(*family));
            self.changes(Change::Family(*family));
            for batch in [&mut batches.0, &mut batches.1] {
                batch.bind(Some(*family)).bind(end.at);
                batch.bind(end.by.as_str()).bind(end.reason.as_str());
            }
        }
        self.execute_batch(batches.0).await?;
        let ended: Vec<(EntryKey,)> = self.batch(batches.1).await?;
        self.execute_batch(replays).await?;
        Ok(ended.len() as u64)
    }

    /// Ends a family and every token that came of it, unless it has ended. Returns whether it did.
    pub async fn end_family(&mut self, family: Uuid, end: &End) -> Result<bool> {
        self.changes(Change::Family(family));
        let mut batch = Batch::new(&END_FAMILIES);
        batch.bind(Some(family)).bind(end.at).bind(end.by.as_str()).bind(end.reason.as_str());
        if self.execute_batch(batch).await? == 0 {
            return Ok(false);
        }
        self.revoke_families(&[family], end).await?;
        Ok(true)
    }

    /// Ends every token of a client, unless somebody did since its generation was `seen`. Returns
    /// whether it did.
    pub async fn raise_client_generation(
        &mut self,
        (client_id, seen): (&ClientId, i64),
        end: &End,
    ) -> Result<bool> {
        self.changes(Change::Client(client_id.clone()));
        let rows = self
            .query(
                "UPDATE clients SET generation = generation + 1
                 WHERE client_id = $1 AND generation = $2",
            )
            .bind(client_id.as_str())
            .bind(seen)
            .execute()
            .await?;
        if rows == 1 {
            self.note_client_generation(client_id, end).await?;
        }
        Ok(rows == 1)
    }

    /// Ends every token of a user, unless somebody did since their generation was `seen`. Returns
    /// whether it did.
    pub async fn raise_user_generation(
        &mut self,
        (user_id, seen): (Uuid, i64),
        end: &End,
    ) -> Result<bool> {
        self.changes(Change::User(user_id));
        let rows = self
            .query(
                "UPDATE users SET generation = generation + 1
                 WHERE user_id = $1 AND generation = $2",
            )
            .bind(user_id)
            .bind(seen)
            .execute()
            .await?;
        if rows == 1 {
            self.note_user_generation((user_id, seen), end).await?;
        }
        Ok(rows == 1)
    }

    /// Makes sure that every node has heard, when this transaction is acknowledged, whatever was
    /// announced before it.
    pub fn wait_for_all_nodes(&mut self) {
        // Nodes hear announcements in the order of their commits, so that any one will do; this
        // is of an entry that nobody has.
        self.changes(Change::Token(EntryKey::lowest()));
    }
}

//! When, by whom and why all tokens of a client, of a user or of the server were ended.

use uuid::Uuid;

use crate::model::{
    client_id::ClientId, timestamp::Timestamp, token_entry::TokenEntry, verdict::Whose,
};

use super::{
    super::{Result, Transaction, engine::Handle},
    End,
};

impl Handle {
    /// When, by whom and why the tokens of an entry's generation were ended: those of its client,
    /// of its user or of the whole server. `None` where nobody noted it, as a server of the version
    /// before does not.
    pub async fn generation_end(
        &mut self,
        entry: &TokenEntry,
        whose: Whose,
    ) -> Result<Option<End>> {
        let (name, generation) = match whose {
            Whose::Client => (entry.client_id.to_string(), Some(entry.client_generation)),
            Whose::User => {
                (entry.user_id.map(|id| id.to_string()).unwrap_or_default(), entry.user_generation)
            }
            Whose::Server => (String::new(), Some(entry.global_generation)),
        };
        // The generation after its own: those that were raised later ended others.
        let ended: Option<(Timestamp, String, String)> = self
            .query(
                "SELECT at, by, reason FROM generation_ends
                 WHERE whose = $1 AND name = $2 AND generation = $3 + 1",
            )
            .bind(whose.as_str())
            .bind(name)
            .bind(generation)
            .fetch_optional()
            .await?;
        Ok(ended.map(|(at, by, reason)| End { at, by, reason }))
    }
}

impl Transaction {
    /// Notes that a client's generation was raised to what it is now.
    pub(in crate::store) async fn note_client_generation(
        &mut self,
        client_id: &ClientId,
        end: &End,
    ) -> Result<()> {
        self.query(
            "INSERT INTO generation_ends (whose, name, generation, at, by, reason)
             SELECT 'client', client_id, generation, $2, $3, $4 FROM clients WHERE client_id = $1",
        )
        .bind(client_id.as_str())
        .bind(end.at)
        .bind(end.by.as_str())
        .bind(end.reason.as_str())
        .execute()
        .await?;
        Ok(())
    }

    /// Notes that a user's generation was raised to what it is now, if it is another than was
    /// `seen` and nobody noted that yet.
    pub(in crate::store) async fn note_user_generation(
        &mut self,
        (user_id, seen): (Uuid, i64),
        end: &End,
    ) -> Result<()> {
        self.query(
            "INSERT INTO generation_ends (whose, name, generation, at, by, reason)
             SELECT 'user', $2, generation, $4, $5, $6 FROM users
             WHERE user_id = $1 AND generation > $3
             ON CONFLICT (whose, name, generation) DO NOTHING",
        )
        .bind(user_id)
        .bind(user_id.to_string())
        .bind(seen)
        .bind(end.at)
        .bind(end.by.as_str())
        .bind(end.reason.as_str())
        .execute()
        .await?;
        Ok(())
    }

    /// Notes that the server's generation was raised to what it is now.
    pub(in crate::store) async fn note_server_generation(&mut self, end: &End) -> Result<()> {
        self.query(
            "INSERT INTO generation_ends (whose, name, generation, at, by, reason)
             SELECT 'server', '', generation, $1, $2, $3 FROM instance WHERE id = 1",
        )
        .bind(end.at)
        .bind(end.by.as_str())
        .bind(end.reason.as_str())
        .execute()
        .await?;
        Ok(())
    }
}

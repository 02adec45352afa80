//! The secrets of clients.

use uuid::Uuid;

use crate::model::{client_id::ClientId, client_secret::ClientSecret, timestamp::Timestamp};

use super::{Result, Transaction, change::Change, engine::Handle};

impl Handle {
    /// The secrets of a client, live or not, newest first.
    pub async fn client_secrets(&mut self, client_id: &ClientId) -> Result<Vec<ClientSecret>> {
        self.query(
            "SELECT secret_id, client_id, hint, kind, verifier, created_at, expires_at,
                    last_used_at, last_used_from
             FROM client_secrets WHERE client_id = $1 ORDER BY created_at DESC, secret_id DESC",
        )
        .bind(client_id.as_str())
        .fetch_all()
        .await
    }

    /// The secrets of every client, live or not.
    pub async fn all_client_secrets(&mut self) -> Result<Vec<ClientSecret>> {
        self.query(
            "SELECT secret_id, client_id, hint, kind, verifier, created_at, expires_at,
                    last_used_at, last_used_from
             FROM client_secrets",
        )
        .fetch_all()
        .await
    }
}

impl Transaction {
    /// Adds a secret, unless the client has one with the same hint. Returns whether it did.
    pub async fn insert_client_secret(&mut self, secret: &ClientSecret) -> Result<bool> {
        self.changes(Change::Client(secret.client_id.clone()));
        let rows = self
            .query(
                "INSERT INTO client_secrets
                     (secret_id, client_id, hint, kind, verifier, created_at, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (client_id, hint) DO NOTHING",
            )
            .bind(secret.secret_id)
            .bind(secret.client_id.as_str())
            .bind(secret.hint.as_str())
            .bind(secret.kind.as_str())
            .bind(secret.verifier.clone())
            .bind(secret.created_at)
            .bind(secret.expires_at)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Lets every secret of a client but `newest` end at `end`, unless it ends earlier anyway.
    pub async fn end_older_secrets(
        &mut self,
        client_id: &ClientId,
        newest: Uuid,
        end: Timestamp,
    ) -> Result<u64> {
        self.changes(Change::Client(client_id.clone()));
        self.query(
            "UPDATE client_secrets SET expires_at = $3
             WHERE client_id = $1 AND secret_id <> $2
               AND (expires_at IS NULL OR expires_at > $3)",
        )
        .bind(client_id.as_str())
        .bind(newest)
        .bind(end)
        .execute()
        .await
    }

    /// Lets a secret end at `end`, or never. Returns whether it is there. Hold the client meanwhile.
    pub async fn set_secret_end(
        &mut self,
        secret: &ClientSecret,
        end: Option<Timestamp>,
    ) -> Result<bool> {
        self.changes(Change::Client(secret.client_id.clone()));
        let rows = self
            .query("UPDATE client_secrets SET expires_at = $2 WHERE secret_id = $1")
            .bind(secret.secret_id)
            .bind(end)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Keeps everybody else from changing a client and its secrets until the transaction ends.
    /// Returns whether there is such a client.
    pub async fn hold_client(&mut self, client_id: &ClientId) -> Result<bool> {
        let rows = self
            .query(
                "UPDATE clients SET version = version
                 WHERE client_id = $1 AND status <> 'deleted'",
            )
            .bind(client_id.as_str())
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Ends the secret with this hint now, unless it is the last that is live. Returns whether it
    /// did. Hold the client meanwhile: of two that look at the same time, each would take the
    /// other's secret for the one that stays.
    pub async fn retire_secret(
        &mut self,
        client_id: &ClientId,
        hint: &str,
        now: Timestamp,
    ) -> Result<bool> {
        self.changes(Change::Client(client_id.clone()));
        let rows = self
            .query(
                "UPDATE client_secrets SET expires_at = $3
                 WHERE client_id = $1 AND hint = $2 AND (expires_at IS NULL OR expires_at > $3)
                   AND EXISTS (SELECT 1 FROM client_secrets other
                               WHERE other.client_id = $1 AND other.hint <> $2
                                 AND (other.expires_at IS NULL OR other.expires_at > $3))",
            )
            .bind(client_id.as_str())
            .bind(hint)
            .bind(now)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Deletes every secret of a client. Returns how many.
    pub async fn delete_client_secrets(&mut self, client_id: &ClientId) -> Result<u64> {
        self.changes(Change::Client(client_id.clone()));
        self.query("DELETE FROM client_secrets WHERE client_id = $1")
            .bind(client_id.as_str())
            .execute()
            .await
    }
}

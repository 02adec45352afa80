//! Envelope keys and signing keys.

use crate::model::{
    signature_algorithm::SignatureAlgorithm, signing_key::SigningKey, timestamp::Timestamp,
};

use super::{Result, Transaction, change::Change, engine::Handle};

impl Handle {
    /// Every envelope key: its number, and itself sealed under the master key.
    pub async fn seal_keys(&mut self) -> Result<Vec<(i64, Vec<u8>)>> {
        self.query("SELECT seal_key, sealed FROM seal_keys ORDER BY seal_key").fetch_all().await
    }

    /// Adds an envelope key, unless its number is taken. Returns whether it did.
    pub async fn insert_seal_key(&mut self, id: i64, sealed: &[u8], at: Timestamp) -> Result<bool> {
        let rows = self
            .query(
                "INSERT INTO seal_keys (seal_key, sealed, created_at) VALUES ($1, $2, $3)
                 ON CONFLICT (seal_key) DO NOTHING",
            )
            .bind(id)
            .bind(sealed.to_vec())
            .bind(at)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Every signing key that signs or is published, oldest first.
    pub async fn signing_keys(&mut self) -> Result<Vec<SigningKey>> {
        self.query(
            "SELECT kid, algorithm, state, public_jwk, private_sealed, seal_key, created_at
             FROM signing_keys WHERE state IN ('staged', 'active', 'retiring')
             ORDER BY created_at, kid",
        )
        .fetch_all()
        .await
    }

    /// Whether an algorithm has a key that signs.
    pub async fn has_active_signing_key(&mut self, algorithm: SignatureAlgorithm) -> Result<bool> {
        let found: Option<(String,)> = self
            .query(
                "SELECT kid FROM signing_keys
                 WHERE key_use = 'sig' AND algorithm = $1 AND state = 'active'",
            )
            .bind(algorithm.as_str())
            .fetch_optional()
            .await?;
        Ok(found.is_some())
    }
}

impl Transaction {
    /// Adds a signing key that is active at once, unless its algorithm has an active one. Returns
    /// whether it did; of several nodes that try, one wins.
    pub async fn insert_active_signing_key(&mut self, key: &SigningKey) -> Result<bool> {
        self.changes(Change::SigningKeys);
        let rows = self
            .query(
                "INSERT INTO signing_keys
                     (kid, algorithm, key_use, state, public_jwk, private_sealed, seal_key,
                      created_at, activate_at)
                 VALUES ($1, $2, 'sig', 'active', $3, $4, $5, $6, $6)
                 ON CONFLICT DO NOTHING",
            )
            .bind(key.kid.as_str())
            .bind(key.algorithm.as_str())
            .bind(key.public_jwk.as_str())
            .bind(key.private_sealed.clone())
            .bind(key.seal_key)
            .bind(key.created_at)
            .execute()
            .await?;
        Ok(rows == 1)
    }
}

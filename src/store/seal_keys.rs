//! Envelope keys, and the check value of the master key that seals them.

use crate::model::timestamp::Timestamp;

use super::{Result, Transaction, engine::Handle};

impl Handle {
    /// Records the check value of the master key, unless one is there. Returns the one in force.
    pub async fn settle_master_check(&mut self, check: &[u8]) -> Result<Vec<u8>> {
        self.query("UPDATE instance SET master_check = $1 WHERE id = 1 AND master_check IS NULL")
            .bind(check.to_vec())
            .execute()
            .await?;
        self.query("SELECT master_check FROM instance WHERE id = 1").fetch_value().await
    }

    /// The check value of the master key in force, if one was ever used with this database.
    pub async fn master_check(&mut self) -> Result<Option<Vec<u8>>> {
        let found: Option<(Option<Vec<u8>>,)> =
            self.query("SELECT master_check FROM instance WHERE id = 1").fetch_optional().await?;
        Ok(found.and_then(|(check,)| check))
    }

    /// Every envelope key: its number, and itself sealed under the master key.
    pub async fn seal_keys(&mut self) -> Result<Vec<(i64, Vec<u8>)>> {
        self.query("SELECT seal_key, sealed FROM seal_keys ORDER BY seal_key").fetch_all().await
    }
}

impl Transaction {
    /// Holds the master key with this check value in force until the transaction ends: nobody
    /// replaces it meanwhile. Returns whether it is in force.
    pub async fn hold_master_check(&mut self, check: &[u8]) -> Result<bool> {
        self.replace_master_check(check, check).await
    }

    /// Puts another master key in force in place of `old`, unless somebody else did. Returns
    /// whether it did; then no envelope key can be added until the transaction ends.
    pub async fn replace_master_check(&mut self, old: &[u8], new: &[u8]) -> Result<bool> {
        let rows = self
            .query("UPDATE instance SET master_check = $2 WHERE id = 1 AND master_check = $1")
            .bind(old.to_vec())
            .bind(new.to_vec())
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Adds an envelope key, unless its number is taken. Returns whether it did. Only after
    /// [`Transaction::hold_master_check`] of the master key that seals it: one that was sealed with
    /// a master key of before would open to nobody.
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

    /// Puts an envelope key that was sealed anew in the place of `old`. Returns whether it did.
    pub async fn rewrap_seal_key(&mut self, id: i64, old: &[u8], new: &[u8]) -> Result<bool> {
        let rows = self
            .query("UPDATE seal_keys SET sealed = $3 WHERE seal_key = $1 AND sealed = $2")
            .bind(id)
            .bind(old.to_vec())
            .bind(new.to_vec())
            .execute()
            .await?;
        Ok(rows == 1)
    }
}

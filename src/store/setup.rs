//! The code with which the first administrator is made.

use sqlx::FromRow;

use crate::model::timestamp::Timestamp;

use super::{Result, Transaction, engine::Handle};

/// How far the first setup is.
#[derive(Debug, Clone, FromRow)]
pub struct SetupState {
    /// What is kept of the code, if one was made.
    pub setup_hash: Option<Vec<u8>>,
    /// The first moment at which that is good no more.
    pub setup_expires_at: Option<Timestamp>,
    /// When it was finished.
    pub setup_done_at: Option<Timestamp>,
}

impl Handle {
    /// How far the first setup is.
    pub async fn setup_state(&mut self) -> Result<Option<SetupState>> {
        self.query("SELECT setup_hash, setup_expires_at, setup_done_at FROM setup WHERE id = 1")
            .fetch_optional()
            .await
    }

    /// The operator roles of every user who may do anything and has some. There are few.
    pub async fn operator_roles(&mut self) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = self
            .query(
                "SELECT DISTINCT operator_roles FROM users
                 WHERE status = 'active' AND operator_roles <> ''",
            )
            .fetch_all()
            .await?;
        Ok(rows.into_iter().map(|(roles,)| roles).collect())
    }
}

impl Transaction {
    /// Puts a code in the place of the one before, unless the setup is finished. Returns whether it
    /// did.
    pub async fn put_setup_code(&mut self, hash: &[u8], expires_at: Timestamp) -> Result<bool> {
        let rows = self
            .query(
                "UPDATE setup SET setup_hash = $1, setup_expires_at = $2
                 WHERE id = 1 AND setup_done_at IS NULL",
            )
            .bind(hash.to_vec())
            .bind(expires_at)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Finishes the setup with the code that has this hash, if it is good at `at`. Returns whether
    /// it did: of two at once, one does.
    pub async fn finish_setup(&mut self, hash: &[u8], at: Timestamp) -> Result<bool> {
        let rows = self
            .query(
                "UPDATE setup SET setup_done_at = $2, setup_hash = NULL, setup_expires_at = NULL
                 WHERE id = 1 AND setup_done_at IS NULL AND setup_hash = $1
                   AND setup_expires_at > $2",
            )
            .bind(hash.to_vec())
            .bind(at)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Notes that there is nothing to set up: somebody is an administrator already.
    pub async fn skip_setup(&mut self, at: Timestamp) -> Result<()> {
        self.query(
            "UPDATE setup SET setup_done_at = $1, setup_hash = NULL, setup_expires_at = NULL
             WHERE id = 1 AND setup_done_at IS NULL",
        )
        .bind(at)
        .execute()
        .await
        .map(drop)
    }
}

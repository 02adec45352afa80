//! How users stand: what a token that hangs on one is made with.

use uuid::Uuid;

use super::{Result, engine::Handle};

/// What a token that hangs on a user is made with.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct UserStanding {
    /// The user.
    pub user_id: Uuid,
    /// The user's status.
    pub status: String,
    /// The user's generation.
    pub generation: i64,
    /// The generation of the user's password.
    pub password_generation: i64,
}

impl Handle {
    /// How the user with this id stands.
    pub async fn user_standing(&mut self, id: Uuid) -> Result<Option<UserStanding>> {
        self.query(
            "SELECT user_id, status, generation, password_generation FROM users
             WHERE user_id = $1",
        )
        .bind(id)
        .fetch_optional()
        .await
    }

    /// How the user with this folded name stands.
    pub async fn user_standing_named(
        &mut self,
        realm: &str,
        username_fold: &str,
    ) -> Result<Option<UserStanding>> {
        self.query(
            "SELECT user_id, status, generation, password_generation FROM users
             WHERE realm = $1 AND username_fold = $2",
        )
        .bind(realm)
        .bind(username_fold)
        .fetch_optional()
        .await
    }
}

//! Users, some at a time.

use crate::model::user::User;

use super::{Result, engine::Handle, users::user_columns};

impl Handle {
    /// The first realm after `after` that there are users in, in the order of their names.
    pub async fn realm_after(&mut self, after: &str) -> Result<Option<String>> {
        let rows: Vec<(String,)> = self
            .query("SELECT realm FROM users WHERE realm > $1 ORDER BY realm LIMIT 1")
            .bind(after)
            .fetch_all()
            .await?;
        Ok(rows.into_iter().next().map(|(realm,)| realm))
    }

    /// The users of a realm from a folded name on, in the order of these names: at most `limit`,
    /// also such as are deleted.
    pub async fn users_from(&mut self, realm: &str, fold: &str, limit: i64) -> Result<Vec<User>> {
        self.query(concat!(
            "SELECT ",
            user_columns!(),
            " FROM users u WHERE u.realm = $1 AND u.username_fold >= $2
             ORDER BY u.username_fold LIMIT $3"
        ))
        .bind(realm)
        .bind(fold)
        .bind(limit)
        .fetch_all()
        .await
    }
}

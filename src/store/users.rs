//! Users.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use uuid::Uuid;

use crate::model::{
    timestamp::Timestamp,
    user::{User, UserStatus},
};

use super::{
    Result, Transaction,
    batch::{Batch, BatchSql, Type},
    change::Change,
    engine::Handle,
    tokens::End,
};

macro_rules! user_columns {
    () => {
        "u.user_id, u.realm, u.username, u.username_fold, u.password_phc, u.roles,
         u.operator_roles, u.attributes, u.scope, u.claims, u.status, u.generation,
         u.version, u.created_at, u.updated_at, u.locked_until, u.password_changed_at,
         u.signed_in_at"
    };
}

pub(super) use user_columns;

/// Finds users by realm and folded name.
static FIND_USERS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("wanted_realm", Type::Text), ("wanted_fold", Type::Text)],
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM given {each users u: u.realm = given.wanted_realm
                                        AND u.username_fold = given.wanted_fold}"
        ),
    )
});

/// Finds users by their keys.
static FIND_USERS_BY_ID: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("wanted", Type::Uuid)],
        concat!("SELECT ", user_columns!(), " FROM given {each users u: u.user_id = given.wanted}"),
    )
});

/// What a user is looked for by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UserKey {
    /// The key of the row.
    Id(Uuid),
    /// The realm, and the name as names are compared.
    Name(String, String),
}

impl Handle {
    /// Finds users by realm and folded name, in one statement. Those that are deleted are found
    /// too: their names are taken for good.
    pub async fn find_users_named(
        &mut self,
        names: impl Iterator<Item = (&str, &str)>,
    ) -> Result<Vec<User>> {
        let mut batch = Batch::new(&FIND_USERS);
        for (realm, fold) in names {
            batch.bind(realm).bind(fold);
        }
        self.batch(batch).await
    }

    /// Finds users by what each is looked for by: a statement for each of the two ways that is
    /// asked for.
    pub(super) async fn find_users(
        &mut self,
        keys: &[UserKey],
    ) -> Result<HashMap<UserKey, Arc<User>>> {
        let (mut by_id, mut by_name) = (Batch::new(&FIND_USERS_BY_ID), Batch::new(&FIND_USERS));
        for key in keys {
            match key {
                UserKey::Id(id) => by_id.bind(Some(*id)),
                UserKey::Name(realm, fold) => by_name.bind(realm.as_str()).bind(fold.as_str()),
            };
        }
        let mut found = HashMap::with_capacity(keys.len());
        if by_id.rows() > 0 {
            let users: Vec<User> = self.batch(by_id).await?;
            found.extend(users.into_iter().map(|user| (UserKey::Id(user.user_id), Arc::new(user))));
        }
        if by_name.rows() > 0 {
            let users: Vec<User> = self.batch(by_name).await?;
            found.extend(users.into_iter().map(|user| {
                let key = UserKey::Name(user.realm.clone(), user.username_fold.clone());
                (key, Arc::new(user))
            }));
        }
        Ok(found)
    }

    /// When the tokens of a user of before this generation were ended, or all of the server's: the
    /// later of the two, as far as anybody noted it.
    pub async fn tokens_ended_at(&mut self, user_id: Uuid) -> Result<Option<Timestamp>> {
        self.query(
            "SELECT MAX(at) FROM generation_ends
             WHERE (whose = 'user' AND name = $1) OR whose = 'server'",
        )
        .bind(user_id.to_string())
        .fetch_value()
        .await
    }

    /// Notes that a user signed in who was proven as they stand in `user`: still active, and with
    /// the same password. Returns whether it did. Until the end of the transaction, nobody can
    /// change that, and whoever does so afterwards finds what the sign-in began.
    pub async fn note_sign_in(&mut self, user: &User, at: Timestamp) -> Result<bool> {
        let rows = self
            .query(
                "UPDATE users SET signed_in_at = CASE WHEN COALESCE(signed_in_at, 0) < $2 THEN $2
                                                      ELSE signed_in_at END
                 WHERE user_id = $1 AND status = 'active' AND generation = $3
                   AND COALESCE(password_phc, '') = COALESCE($4, '')",
            )
            .bind(user.user_id)
            .bind(at)
            .bind(user.generation)
            .bind(user.password.clone())
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Finds a user by the key of the row, also one that is deleted.
    pub async fn find_user(&mut self, user_id: Uuid) -> Result<Option<User>> {
        self.query(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.user_id = $1"))
            .bind(user_id)
            .fetch_optional()
            .await
    }

    /// Every user that is not deleted. There may be many.
    pub async fn users(&mut self) -> Result<Vec<User>> {
        self.query(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.status <> 'deleted'"))
            .fetch_all()
            .await
    }
}

impl Transaction {
    /// Adds a user, unless the name is taken in the realm, if only by one who is deleted. Returns
    /// whether it did.
    pub async fn insert_user(&mut self, user: &User) -> Result<bool> {
        self.changes(Change::User(user.user_id));
        let rows = self
            .query(
                "INSERT INTO users
                     (user_id, realm, username, username_fold, password_phc, roles, operator_roles,
                      attributes, status, generation, version, failed_logins, created_at,
                      updated_at, scope, claims, password_changed_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, 0, $11, $11, $12, $13,
                         CASE WHEN CAST($5 AS TEXT) IS NULL THEN NULL ELSE $11 END)
                 ON CONFLICT (realm, username_fold) DO NOTHING",
            )
            .bind(user.user_id)
            .bind(user.realm.as_str())
            .bind(user.username.as_str())
            .bind(user.username_fold.as_str())
            .bind(user.password.clone())
            .bind(user.roles.to_string())
            .bind(user.operator_roles.to_string())
            .bind(user.attributes.to_string())
            .bind(user.status.as_str())
            .bind(user.generation)
            .bind(user.created_at)
            .bind(user.scope.to_string())
            .bind(user.claims.to_string())
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Changes a user, unless somebody changed it since it was read. Whoever is no longer active
    /// loses every token, for good: `end` says when, by whom and why. Another password raises its
    /// generation, and so does becoming an operator: a link to a password that somebody was given
    /// before must not lead to that. Returns whether it did.
    pub async fn update_user(&mut self, user: &User, end: &End) -> Result<bool> {
        self.changes(Change::User(user.user_id));
        let rows = self
            .query(
                "UPDATE users SET
                     username = $3, password_phc = $4, roles = $5, operator_roles = $6,
                     attributes = $7, status = $8, version = version + 1, updated_at = $9,
                     scope = $10, claims = $11,
                     password_generation = password_generation
                         + CASE WHEN COALESCE(password_phc, '') <> COALESCE($4, '')
                                  OR (operator_roles = '' AND $6 <> '') THEN 1 ELSE 0 END,
                     password_changed_at = CASE WHEN COALESCE(password_phc, '') <> COALESCE($4, '')
                                THEN $9 ELSE password_changed_at END,
                     generation = CASE WHEN status = 'active' AND $8 <> 'active'
                                       THEN generation + 1 ELSE generation END
                 WHERE user_id = $1 AND version = $2 AND status <> 'deleted'",
            )
            .bind(user.user_id)
            .bind(user.version)
            .bind(user.username.as_str())
            .bind(user.password.clone())
            .bind(user.roles.to_string())
            .bind(user.operator_roles.to_string())
            .bind(user.attributes.to_string())
            .bind(user.status.as_str())
            .bind(user.updated_at)
            .bind(user.scope.to_string())
            .bind(user.claims.to_string())
            .execute()
            .await?;
        if rows == 1 {
            self.note_user_generation((user.user_id, user.generation), end).await?;
        }
        Ok(rows == 1)
    }

    /// Locks a user out until `until`, or lets them in again. Meanwhile nothing of theirs works; it
    /// ends nothing. Returns whether there is such a user.
    pub async fn lock_user(
        &mut self,
        user_id: Uuid,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool> {
        self.changes(Change::User(user_id));
        let rows = self
            .query(
                "UPDATE users SET locked_until = $2, version = version + 1, updated_at = $3
                 WHERE user_id = $1 AND status <> 'deleted'",
            )
            .bind(user_id)
            .bind(until)
            .bind(now)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Deletes a user, unless somebody changed it since it was read: all that is kept is the name,
    /// so that nobody else is given it, and the generation, which ends every token. Returns
    /// whether it did.
    pub async fn delete_user(&mut self, user: &User, end: &End) -> Result<bool> {
        self.changes(Change::User(user.user_id));
        let rows = self
            .query(
                "UPDATE users SET
                     status = $3, password_phc = NULL, roles = '', operator_roles = '',
                     attributes = '{}', scope = '', claims = '{}',
                     version = version + 1, updated_at = $4,
                     password_generation = password_generation + 1,
                     generation = generation + 1
                 WHERE user_id = $1 AND version = $2 AND status <> 'deleted'",
            )
            .bind(user.user_id)
            .bind(user.version)
            .bind(UserStatus::Deleted.as_str())
            .bind(user.updated_at)
            .execute()
            .await?;
        if rows == 1 {
            self.note_user_generation((user.user_id, user.generation), end).await?;
        }
        Ok(rows == 1)
    }
}

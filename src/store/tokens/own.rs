//! The typed tokens that a client or a person made.

use uuid::Uuid;

use crate::model::{client_id::ClientId, entry_key::EntryKey, standing::StandingEntry};

use super::{super::Result, Handle, key_number};

impl Handle {
    /// A page of the typed tokens of one type that a client made, those that end first at its
    /// head: at most so many, after the key of the last one of the page before.
    pub async fn list_typed_tokens(
        &mut self,
        client_id: &ClientId,
        type_fold: &str,
        (after, limit): (Option<EntryKey>, i64),
    ) -> Result<Vec<StandingEntry>> {
        self.query(standing_entry!(
            "WHERE t.kind = 'typed' AND t.client_id = $1 AND t.type_name = $3 AND t.entry_key > $2
             ORDER BY t.client_id, t.type_name, t.entry_key LIMIT $4"
        ))
        .bind(client_id.as_str())
        .bind(after.map_or(-1, key_number))
        .bind(type_fold)
        .bind(limit)
        .fetch_all()
        .await
    }

    /// A page of the typed tokens of one type that people's own client holds for a user, as
    /// [`Handle::list_typed_tokens`].
    pub async fn list_tokens_of_user(
        &mut self,
        (user_id, client_id): (Uuid, &ClientId),
        type_fold: &str,
        (after, limit): (Option<EntryKey>, i64),
    ) -> Result<Vec<StandingEntry>> {
        self.query(standing_entry!(
            "WHERE t.user_id = $1 AND t.entry_key > $2 AND t.kind = 'typed' AND t.type_name = $3
                 AND t.client_id = $4
             ORDER BY t.user_id, t.entry_key LIMIT $5"
        ))
        .bind(user_id)
        .bind(after.map_or(-1, key_number))
        .bind(type_fold)
        .bind(client_id.as_str())
        .bind(limit)
        .fetch_all()
        .await
    }
}

//! Deleting a typed token: its row goes at once, and nobody finds it any more.

use uuid::Uuid;

use crate::{
    model::{
        client_id::ClientId,
        entry_key::EntryKey,
        token_entry::{TokenEntry, TokenKind},
        token_type,
    },
    store::{Command, Deletion},
};

use super::super::{Result, Tokens};

/// Which typed token is to be deleted.
#[derive(Debug, Clone, Copy)]
pub enum DeleteWhich<'a> {
    /// Whoever's it is, of which the string is presented.
    Presented(&'a str),
    /// The one with this entry, if it is this client's.
    Entry(EntryKey, &'a ClientId),
    /// The one that is presented, if this person made it for themselves.
    OwnPresented(&'a str, Uuid),
    /// The one with this entry, if this person made it for themselves.
    OwnEntry(EntryKey, Uuid),
}

impl Tokens {
    /// Deletes a typed token of the type `type_name`. Returns whether there was one.
    ///
    /// The answer comes after the deletion is durable; no look that begins after it, on any node,
    /// finds the token.
    ///
    /// # Errors
    ///
    /// [`super::super::Error::Store`] if the store cannot be reached: then nothing is known.
    pub async fn delete(&self, which: DeleteWhich<'_>, type_name: &str) -> Result<bool> {
        self.delete_with(which, type_name, |command| command).await
    }

    /// The same, with whatever `add` puts beside it: it is written if there was one, or not at all.
    ///
    /// # Errors
    ///
    /// As [`Tokens::delete`].
    pub async fn delete_with(
        &self,
        which: DeleteWhich<'_>,
        type_name: &str,
        add: impl FnOnce(Command) -> Command,
    ) -> Result<bool> {
        let type_name = token_type::fold(type_name);
        let (holder, user_id) = match which {
            DeleteWhich::Entry(_, client_id) => (Some(client_id.clone()), None),
            DeleteWhich::Presented(_) => (None, None),
            DeleteWhich::OwnPresented(_, user_id) | DeleteWhich::OwnEntry(_, user_id) => {
                (Some(ClientId::of_people()), Some(user_id))
            }
        };
        let entry_key = match which {
            DeleteWhich::Entry(key, _) | DeleteWhich::OwnEntry(key, _) => key,
            DeleteWhich::Presented(presented) | DeleteWhich::OwnPresented(presented, _) => {
                let found = self.find_any(presented).await?;
                // Of another type, it costs what no token costs.
                let is_it = |entry: &TokenEntry| {
                    entry.kind == TokenKind::Typed && entry.type_name == type_name
                };
                let Some(found) = found.filter(|found| is_it(&found.entry)) else {
                    return Ok(false);
                };
                found.entry.entry_key
            }
        };
        let deletion = Deletion { entry_key, type_name, holder, user_id };
        let is_deleted = self.store.run(add(Command::new().delete_token(deletion))).await?;
        if let Some(user_id) = user_id.filter(|_| is_deleted) {
            tracing::info!(
                event = "personal_token.deleted",
                user.id = %user_id,
                "user {user_id} deleted a personal token"
            );
        }
        Ok(is_deleted)
    }
}

//! Deleting a typed token: its row goes at once, and nobody finds it any more.

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
        let type_name = token_type::fold(type_name);
        let (entry_key, holder) = match which {
            DeleteWhich::Entry(key, client_id) => (key, Some(client_id.clone())),
            DeleteWhich::Presented(presented) => {
                let found = self.find_any(presented).await?;
                // Of another type, it costs what no token costs.
                let is_it = |entry: &TokenEntry| {
                    entry.kind == TokenKind::Typed && entry.type_name == type_name
                };
                let Some(found) = found.filter(|found| is_it(&found.entry)) else {
                    return Ok(false);
                };
                (found.entry.entry_key, None)
            }
        };
        let deletion = Deletion { entry_key, type_name, holder };
        Ok(self.store.run(Command::new().delete_token(deletion)).await?)
    }
}

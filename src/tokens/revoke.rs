//! Revoking: a token ends before its time, for good, and on every node by the next read.

use crate::{
    model::token_entry::TokenEntry,
    store::{Command, End},
};

use super::{Result, Tokens};

impl Tokens {
    /// The command that ends one token, to which more can be added.
    #[must_use]
    pub fn revocation(entry: &TokenEntry, end: &End) -> Command {
        Command::new().revoke_token(entry.entry_key, &entry.client_id, end.clone())
    }

    /// Ends one token, unless it has ended. Returns whether it did.
    ///
    /// # Errors
    ///
    /// [`super::Error::Store`] if the store cannot be reached: then nothing is known.
    pub async fn revoke(&self, entry: &TokenEntry, end: &End) -> Result<bool> {
        Ok(self.store.run(Self::revocation(entry, end)).await?)
    }
}

//! Revoking: a token ends before its time, for good, and on every node by the next read.

use crate::{model::token_entry::TokenEntry, store::End};

use super::{Result, Tokens};

impl Tokens {
    /// Ends one token, unless it has ended. Returns whether it did.
    ///
    /// # Errors
    ///
    /// [`super::Error::Store`] if the store cannot be reached: then nothing is known.
    pub async fn revoke(&self, entry: &TokenEntry, end: &End) -> Result<bool> {
        let mut store = self.store.write().await?;
        Ok(store.revoke_token(entry.entry_key, &entry.client_id, end).await?)
    }
}

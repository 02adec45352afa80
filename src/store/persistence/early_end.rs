//! The end of a token that is written before the token is.

use crate::model::{
    audit::AuditEvent,
    client_id::ClientId,
    secret::Sha256,
    token_entry::{EntryStatus, TokenEntry},
};

use super::{
    super::{
        Result, Store,
        command::Command,
        database::Purpose,
        reader::TokenName,
        tokens::{End, late::ClaimedEnd},
    },
    arrival::ended,
};

/// The end of a reference that may have no row yet.
#[derive(Debug, Clone)]
pub struct EarlyEnd {
    /// Its hash.
    pub hash: Sha256,
    /// Who says that it is theirs.
    pub client_id: ClientId,
    /// When, by whom and why.
    pub end: End,
    /// What is written into the audit log with it.
    pub event: Option<AuditEvent>,
}

impl EarlyEnd {
    /// `command`, and what is to be told with it.
    #[must_use]
    pub fn with(&self, command: Command) -> Command {
        match &self.event {
            Some(event) => command.insert_audit_event(event.clone()),
            None => command,
        }
    }
}

impl Store {
    /// Writes the end of a reference that may not be written itself yet, on this node or another:
    /// its own row, when it comes, yields. Returns, once every node has heard of it, whether it was
    /// done: `false` if there is a row of that key or hash.
    ///
    /// # Errors
    ///
    /// As [`Store::run`].
    pub async fn end_before_written(&self, entry: TokenEntry, early: &EarlyEnd) -> Result<bool> {
        self.write_early_end(Command::new(), entry, early).await
    }

    /// The same in the place of an end for which only others asked, whose token it is not. Returns
    /// `false` also if there is none.
    ///
    /// # Errors
    ///
    /// As [`Store::run`].
    pub async fn replace_foreign_end(&self, entry: TokenEntry, early: &EarlyEnd) -> Result<bool> {
        let hash = early.hash.as_bytes().to_vec();
        let command = Command::new().delete_foreign_end(hash, &early.client_id);
        self.write_early_end(command, entry, early).await
    }

    /// Adds a client to those who asked for the end of a reference that nobody here knows: it ends
    /// if it is any of theirs. The end is kept from then on for as long as that of any of them,
    /// `entry` being this one's. Returns whether it was done: `false` if there is no such end, the
    /// client is among them, or the key of `entry` is taken.
    ///
    /// # Errors
    ///
    /// As [`Store::run`].
    pub async fn claim_end(&self, entry: &TokenEntry, early: &EarlyEnd) -> Result<bool> {
        let claim = ClaimedEnd {
            hash: early.hash.as_bytes().to_vec(),
            claimant: early.client_id.clone(),
            entry_key: entry.entry_key,
            expires_at: entry.expires_at,
        };
        self.run(early.with(Command::new().claim_end(claim))).await
    }

    /// The row of a reference, if it has one or its end was written before.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn row_of_reference(&self, hash: &Sha256) -> Result<Option<TokenEntry>> {
        let name = TokenName::from(hash);
        let mut handle = self.0.database.borrow(Purpose::Read).await?;
        let found = handle.find_tokens(std::slice::from_ref(&name)).await?.remove(&name);
        Ok(found.map(|found| found.entry.clone()))
    }

    async fn write_early_end(
        &self,
        command: Command,
        entry: TokenEntry,
        early: &EarlyEnd,
    ) -> Result<bool> {
        let row = ended(entry, EntryStatus::Revoked, early.end.clone());
        let token = self.0.queue.find(&TokenName::from(&early.hash));
        let is_done = self.run(early.with(command.insert_late_token(row))).await?;
        if is_done && let Some(token) = token {
            token.bury();
        }
        Ok(is_done)
    }
}

//! Authorization codes (RFC 6749 §4.1): a person's answer, on its way through a browser to a client.
//!
//! A code stands for a family from the moment it is issued: the family's row is inserted with it,
//! and ends with it unless it is redeemed. So whatever ends a family ends a code, too, and a second
//! use has something to end whichever of two came first.

mod issue;
mod redeem;

use std::sync::Arc;

use crate::model::{
    authorization_code::CodeFacts, standing::StandingEntry, timestamp::Timestamp,
    token_entry::TokenKind, token_string::Recognised,
};

use super::{Error, Result, Tokens};

pub use self::{
    issue::NewCode,
    redeem::{RedeemRefusal, Redeemed, Redeeming},
};

impl Tokens {
    /// Finds the code that is presented, whosever it is and whatever became of it.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be reached.
    pub async fn find_code(&self, presented: &str) -> Result<Option<Arc<StandingEntry>>> {
        let Some(Recognised::Reference(hash)) = self.policy().reference.recognise(presented) else {
            return Ok(None);
        };
        let found = self.find_reference(&hash).await?;
        Ok(found.filter(|found| found.entry.kind == TokenKind::Code))
    }

    /// What a code was asked for with. `None` if it was ended, and nothing is left in it.
    ///
    /// # Errors
    ///
    /// [`Error::Unsealable`] if it was altered or swapped.
    pub async fn facts_of_code(
        &self,
        found: &StandingEntry,
        at: Timestamp,
    ) -> Result<Option<CodeFacts>> {
        let entry = &found.entry;
        if entry.payload.is_none() {
            return Ok(None);
        }
        let plain = self.open_sealed(entry, at).await?;
        let facts = serde_json::from_slice(&plain);
        facts.map(Some).map_err(|_| Error::Unsealable(format!("entry {}", entry.entry_key)))
    }
}

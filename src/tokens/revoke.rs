//! Revoking: a token ends before its time, for good, and on every node by the next look.

use std::sync::Arc;

use crate::{
    model::{
        client_id::ClientId,
        standing::StandingEntry,
        token_entry::{TokenEntry, TokenKind},
        token_string::Recognised,
    },
    store::{Command, EarlyEnd, End, Target},
};

use super::{Result, Tokens};

impl Tokens {
    /// The command that ends one token, to which more can be added.
    #[must_use]
    pub fn revocation(entry: &TokenEntry, end: &End) -> Command {
        let target = Target::Entry(entry.entry_key);
        Command::new().revoke_token(target, &entry.client_id, end.clone())
    }

    /// Ends a presented token, if it is one of `client_id` and has not ended. Returns whether it
    /// did. One statement finds it, judges it and ends it. With a refresh token, its whole family
    /// ends (RFC 7009 §2.1).
    ///
    /// # Errors
    ///
    /// [`super::Error::Store`] if the store cannot be reached: then nothing is known.
    pub async fn revoke_presented(
        &self,
        presented: &str,
        client_id: &ClientId,
        end: End,
    ) -> Result<bool> {
        let target = match self.policy().reference.recognise(presented) {
            None => return Ok(false),
            Some(Recognised::Reference(hash)) => Some(Target::Reference(hash)),
            Some(Recognised::Located(key, hash)) => Some(Target::Located(key, hash)),
            Some(Recognised::Jwt) => match self.verify_jwt(presented).await? {
                Some(jwt) if jwt.client_id == client_id.as_str() => Some(Target::Jwt(jwt.id)),
                Some(_) => return Ok(false),
                None => None,
            },
        };
        // It goes from where it waits to its row, and never back: so it is looked for in this order.
        let waited = match &target {
            Some(Target::Reference(hash)) => Some((hash.clone(), self.store.waiting_token(hash))),
            _ => None,
        };
        if let Some(target) = target {
            let command = Command::new().revoke_token(target, client_id, end.clone());
            if self.store.run(command).await? {
                return Ok(true);
            }
        }
        let is_refresh_token = |found: &Arc<StandingEntry>| {
            found.entry.kind == TokenKind::Refresh && found.entry.client_id == *client_id
        };
        match (self.find(presented).await?.filter(is_refresh_token), waited) {
            (Some(found), _) => self.end_family_of(&found.entry, &end).await,
            (None, Some((hash, waited))) => {
                let early = EarlyEnd { hash, client_id: client_id.clone(), end, event: None };
                self.end_before_written(waited, &early).await
            }
            (None, None) => Ok(false),
        }
    }

    /// Ends the family of a refresh token, whichever of the family it is.
    async fn end_family_of(&self, entry: &TokenEntry, end: &End) -> Result<bool> {
        match entry.authorization_id {
            Some(family) => self.end_family(family, end, None).await,
            None => Ok(self.store.run(Self::revocation(entry, end)).await?),
        }
    }
}

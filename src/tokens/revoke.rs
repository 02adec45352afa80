//! Revoking: a token ends before its time, for good, and on every node by the next look.

use crate::{
    model::{client_id::ClientId, token_entry::TokenEntry, token_string::Recognised},
    store::{Command, End, Target},
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
    /// did. One statement finds it, judges it and ends it.
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
            Some(Recognised::Reference(hash)) => Target::Reference(hash),
            Some(Recognised::Located(key, hash)) => Target::Located(key, hash),
            Some(Recognised::Jwt) => match self.verify_jwt(presented).await? {
                Some(jwt) if jwt.client_id == client_id.as_str() => Target::Jwt(jwt.id),
                _ => return Ok(false),
            },
        };
        Ok(self.store.run(Command::new().revoke_token(target, client_id, end)).await?)
    }
}

//! The end of a user's account, which may have been set after a token was made: nothing new comes of
//! that token then, or nothing that goes on for longer.

use crate::{
    model::{
        account_end::AccountLimits, standing::Refusal, timestamp::Timestamp,
        token_entry::TokenEntry,
    },
    store::UserKey,
};

use super::{Result, Tokens};

impl Tokens {
    /// When the account ends that an entry hangs on; `None` if it hangs on none, or that has no end.
    /// An account that is over at `at` refuses, and so does one whose end nobody can read.
    ///
    /// # Errors
    ///
    /// [`super::Error::Store`] if the store cannot be reached.
    pub(super) async fn account_end(
        &self,
        entry: &TokenEntry,
        at: Timestamp,
    ) -> Result<std::result::Result<Option<Timestamp>, Refusal>> {
        let Some(user_id) = entry.user_id else { return Ok(Ok(None)) };
        let user = self.store.find_user(UserKey::Id(user_id)).await?;
        let limits = user.and_then(|user| AccountLimits::of(&user.attributes).ok());
        let limits = limits.filter(|limits| !limits.is_over(at)).ok_or(Refusal::Orphaned);
        Ok(limits.map(|limits| limits.ends_at))
    }
}

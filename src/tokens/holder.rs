//! The holder of a slot: whether its token is good enough to be told again, and the string of it.

use std::sync::Arc;

use crate::{
    model::{
        attempt::Attempt, reuse::Previous, secret::Secret, standing::StandingEntry,
        timestamp::Timestamp, token_entry::TokenEntry, token_string::Recognised,
    },
    store::{SlotHolder, TokenName},
};

use super::{
    Result, Tokens,
    issue::{Issued, Order},
    reuse::Slot,
    seal::Belonging,
};

/// What was seen of a slot.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Who took it last.
    pub(super) holder: Option<Arc<SlotHolder>>,
    /// Whether that one is good, and no more once another has taken its place.
    pub(super) gives_way: bool,
    /// The token that is told again.
    pub(super) told: Option<Issued>,
}

impl Tokens {
    /// Judges the holder of a slot by its entry.
    pub(super) async fn judge_holder(
        &self,
        order: &Order<'_>,
        slot: &Slot,
        holder: Arc<SlotHolder>,
    ) -> Result<Seen> {
        let found = self.store.find_token(TokenName::Key(holder.entry_key)).await?;
        let Some(found) = found.filter(|found| is_good(found, order.at)) else {
            return Ok(Seen { holder: Some(holder), ..Seen::default() });
        };
        if slot.previous == Previous::Replace {
            return Ok(Seen { holder: Some(holder), gives_way: true, told: None });
        }
        let remaining = found.entry.expires_at.map(|end| end.since(order.at));
        let Some(remaining) = remaining.filter(|left| *left > self.policy().reuse.min_remaining)
        else {
            // Whoever has it may use it up.
            return Ok(Seen { holder: Some(holder), ..Seen::default() });
        };
        // Under other rules another one would be made now.
        let token = if found.entry.rules == order.rules.copied {
            self.open_token(&found.entry, slot, &holder, order.at).await?
        } else {
            None
        };
        let told = token.map(|token| Issued {
            token,
            entry_key: holder.entry_key,
            expires_in: i64::try_from(remaining.as_secs()).unwrap_or(i64::MAX),
            scope: order.authorization.scope.clone(),
            audience: order.authorization.audience.clone(),
            refresh: None,
            id_token: None,
            is_again: true,
        });
        Ok(Seen { holder: Some(holder), gives_way: told.is_none(), told })
    }

    /// Opens the string of a holder. `None` if it cannot be opened any more, or no look would
    /// recognise it.
    async fn open_token(
        &self,
        entry: &TokenEntry,
        slot: &Slot,
        holder: &SlotHolder,
        now: Timestamp,
    ) -> Result<Option<Secret>> {
        let (Some(sealed), Some(seal_key)) = (&holder.token_sealed, holder.seal_key) else {
            return Ok(None);
        };
        let belonging = Belonging::token(entry.entry_key, &entry.client_id, &slot.key);
        let mut opened = self.sealer.open(seal_key, &belonging, sealed);
        if opened.is_none() {
            // Another node may have begun a new period since we last looked.
            self.sealer.renew(&self.store, now).await?;
            opened = self.sealer.open(seal_key, &belonging, sealed);
        }
        let token = opened.and_then(|plain| String::from_utf8(plain).ok()).map(Secret::new);
        let token = token.filter(|token| self.leads_to(token, entry));
        if token.is_none() {
            let (key, client_id) = (entry.entry_key, &entry.client_id);
            tracing::warn!(
                event = "token.not_reused",
                token.entry = %key,
                client.id = %client_id,
                "the string of {key} cannot be told again; {client_id} gets another in its place"
            );
        }
        Ok(token)
    }

    /// Whether this string, presented, is found to be this entry's.
    fn leads_to(&self, token: &Secret, entry: &TokenEntry) -> bool {
        let has = |hash: &[u8]| entry.reference_hash.as_deref() == Some(hash);
        match self.policy().reference.recognise(token.expose()) {
            Some(Recognised::Reference(hash)) => has(hash.as_bytes()),
            Some(Recognised::Located(key, hash)) => key == entry.entry_key && has(hash.as_bytes()),
            Some(Recognised::Jwt) | None => false,
        }
    }

    /// Seals the string of a new token into its entry, where it may be told again.
    pub(super) fn seal_token(
        &self,
        entry: &mut TokenEntry,
        token: &Secret,
        slot: &Slot,
    ) -> Result<()> {
        if let (Previous::Tell, Some(seal_key)) = (slot.previous, entry.seal_key) {
            let belonging = Belonging::token(entry.entry_key, &entry.client_id, &slot.key);
            let sealed =
                self.sealer.seal_beside(seal_key, &belonging, token.expose().as_bytes())?;
            entry.token_sealed = Some(sealed);
        }
        Ok(())
    }
}

impl From<&TokenEntry> for SlotHolder {
    fn from(entry: &TokenEntry) -> Self {
        Self {
            entry_key: entry.entry_key,
            token_sealed: entry.token_sealed.clone(),
            seal_key: entry.seal_key,
        }
    }
}

/// Whether a token works, or will when its time comes.
fn is_good(found: &StandingEntry, at: Timestamp) -> bool {
    found.judge(&Attempt::look(at)).is_none_or(|refused| refused.until.is_some())
}

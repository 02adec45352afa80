//! Asynchronous persistence, as far as tokens have to do with it: what becomes of a key that is
//! taken, and how a token ends that is not written yet.

use std::sync::Arc;

use crate::{
    model::{
        client_id::ClientId,
        entry_key::EntryKey,
        jwt_id::JwtId,
        secret::{Random, Sha256},
        token_entry::{EntryFormat, TokenEntry},
    },
    store::{Command, End, Rekey, Target, TokenName},
};

use super::{
    Result, Tokens,
    seal::{Belonging, Sealer},
};

/// How often the end of a token is tried that may be written at any moment.
const TRIES: usize = 4;

impl Tokens {
    /// What gives an entry another key, with what is sealed in it.
    #[must_use]
    pub fn rekey(&self) -> Arc<Rekey> {
        let (sealer, random) = (Arc::clone(&self.sealer), self.random.clone());
        Arc::new(move |entry| rekeyed(entry, &sealer, &random))
    }

    /// Ends a reference that has no row, if it may get one: it waits on this node, or perhaps on
    /// another. `waited` is what waited here before its row was looked for. Returns whether it
    /// ended a token that is known.
    pub(super) async fn end_before_written(
        &self,
        (hash, waited): (&Sha256, Option<Arc<TokenEntry>>),
        client_id: &ClientId,
        end: &End,
    ) -> Result<bool> {
        if !self.store.persists_later() || waited.is_none() && self.store.is_sqlite() {
            return Ok(false);
        }
        if waited.as_ref().is_some_and(|entry| entry.client_id != *client_id) {
            return Ok(false);
        }
        let mut row = match &waited {
            Some(entry) => TokenEntry::clone(entry),
            None => self.unseen(hash, client_id, end).await?,
        };
        for _ in 0..TRIES {
            if self.store.end_before_written(row.clone(), end.clone()).await? {
                return Ok(waited.is_some());
            }
            // It was written meanwhile, or was there all the time.
            let target = Target::Reference(hash.clone());
            let command = Command::new().revoke_token(target, client_id, end.clone());
            if self.store.run(command).await? {
                return Ok(true);
            }
            if self.store.find_token(TokenName::from(hash)).await?.is_some() {
                return Ok(false);
            }
            row.entry_key = EntryKey::draw(row.entry_key.keep_until(), &self.random);
        }
        Err(super::Error::NoFreeKey)
    }

    /// The entry of a reference that is known by nothing but its hash: kept for as long as the token
    /// can be good that another node may have issued.
    async fn unseen(&self, hash: &Sha256, client_id: &ClientId, end: &End) -> Result<TokenEntry> {
        let policy = self.policy();
        let registered = self.store.find_registered_client(client_id).await?;
        let lifetime = registered.map_or(policy.access_lifetime, |registered| {
            registered.client.access_lifetime(policy.access_lifetime)
        });
        let expires_at = end.at.floor_to_second().plus(lifetime);
        let entry_key = EntryKey::draw(expires_at.plus(policy.keep_ended), &self.random);
        let id = JwtId { entry_key, salt: self.random.bits().cast_signed() };
        Ok(TokenEntry {
            format: EntryFormat::Reference,
            reference_hash: Some(hash.as_bytes().to_vec()),
            expires_at: Some(expires_at),
            ..TokenEntry::blank(id, client_id, end.at)
        })
    }
}

/// The same entry under another key.
fn rekeyed(entry: &TokenEntry, sealer: &Sealer, random: &Random) -> Option<TokenEntry> {
    let entry_key = EntryKey::draw(entry.entry_key.keep_until(), random);
    // Its string belongs to the other key, and need not be told again: the next one is another.
    let mut rekeyed = TokenEntry { entry_key, token_sealed: None, ..entry.clone() };
    if let (Some(payload), Some(seal_key)) = (&entry.payload, entry.seal_key) {
        let belonging = |key| Belonging::payload(key, &entry.client_id);
        let plain = sealer.open(seal_key, &belonging(entry.entry_key), payload)?;
        rekeyed.payload = Some(sealer.seal_beside(seal_key, &belonging(entry_key), &plain).ok()?);
    }
    Some(rekeyed)
}

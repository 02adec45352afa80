//! Asynchronous persistence, as far as tokens have to do with it: what becomes of a key that is
//! taken, and how a token ends that is not written yet.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    model::{
        audit::AuditEvent,
        client::Client,
        client_id::ClientId,
        entry_key::EntryKey,
        jwt_id::JwtId,
        secret::Random,
        timestamp::Timestamp,
        token_entry::{EntryFormat, EntryStatus, TokenEntry},
    },
    store::{self, Command, EarlyEnd, End, Rekey, Target},
};

use super::{
    Result, Tokens,
    seal::{Belonging, Sealer},
};

/// How often the end of a token is tried that may be written at any moment.
const TRIES: usize = 4;

/// How many ends of references that nobody here knows one client may write in a minute.
const UNSEEN_A_MINUTE: u32 = 300;

/// How much longer than a token its end is kept, for clocks that do not agree, and for requests that
/// were under way when the settings of their client changed.
const MARGIN: Duration = Duration::from_mins(1);

/// The grant whose tokens may wait: those of the others belong to families.
const WAITING_GRANT: &str = "client_credentials";

impl Tokens {
    /// What gives an entry another key, with what is sealed in it.
    #[must_use]
    pub fn rekey(&self) -> Arc<Rekey> {
        let (sealer, random) = (Arc::clone(&self.sealer), self.random.clone());
        Arc::new(move |entry| rekeyed(entry, &sealer, &random))
    }

    /// Ends the token of this entry if it waits on this node, for whoever may. `None` if it does not:
    /// then it has a row, or never had one. Else returns whether it was alive.
    ///
    /// # Errors
    ///
    /// [`super::Error::Store`] if the store cannot be reached: then nothing is known.
    pub async fn end_waiting(
        &self,
        entry: &TokenEntry,
        end: &End,
        event: AuditEvent,
    ) -> Result<Option<bool>> {
        let waited = self.store.waiting_entry(entry.entry_key);
        let Some((hash, waited)) = waited else { return Ok(None) };
        let client_id = waited.client_id.clone();
        let early = EarlyEnd { hash, client_id, end: end.clone(), event: Some(event) };
        self.end_before_written(Some(waited), &early).await.map(Some)
    }

    /// Ends a reference that has no row, if it may get one: it waits on this node, or perhaps on
    /// another. `waited` is what waited here before its row was looked for. Returns whether it
    /// ended a token that is known.
    ///
    /// Where it is not known, whoever has seen the string may ask for its end, and each who does is
    /// noted: once it is written, it turns out whether its owner was among them.
    pub(super) async fn end_before_written(
        &self,
        waited: Option<Arc<TokenEntry>>,
        early: &EarlyEnd,
    ) -> Result<bool> {
        let EarlyEnd { hash, client_id, end, .. } = early;
        let mut row = match &waited {
            Some(entry) if entry.client_id != *client_id => return Ok(false),
            Some(entry) => TokenEntry::clone(entry),
            None => match self.unseen(early).await? {
                Some(row) => row,
                None => return Ok(false),
            },
        };
        for _ in 0..TRIES {
            if self.store.end_before_written(row.clone(), early).await? {
                return Ok(waited.is_some());
            }
            // It was written meanwhile, or was there all the time.
            let target = Target::Reference(hash.clone());
            let command = Command::new().revoke_token(target, client_id, end.clone());
            if self.store.run(early.with(command)).await? {
                return Ok(true);
            }
            match self.store.row_of_reference(hash).await? {
                Some(found) if found.status == EntryStatus::Valid => {
                    if found.client_id != *client_id {
                        return Ok(false);
                    }
                }
                Some(found) if found.speaks_for(client_id) => return Ok(false),
                Some(_) if waited.is_some() => {
                    if self.store.replace_foreign_end(row.clone(), early).await? {
                        return Ok(true);
                    }
                }
                Some(found) if !found.is_end_of_unseen() => return Ok(false),
                Some(_) => {
                    if self.store.claim_end(&row, early).await? {
                        return Ok(false);
                    }
                    row.entry_key = self.another_key(&row);
                }
                None => row.entry_key = self.another_key(&row),
            }
        }
        Err(super::Error::NoFreeKey)
    }

    fn another_key(&self, entry: &TokenEntry) -> EntryKey {
        EntryKey::draw(entry.entry_key.keep_until(), &self.random)
    }

    /// The entry of a reference that is known by nothing but its hash: kept for as long as the token
    /// can be good that another node may have issued. `None` where none can have issued one to this
    /// client that waits.
    ///
    /// Each is a row that stays for a while, and whoever asks may have made the string up. So not
    /// more come of one client in a minute than [`UNSEEN_A_MINUTE`].
    async fn unseen(&self, early: &EarlyEnd) -> Result<Option<TokenEntry>> {
        let EarlyEnd { hash, client_id, end, .. } = early;
        if self.store.is_sqlite() {
            return Ok(None);
        }
        let Some(registered) = self.store.find_registered_client(client_id).await? else {
            return Ok(None);
        };
        let longest = self.longest_lifetime(&registered.client).await?.saturating_add(MARGIN);
        if !may_have_waiting(&registered.client, end.at.minus(longest)) {
            return Ok(None);
        }
        let Some(until) = self.store.tokens_may_wait(end.at).await? else { return Ok(None) };
        if self.store.row_of_reference(hash).await?.is_none() {
            self.unseen_ends.admit(client_id, end.at)?;
        }
        let expires_at = end.at.floor_to_second().plus(longest).min(until);
        let entry_key = EntryKey::draw(expires_at.plus(self.policy().keep_ended), &self.random);
        let id = JwtId { entry_key, salt: self.random.bits().cast_signed() };
        Ok(Some(TokenEntry {
            format: EntryFormat::Reference,
            reference_hash: Some(hash.as_bytes().to_vec()),
            expires_at: Some(expires_at),
            ..TokenEntry::blank(id, client_id, end.at)
        }))
    }

    /// How long a token may live at most that this client was given, now or under settings of
    /// before: signing keys note what was in force, since they have to verify for as long.
    async fn longest_lifetime(&self, client: &Client) -> Result<Duration> {
        let now = client.access_lifetime(self.policy().access_lifetime);
        let keys = self.store.signing_keys().await?;
        let noted = keys.iter().filter_map(|key| u64::try_from(key.longest_lifetime?).ok()).max();
        Ok(now.max(Duration::from_secs(noted.unwrap_or(0))))
    }
}

/// Whether a client may have a token that waits, if it lives since `since` at the longest: it has
/// the grant whose tokens wait, or was changed since then and may have had it before. Tokens of
/// families never wait, and a public client never has that grant and never was another kind.
fn may_have_waiting(client: &Client, since: Timestamp) -> bool {
    let is_changed = client.version > 1 && client.updated_at >= since;
    !client.is_public() && (client.grant_types.contains(WAITING_GRANT) || is_changed)
}

/// How many ends of unknown references each client wrote in this minute.
#[derive(Debug, Default)]
pub(super) struct UnseenEnds(Mutex<(u128, HashMap<ClientId, u32>)>);

impl UnseenEnds {
    /// Counts one more.
    ///
    /// # Errors
    ///
    /// [`store::Error::Busy`] if there were as many as may be.
    fn admit(&self, client_id: &ClientId, at: Timestamp) -> Result<()> {
        let minute = at.since(Timestamp(0)).as_millis() / 60_000;
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.0 != minute {
            *counted = (minute, HashMap::new());
        }
        let count = counted.1.entry(client_id.clone()).or_default();
        if *count >= UNSEEN_A_MINUTE {
            return Err(store::Error::Busy.into());
        }
        *count += 1;
        Ok(())
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

//! Writing a token that was answered, whatever is in its way.
//!
//! A token is settled when it has a row: its own, or one that says that it ended. Doing it twice is
//! as good as once, so whatever leaves doubt is done again.

use std::sync::Arc;

use metrics::counter;

use crate::model::{
    entry_key::EntryKey,
    secret::Sha256,
    standing::StandingEntry,
    token_entry::{EntryStatus, TokenEntry},
};

use super::{
    super::{
        Error, Inner, Result,
        cache::Cache,
        change::{Change, beginning},
        command::Command,
        database::{Database, Purpose},
        reader::TokenName,
        slots::TakenSlot,
        tokens::End,
        writer::Writer,
    },
    LaterWrites,
    arrival::WaitingToken,
};

/// How often an entry key is drawn before giving up for this time.
const DRAWS: usize = 4;

/// What writes them.
pub(super) struct Settler {
    database: Arc<Database>,
    writer: Arc<Writer>,
    cache: Arc<Cache>,
    how: LaterWrites,
}

/// What is in the way of an entry.
enum Obstacle {
    /// Its own row.
    Settled,
    /// Its end, which was written before it.
    Ended,
    /// An end that somebody wrote whose token it is not.
    ForeignEnd(Vec<u8>),
    /// Its key is another's, if anything.
    Key,
}

impl Settler {
    pub(super) fn new(inner: &Inner, how: &LaterWrites) -> Self {
        let (database, writer) = (Arc::clone(&inner.database), Arc::clone(&inner.writer));
        Self { database, writer, cache: Arc::clone(&inner.cache), how: how.clone() }
    }

    /// Writes tokens, each of which is settled if there is no error in its place. Those that want
    /// slots come one after another, in their order.
    pub(super) async fn settle(&self, tokens: &[Arc<WaitingToken>]) -> Vec<Result<()>> {
        // Of one that ended before it was written, nothing is left to be done.
        let living = tokens.iter().enumerate().filter(|(_, token)| !token.is_buried());
        let (plain, others): (Vec<_>, Vec<_>) = living.partition(|(_, token)| {
            // Who was superseded has no slot any more.
            token.slot.is_none() || token.is_superseded()
        });
        let mut settled: Vec<Result<()>> = tokens.iter().map(|_| Ok(())).collect();
        let commands = plain.iter().map(|(_, token)| Command::new().insert_late_token(token.row()));
        for ((place, token), outcome) in plain.iter().zip(self.writer.run_all(commands).await) {
            settled[*place] = match outcome {
                Ok(outcome) if outcome.is_done => Ok(()),
                Ok(_) => self.insert(token.row()).await,
                Err(error) => Err(error),
            };
        }
        for (place, token) in others {
            if let Some(slot) = &token.slot {
                settled[place] = self.take_slot(token, slot).await;
            }
        }
        settled
    }

    /// Forgets what is kept of a token that is lost, or is another now.
    pub(super) fn forget(&self, entry: &TokenEntry) {
        if let Some(hash) = entry.reference_hash.as_deref() {
            self.cache.note(&[Change::Reference(beginning(hash))]);
        }
    }

    /// Writes an entry without a slot, under another key if need be.
    async fn insert(&self, entry: TokenEntry) -> Result<()> {
        let mut row = entry.clone();
        for _ in 0..DRAWS {
            let command = Command::new().insert_late_token(row.clone());
            if self.writer.run(command).await?.is_done {
                self.forget_if_another(&entry, &row);
                return Ok(());
            }
            match self.obstacle(&row).await? {
                Obstacle::Settled => return Ok(()),
                Obstacle::Ended => {
                    self.forget(&entry);
                    return Ok(());
                }
                Obstacle::ForeignEnd(hash) => self.delete_foreign_end(hash, &row).await?,
                Obstacle::Key => row = self.rekey(&row)?,
            }
        }
        Err(Error::Conflict)
    }

    /// Writes an entry that takes a slot: whoever holds that gives way. If others take it as often
    /// as may be tried, the entry does without: the client holds the token, so it must exist.
    async fn take_slot(&self, token: &WaitingToken, slot: &TakenSlot) -> Result<()> {
        let mut row = token.row();
        for _ in 0..=self.how.retries {
            let (holder, is_alive) = self.holder(&slot.slot_key).await?;
            if holder == Some(row.entry_key) {
                return Ok(());
            }
            // Whom it was answered beside may be used up.
            let gives_way = is_alive && holder != slot.holder;
            let command = self.taking(slot, (holder, gives_way), row.entry_key);
            let command = command.insert_late_token(row.clone());
            if self.writer.run(command).await?.is_done {
                self.forget_if_another(&token.entry, &row);
                return Ok(());
            }
            match self.obstacle(&row).await? {
                Obstacle::Settled => return Ok(()),
                Obstacle::Ended => {
                    self.forget(&token.entry);
                    return Ok(());
                }
                Obstacle::ForeignEnd(hash) => self.delete_foreign_end(hash, &row).await?,
                Obstacle::Key if self.is_taken(row.entry_key).await? => row = self.rekey(&row)?,
                // Another took the slot, or its holder ended.
                Obstacle::Key => {}
            }
        }
        counter!("tessera_persistence_slots_lost_total").increment(1);
        let (key, client_id) = (row.entry_key, &row.client_id);
        tracing::warn!(
            event = "persistence.slot_lost",
            token.entry = %key,
            client.id = %client_id,
            "others take the slot of {key} of {client_id} each time: it is written without one"
        );
        self.insert(row).await
    }

    /// The command that takes a slot from its holder, and ends that one if it gives way.
    fn taking(
        &self,
        slot: &TakenSlot,
        (holder, gives_way): (Option<EntryKey>, bool),
        entry_key: EntryKey,
    ) -> Command {
        let at = (self.how.clock)();
        let taken = TakenSlot { entry_key, holder, at, ..slot.clone() };
        let command = Command::new().take_slot(taken);
        match holder.filter(|_| gives_way) {
            None => command,
            Some(holder) => {
                let reason = format!("{entry_key} was written after it");
                command.supersede_token(holder, End { at, by: "persistence".to_owned(), reason })
            }
        }
    }

    /// Who holds a slot, and whether it has not ended.
    async fn holder(&self, slot: &Sha256) -> Result<(Option<EntryKey>, bool)> {
        let mut handle = self.database.borrow(Purpose::Read).await?;
        let Some(held) = handle.slots(std::slice::from_ref(slot)).await?.pop() else {
            return Ok((None, false));
        };
        let name = TokenName::Key(held.entry_key);
        let found = handle.find_tokens(std::slice::from_ref(&name)).await?;
        let now = (self.how.clock)();
        let is_alive = |found: &Arc<StandingEntry>| {
            let entry = &found.entry;
            entry.status == EntryStatus::Valid && entry.expires_at.is_none_or(|end| end > now)
        };
        Ok((Some(held.entry_key), found.get(&name).is_some_and(is_alive)))
    }

    /// What is in the way of an entry that could not be written.
    async fn obstacle(&self, entry: &TokenEntry) -> Result<Obstacle> {
        let Some(hash) = entry.reference_hash.clone() else { return Ok(Obstacle::Key) };
        let Ok(name) = hash.as_slice().try_into().map(TokenName::Hash) else {
            return Ok(Obstacle::Key);
        };
        Ok(match self.find(&name).await? {
            None => Obstacle::Key,
            Some(found) if found.entry.speaks_for(&entry.client_id) => {
                let is_another = found.entry.entry_key != entry.entry_key;
                match found.entry.status {
                    EntryStatus::Revoked if is_another => Obstacle::Ended,
                    _ => Obstacle::Settled,
                }
            }
            Some(_) => Obstacle::ForeignEnd(hash),
        })
    }

    async fn is_taken(&self, key: EntryKey) -> Result<bool> {
        self.find(&TokenName::Key(key)).await.map(|found| found.is_some())
    }

    async fn find(&self, name: &TokenName) -> Result<Option<Arc<StandingEntry>>> {
        let mut handle = self.database.borrow(Purpose::Read).await?;
        Ok(handle.find_tokens(std::slice::from_ref(name)).await?.remove(name))
    }

    /// Deletes the end that another client wrote for an entry.
    async fn delete_foreign_end(&self, hash: Vec<u8>, entry: &TokenEntry) -> Result<()> {
        let command = Command::new().delete_foreign_end(hash, &entry.client_id);
        self.writer.run(command).await.map(drop)
    }

    /// The same entry under another key.
    fn rekey(&self, entry: &TokenEntry) -> Result<TokenEntry> {
        (self.how.rekey)(entry).ok_or(Error::Conflict)
    }

    /// Forgets what is kept of an entry that was written under another key: its end is told by that
    /// one.
    fn forget_if_another(&self, entry: &TokenEntry, written: &TokenEntry) {
        if written.entry_key != entry.entry_key {
            self.forget(entry);
        }
    }
}

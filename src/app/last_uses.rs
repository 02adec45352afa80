//! When tokens, clients and client secrets were last used: noted in memory, written now and then,
//! so that no request waits for it.

mod noted;

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use metrics::counter;
use uuid::Uuid;

use crate::{
    model::{
        client_id::ClientId, entry_key::EntryKey, timestamp::Timestamp, token_entry::TokenEntry,
        token_entry::TokenKind,
    },
    store::{Error, LastUse, Store, UsedAt},
};

use noted::Noted;

/// At most so many uses of a kind wait to be written. Whatever comes beyond that is forgotten: it
/// is noted when it comes again.
const MOST: usize = 20_000;

/// So many are written at a time.
const GROUP: usize = 500;

/// How often the use of a client is noted at most.
const CLIENTS_EVERY: Duration = Duration::from_mins(1);

/// Uses that wait to be written: one of each, the latest.
#[derive(Debug, Default)]
pub struct LastUses {
    secrets: Mutex<HashMap<Uuid, LastUse>>,
    clients: Mutex<HashMap<ClientId, UsedAt>>,
    tokens: Mutex<HashMap<EntryKey, UsedAt>>,
    noted: Noted,
}

impl LastUses {
    /// Notes that a secret was used.
    pub fn note(&self, secret_id: Uuid, at: Timestamp, from: IpAddr) {
        or_lost(put(&self.secrets, secret_id, LastUse { secret_id, at, from }), "secret");
    }

    /// Notes that a client proved who it is, unless that was noted a moment ago.
    pub fn note_client(&self, client_id: &ClientId, at: Timestamp) {
        let name = Noted::name(client_id.as_str());
        if self.noted.is_fresh(name, (at, CLIENTS_EVERY)) {
            return;
        }
        let used = UsedAt { at, before: at.minus(CLIENTS_EVERY) };
        if or_lost(put(&self.clients, client_id.clone(), used), "client") {
            self.noted.note(name, at);
        }
    }

    /// Notes that a token was used, unless that was noted within `every`; never, if that is
    /// nothing. A refresh token, and one whose rules count its uses, says itself when it is used.
    pub fn note_token(&self, entry: &TokenEntry, at: Timestamp, every: Duration) {
        if every.is_zero() || entry.kind == TokenKind::Refresh || entry.rules.are_stateful() {
            return;
        }
        let name = Noted::name(entry.entry_key);
        let before = at.minus(every);
        if self.noted.is_fresh(name, (at, every))
            || entry.last_used_at.is_some_and(|last| last > before)
        {
            return;
        }
        if or_lost(put(&self.tokens, entry.entry_key, UsedAt { at, before }), "token") {
            self.noted.note(name, at);
        }
    }

    /// Writes what waits. What cannot be written waits on; without a store there is nowhere to.
    ///
    /// # Errors
    ///
    /// What the store says; the uses are kept.
    pub async fn write(&self, store: &Store) -> Result<(), Error> {
        if store.is_disabled() {
            lock(&self.secrets).clear();
            lock(&self.clients).clear();
            lock(&self.tokens).clear();
            return Ok(());
        }
        self.write_secrets(store).await?;
        self.write_clients(store).await?;
        self.write_tokens(store).await
    }

    async fn write_secrets(&self, store: &Store) -> Result<(), Error> {
        let taken = take(&self.secrets);
        for (number, (_, last)) in taken.iter().enumerate() {
            let written = async { store.write().await?.note_last_use(last).await };
            if let Err(error) = written.await {
                put_back(&self.secrets, &taken[number..]);
                return Err(error);
            }
        }
        Ok(())
    }

    async fn write_clients(&self, store: &Store) -> Result<(), Error> {
        let taken = take(&self.clients);
        for (number, group) in taken.chunks(GROUP).enumerate() {
            let written = async { store.write().await?.note_client_uses(group).await };
            if let Err(error) = written.await {
                put_back(&self.clients, &taken[number * GROUP..]);
                return Err(error);
            }
        }
        Ok(())
    }

    async fn write_tokens(&self, store: &Store) -> Result<(), Error> {
        let taken = take(&self.tokens);
        for (number, group) in taken.chunks(GROUP).enumerate() {
            let written = async { store.write().await?.note_token_uses(group).await };
            if let Err(error) = written.await {
                put_back(&self.tokens, &taken[number * GROUP..]);
                return Err(error);
            }
        }
        Ok(())
    }
}

/// Counts a use for which there was no room. Returns whether there was.
fn or_lost(has_room: bool, of: &'static str) -> bool {
    if !has_room {
        counter!("tessera_last_uses_not_noted_total", "of" => of).increment(1);
    }
    has_room
}

/// Puts the latest use in the place of the one before, if there is room. Returns whether there was.
fn put<K: Eq + Hash, V>(waiting: &Mutex<HashMap<K, V>>, key: K, value: V) -> bool {
    let mut waiting = lock(waiting);
    let has_room = waiting.len() < MOST || waiting.contains_key(&key);
    if has_room {
        waiting.insert(key, value);
    }
    has_room
}

/// Takes all that waits.
fn take<K, V>(waiting: &Mutex<HashMap<K, V>>) -> Vec<(K, V)> {
    std::mem::take(&mut *lock(waiting)).into_iter().collect()
}

/// Lets what was not written wait on. One that came meanwhile is later.
fn put_back<K: Eq + Hash + Clone, V: Clone>(waiting: &Mutex<HashMap<K, V>>, group: &[(K, V)]) {
    let mut waiting = lock(waiting);
    for (key, value) in group {
        waiting.entry(key.clone()).or_insert_with(|| value.clone());
    }
}

fn lock<T>(waiting: &Mutex<T>) -> MutexGuard<'_, T> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;
    use crate::model::jwt_id::JwtId;

    const EVERY: Duration = Duration::from_mins(10);

    fn entry(number: i64) -> TokenEntry {
        let entry_key = EntryKey::from_bytes((number << 31).to_be_bytes()).unwrap();
        let client_id = ClientId::parse("app").unwrap();
        TokenEntry::blank(JwtId { entry_key, salt: 0 }, &client_id, Timestamp(0))
    }

    #[test]
    fn a_token_is_noted_once_in_a_while() {
        let uses = LastUses::default();
        let note = |at: i64| {
            uses.note_token(&entry(1), Timestamp::from_seconds(at), EVERY);
            std::mem::take(&mut *lock(&uses.tokens)).len()
        };

        assert_eq!([1000, 1001, 1599, 1600, 1601].map(note), [1, 0, 0, 1, 0]);
        // A clock that is set back does not keep it from being noted for long.
        assert_eq!(note(10), 1);
    }

    #[test]
    fn what_says_itself_when_it_is_used_is_not_noted() {
        let uses = LastUses::default();
        let (mut refresh, mut recent) = (entry(1), entry(2));
        refresh.kind = TokenKind::Refresh;
        recent.last_used_at = Some(Timestamp::from_seconds(999));
        for entry in [&refresh, &recent] {
            uses.note_token(entry, Timestamp::from_seconds(1000), EVERY);
        }
        uses.note_token(&entry(3), Timestamp::from_seconds(1000), Duration::ZERO);

        assert!(lock(&uses.tokens).is_empty());
    }

    #[test]
    fn what_finds_no_room_is_forgotten_and_noted_when_it_comes_again() {
        let uses = LastUses::default();
        let most = i64::try_from(MOST).unwrap();
        for number in 1..=most + 1 {
            uses.note_token(&entry(number), Timestamp::from_seconds(1000), EVERY);
        }
        assert_eq!(lock(&uses.tokens).len(), MOST);
        let recorder = PrometheusBuilder::new().build_recorder();
        let late = || uses.note_token(&entry(most + 1), Timestamp::from_seconds(1000), EVERY);
        metrics::with_local_recorder(&recorder, late);
        let counted = "tessera_last_uses_not_noted_total{of=\"token\"} 1";
        assert!(recorder.handle().render().contains(counted), "{}", recorder.handle().render());

        lock(&uses.tokens).clear();
        uses.note_token(&entry(most + 1), Timestamp::from_seconds(1001), EVERY);
        assert_eq!(lock(&uses.tokens).len(), 1);
    }
}

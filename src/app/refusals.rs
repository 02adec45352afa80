//! Refused authentications: counted in memory, written now and then, so that no request waits for
//! it and no guessing fills the database.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use uuid::Uuid;

use crate::{
    hashing::network,
    model::{client_id::ClientId, timestamp::Timestamp},
    store::{RefusedAt, Store, UserKey},
};

/// At most so many counts wait to be written. Beyond that, all else of a minute is one count.
const MOST: usize = 10_000;

/// A minute in milliseconds.
const MINUTE: i64 = 60_000;

/// Refused authentications that wait to be written.
#[derive(Debug, Default)]
pub struct Refusals {
    counts: Mutex<HashMap<Refused, i64>>,
    /// Whose password was guessed at too often, each once a minute.
    guessed: Mutex<HashMap<(Uuid, i64), IpAddr>>,
}

/// Who somebody said they were.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    Client(String),
    User(Uuid),
    /// What was claimed may be a secret in the wrong field.
    Unknown,
    /// There are too many to tell apart.
    Other,
}

/// Who was refused, where and when.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Refused {
    who: Who,
    address: String,
    minute: i64,
}

impl Refusals {
    /// Counts that a client was refused; `None` for one that there is not.
    pub fn note_client(&self, client_id: Option<&ClientId>, from: IpAddr, at: Timestamp) {
        let client = client_id.map(|client_id| Who::Client(client_id.to_string()));
        self.note(client.unwrap_or(Who::Unknown), from, at);
    }

    /// Counts that a user was refused; `None` for one that there is not.
    pub fn note_user(&self, user_id: Option<Uuid>, from: IpAddr, at: Timestamp) {
        self.note(user_id.map_or(Who::Unknown, Who::User), from, at);
    }

    fn note(&self, who: Who, from: IpAddr, at: Timestamp) {
        let minute = at.0.div_euclid(MINUTE) * MINUTE;
        // One subscriber has more addresses of IPv6 than there is room for rows.
        let refused = Refused { who, address: network(from).to_string(), minute };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        add(&mut counts, refused, 1);
    }

    /// Notes that somebody's password was guessed at more often than is free.
    pub fn note_guessed(&self, user_id: Uuid, from: IpAddr, at: Timestamp) {
        let mut guessed = self.guessed.lock().unwrap_or_else(PoisonError::into_inner);
        if guessed.len() < MOST {
            guessed.entry((user_id, at.0.div_euclid(MINUTE))).or_insert(from);
        }
    }

    /// Takes those whose passwords were guessed at: once for each minute that is over at `at`.
    pub fn take_guessed(&self, at: Timestamp) -> Vec<(Uuid, IpAddr)> {
        let now = at.0.div_euclid(MINUTE);
        let mut guessed = self.guessed.lock().unwrap_or_else(PoisonError::into_inner);
        let over: Vec<_> = guessed.extract_if(|(_, minute), _| *minute < now).collect();
        let mut over: Vec<_> = over.into_iter().map(|((who, _), from)| (who, from)).collect();
        over.sort();
        over
    }

    /// Writes what waits. What cannot be written waits on; without a store there is nowhere to.
    ///
    /// # Errors
    ///
    /// What the store says; the counts are kept.
    pub async fn write(&self, store: &Store) -> Result<(), crate::store::Error> {
        let taken = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *counts)
        };
        if store.is_disabled() || taken.is_empty() {
            return Ok(());
        }
        let outcome = write(store, &taken).await;
        if outcome.is_err() {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            for (refused, count) in taken {
                add(&mut counts, refused, count);
            }
        }
        outcome
    }
}

async fn write(store: &Store, counts: &HashMap<Refused, i64>) -> Result<(), crate::store::Error> {
    let mut names = HashMap::new();
    let mut rows = Vec::with_capacity(counts.len());
    for (Refused { who, address, minute }, refusals) in counts {
        let client_id = match who {
            Who::Client(name) => name.clone(),
            Who::User(id) => match names.get(id) {
                Some(name) => String::clone(name),
                None => {
                    let user = store.find_user(UserKey::Id(*id)).await?;
                    let name = user.map_or_else(|| id.to_string(), |user| user.address());
                    let name = format!("user:{name}");
                    names.insert(*id, name.clone());
                    name
                }
            },
            Who::Unknown => "~unknown".to_owned(),
            Who::Other => "~other".to_owned(),
        };
        let (address, minute) = (address.clone(), Timestamp(*minute));
        rows.push(RefusedAt { client_id, address, minute, refusals: *refusals });
    }
    // In one order, so that no two nodes wait for each other.
    rows.sort();
    store.write().await?.count_refused(&rows).await
}

fn add(counts: &mut HashMap<Refused, i64>, refused: Refused, count: i64) {
    let is_known = counts.contains_key(&refused);
    let refused = if is_known || counts.len() < MOST {
        refused
    } else {
        Refused { who: Who::Other, address: String::new(), ..refused }
    };
    *counts.entry(refused).or_default() += count;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_to_tell_apart_is_one_count() {
        let refusals = Refusals::default();
        let from = IpAddr::from([192, 0, 2, 1]);
        let at = Timestamp(90_000);

        for number in 0..MOST + 7 {
            refusals.note(Who::Client(format!("app-{number}")), from, at);
        }
        refusals.note(Who::Client("app-1".to_owned()), from, at);

        let counts = refusals.counts.lock().unwrap();
        let count = |who: Who, address: &str| {
            let address = address.to_owned();
            counts.get(&Refused { who, address, minute: 60_000 }).copied()
        };
        assert_eq!(counts.len(), MOST + 1);
        assert_eq!(count(Who::Other, ""), Some(7));
        assert_eq!(count(Who::Client("app-1".to_owned()), "192.0.2.1"), Some(2));
    }

    #[test]
    fn guesses_are_told_once_a_minute_when_it_is_over() {
        let refusals = Refusals::default();
        let from = IpAddr::from([192, 0, 2, 1]);
        for at in [1000, 2000, 59_999] {
            refusals.note_guessed(Uuid::nil(), from, Timestamp(at));
        }

        assert_eq!(refusals.take_guessed(Timestamp(59_999)), []);
        let taken = refusals.take_guessed(Timestamp(60_000));
        assert_eq!(taken, [(Uuid::nil(), from)]);
        assert_eq!(refusals.take_guessed(Timestamp(120_000)), []);
    }
}

//! Places: how many tokens of a type may be active for one identity or client, and how soon after
//! each other they may be made.
//!
//! Each place is a slot, named by a hash of whom it is counted for. Who wants one looks which are
//! free and takes one in the same command that adds the entry; if another took it meanwhile,
//! nothing was done, and it looks again.

use std::time::Duration;

use tokio::{
    sync::{Mutex, MutexGuard},
    time::timeout,
};

use crate::{
    model::{
        entry_key::EntryKey,
        rules::{MOST_ACTIVE, MaxActive, OnLimit, Per, Rule},
        secret::Sha256,
        timestamp::Timestamp,
    },
    store::{Command, End, TakenSlot, TokenName},
};

use super::{
    super::{Result, Tokens},
    CreateRefusal,
};

/// For whom places are counted.
#[derive(Debug, Clone, Copy)]
pub(in crate::tokens) struct Counted<'a> {
    pub(in crate::tokens) type_name: &'a str,
    pub(in crate::tokens) client_id: &'a str,
    pub(in crate::tokens) identity: Option<&'a str>,
    pub(in crate::tokens) at: Timestamp,
}

/// What has to be taken and given up for one more token.
#[derive(Debug, Default)]
pub(in crate::tokens) struct Places {
    /// Which slots, and who was seen to hold them.
    slots: Vec<(Sha256, Option<EntryKey>, Option<Timestamp>)>,
    /// Who gives way.
    evicted: Vec<EntryKey>,
}

/// The turn of whoever looks for a place and takes it, among those of this server who want one for
/// the same identity or client. Nothing rests on it: what counts is decided by the statement that
/// takes the place; without turns, of many who come at once all but one would have come in vain.
/// So nobody waits for it for long, and nobody for two of them.
pub(in crate::tokens) type Turn<'a> = MutexGuard<'a, ()>;

/// How many turns there are. Two identities may share one, and then wait for each other.
const TURNS: usize = 64;

/// How long to wait for one's turn before going on without it.
const PATIENCE: Duration = Duration::from_secs(1);

/// The turns of this server.
#[derive(Debug)]
pub(in crate::tokens) struct Turns([Mutex<()>; TURNS]);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl Turns {
    pub(in crate::tokens) async fn of(&self, slot_key: &Sha256) -> Option<Turn<'_>> {
        let first = slot_key.as_bytes().first().copied().map_or(0, usize::from);
        timeout(PATIENCE, self.0[first % TURNS].lock()).await.ok()
    }
}

impl Places {
    /// Adds to a command what takes the places for the entry `key`.
    pub(in crate::tokens) fn take(
        &self,
        mut command: Command,
        key: EntryKey,
        at: Timestamp,
    ) -> Command {
        for (slot_key, holder, held_until) in self.slots.iter().cloned() {
            command =
                command.take_slot(TakenSlot { slot_key, entry_key: key, holder, held_until, at });
        }
        for evicted in &self.evicted {
            let reason = "MaxActive: a newer one took its place".to_owned();
            command = command.supersede_token(*evicted, End { at, by: "rule".to_owned(), reason });
        }
        command
    }
}

impl Tokens {
    /// Looks which places one more token of these rules would take, when it is its turn.
    pub(in crate::tokens) async fn find_places(
        &self,
        rules: &[Rule],
        counted: Counted<'_>,
    ) -> Result<std::result::Result<(Places, Option<Turn<'_>>), CreateRefusal>> {
        let (mut places, mut turn) = (Places::default(), None);
        for rule in rules {
            let found = match rule {
                Rule::Cooldown(cooldown) => {
                    let slot_key = counted.slot("cooldown", cooldown.per, 0);
                    if turn.is_none() {
                        turn = self.turns.of(&slot_key).await;
                    }
                    self.find_interval(slot_key, cooldown.min_interval, counted.at, &mut places)
                        .await?
                }
                Rule::MaxActive(limit) => {
                    let slot = |number| counted.slot("max_active", limit.per, number);
                    let slots: Vec<_> = (0..MOST_ACTIVE).map(slot).collect();
                    if turn.is_none() {
                        turn = self.turns.of(&slots[0]).await;
                    }
                    self.find_free((limit, &slots), counted.at, &mut places).await?
                }
                _ => Ok(()),
            };
            if let Err(refusal) = found {
                return Ok(Err(refusal));
            }
        }
        Ok(Ok((places, turn)))
    }

    /// The slot that says when the next one may be made.
    async fn find_interval(
        &self,
        slot_key: Sha256,
        interval: Duration,
        at: Timestamp,
        places: &mut Places,
    ) -> Result<std::result::Result<(), CreateRefusal>> {
        let found = self.store.read().await?.slots(std::slice::from_ref(&slot_key)).await?;
        let found = found.first();
        let held_until = found.and_then(|slot| slot.held_until).filter(|until| *until > at);
        if let Some(until) = held_until {
            return Ok(Err(CreateRefusal::TooSoon { retry_after: until.since(at) }));
        }
        places.slots.push((slot_key, found.map(|slot| slot.entry_key), Some(at.plus(interval))));
        Ok(Ok(()))
    }

    /// A slot that nobody active holds; else, where the oldest gives way, that one's. All slots that
    /// a rule can have are looked at: there may have been more places before.
    async fn find_free(
        &self,
        (limit, slots): (&MaxActive, &[Sha256]),
        at: Timestamp,
        places: &mut Places,
    ) -> Result<std::result::Result<(), CreateRefusal>> {
        let taken = self.store.read().await?.slots(slots).await?;
        let mut active = Vec::new();
        for slot in &taken {
            active.extend(self.active_since(slot.entry_key, at).await?.map(|at| (at, slot)));
        }
        active.sort_by_key(|(since, slot)| (*since, slot.entry_key));
        let most = usize::try_from(limit.max).unwrap_or(usize::MAX);
        let too_many = (active.len() + 1).saturating_sub(most);
        if too_many > 0 && limit.on_limit == OnLimit::Reject {
            return Ok(Err(CreateRefusal::TooManyActive));
        }
        places.evicted = active.drain(..too_many).map(|(_, slot)| slot.entry_key).collect();
        let is_held =
            |slot_key: &&Sha256| active.iter().any(|(_, slot)| slot_key.matches(&slot.slot_key));
        // Fewer are active than there are of these now, so one of them is free.
        let free: Vec<_> =
            slots[..most.min(slots.len())].iter().filter(|key| !is_held(key)).collect();
        // Not always the first: those who come to other servers would want the same one.
        let drawn = usize::try_from(self.random.bits() >> 1).unwrap_or(0);
        let Some(slot_key) = drawn.checked_rem(free.len()).map(|place| free[place]) else {
            return Ok(Err(CreateRefusal::TooManyActive));
        };
        let holder = taken.iter().find(|slot| slot_key.matches(&slot.slot_key));
        places.slots.push((slot_key.clone(), holder.map(|slot| slot.entry_key), None));
        Ok(Ok(()))
    }

    /// When the token with this entry was made, unless it has ended for good: one whose client is
    /// disabled may come back.
    async fn active_since(&self, key: EntryKey, at: Timestamp) -> Result<Option<Timestamp>> {
        let found = self.store.find_token(TokenName::Key(key)).await?;
        Ok(found.filter(|found| !found.is_over(at)).map(|found| found.entry.created_at))
    }
}

impl Counted<'_> {
    /// The name of a slot. Every part is preceded by its length, so that no two lists of parts
    /// read alike.
    fn slot(&self, rule: &str, per: Per, number: i64) -> Sha256 {
        let whose = match per {
            Per::Identity => self.identity.unwrap_or_default(),
            Per::Client => self.client_id,
        };
        let number = number.to_string();
        let mut text = String::from("v1");
        for part in [rule, self.type_name, per.as_str(), whose, &number] {
            text.push('|');
            text.push_str(&part.len().to_string());
            text.extend([":", part]);
        }
        Sha256::of(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_slots_have_one_name() {
        let counted = |type_name, client_id, identity| Counted {
            type_name,
            client_id,
            identity: Some(identity),
            at: Timestamp(0),
        };
        let one = counted("a", "b", "c");
        let names = [
            one.slot("max_active", Per::Identity, 0),
            one.slot("max_active", Per::Identity, 1),
            one.slot("max_active", Per::Client, 0),
            one.slot("cooldown", Per::Identity, 0),
            counted("a|1:c", "b", "").slot("max_active", Per::Identity, 0),
            counted("a", "b", "c|1:0").slot("max_active", Per::Identity, 0),
        ];

        for (place, name) in names.iter().enumerate() {
            assert!(names[..place].iter().all(|other| !other.matches(name.as_bytes())), "{place}");
        }
    }
}

//! Places: how many tokens of a type may be active for one identity or client, and how soon after
//! each other they may be made.
//!
//! Each place is a slot, named by a hash of whom it is counted for. Who wants one looks which are
//! free and takes one in the same command that adds the entry; if another took it meanwhile,
//! nothing was done, and it looks again.

use std::time::Duration;

use crate::{
    model::{
        attempt::{Attempt, Outcome},
        entry_key::EntryKey,
        rules::{OnLimit, Per, Rule},
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
    evicted: Option<EntryKey>,
}

/// A place that may be taken.
struct Place {
    slot_key: Sha256,
    holder: Option<EntryKey>,
    /// When a token that is active took it, if one did.
    taken_at: Option<Timestamp>,
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
        if let Some(evicted) = self.evicted {
            let reason = "MaxActive: a newer one took its place".to_owned();
            command = command.supersede_token(evicted, End { at, by: "rule".to_owned(), reason });
        }
        command
    }
}

impl Tokens {
    /// Looks which places one more token of these rules would take.
    pub(in crate::tokens) async fn find_places(
        &self,
        rules: &[Rule],
        counted: Counted<'_>,
    ) -> Result<std::result::Result<Places, CreateRefusal>> {
        let mut places = Places::default();
        for rule in rules {
            let found = match rule {
                Rule::Cooldown(cooldown) => {
                    let slot_key = counted.slot("cooldown", cooldown.per, 0);
                    self.find_interval(slot_key, cooldown.min_interval, counted.at, &mut places)
                        .await?
                }
                Rule::MaxActive(limit) => {
                    let slot = |number| counted.slot("max_active", limit.per, number);
                    let slots: Vec<_> = (0..limit.max).map(slot).collect();
                    let evicts = limit.on_limit == OnLimit::EvictOldest;
                    self.find_free(&slots, evicts, counted.at, &mut places).await?
                }
                _ => Ok(()),
            };
            if let Err(refusal) = found {
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(places))
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

    /// A slot that nobody active holds; else, where the oldest gives way, that one's.
    async fn find_free(
        &self,
        slots: &[Sha256],
        evicts: bool,
        at: Timestamp,
        places: &mut Places,
    ) -> Result<std::result::Result<(), CreateRefusal>> {
        let mut all = Vec::with_capacity(slots.len());
        let taken = self.store.read().await?.slots(slots).await?;
        // Not always the first: those who come at once would all want the same one.
        let first = usize::try_from(self.random.bits() >> 1).unwrap_or(0) % slots.len().max(1);
        for slot_key in slots[first..].iter().chain(&slots[..first]) {
            let holder = taken.iter().find(|slot| slot_key.matches(&slot.slot_key));
            let holder = holder.map(|slot| slot.entry_key);
            let taken_at = match holder {
                Some(key) => self.active_since(key, at).await?,
                None => None,
            };
            let place = Place { slot_key: slot_key.clone(), holder, taken_at };
            if place.taken_at.is_none() {
                places.slots.push((place.slot_key, place.holder, None));
                return Ok(Ok(()));
            }
            all.push(place);
        }
        let oldest = all.into_iter().filter(|_| evicts).min_by_key(|place| place.taken_at);
        let Some(place) = oldest else { return Ok(Err(CreateRefusal::TooManyActive)) };
        places.evicted = place.holder;
        places.slots.push((place.slot_key, place.holder, None));
        Ok(Ok(()))
    }

    /// When the token with this entry was made, if it is active or may be again.
    async fn active_since(&self, key: EntryKey, at: Timestamp) -> Result<Option<Timestamp>> {
        let found = self.store.find_token(TokenName::Key(key)).await?;
        let is_active = |refused: Option<Outcome>| refused != Some(Outcome::Invalid);
        Ok(found.and_then(|found| {
            let refused = found.judge(&Attempt::look(at)).map(|refused| refused.refusal.outcome());
            is_active(refused).then_some(found.entry.created_at)
        }))
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

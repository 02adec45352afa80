//! Slots of access tokens: of those that ask for the same, each gets the token that is there, or
//! puts another in its place.
//!
//! Who asks looks who holds the slot: in memory, then in the database. Where the holder is not good
//! enough, a command takes the slot from whom was seen and adds the new entry, or does nothing if
//! another was faster; then it is looked again, and the winner's token is told. What is remembered
//! of holders is only where to look: whether one is good is judged by its entry each time.

use std::sync::Arc;

use metrics::counter;

use crate::{
    model::{
        authorization::Authorization, reuse::Previous, token_entry::TokenEntry,
        token_format::TokenFormat,
    },
    store::{Command, End, SlotHolder, TakenSlot, Taking},
};

use super::{
    Error, Result, SlotKey, Tokens, access_slot,
    holder::Seen,
    issue::{Draft, Issued, Order},
};

/// How often an entry key is drawn anew that is taken, and a holder looked at anew that ended
/// meanwhile. Neither is the work of others who want the slot.
const REDRAWS: u32 = 3;

/// The slot of a token, and what becomes of its holder.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) key: SlotKey,
    pub(super) previous: Previous,
}

impl Tokens {
    /// The slot of the token that is asked for; `None` where each is beside the others.
    ///
    /// A token of a family ends with it, so it is no other family's. One under rules that count its
    /// uses, or how many are made, is its holder's alone.
    pub(super) fn slot_of(&self, order: &Order<'_>) -> Option<Slot> {
        let Order { client, authorization, rules, key, .. } = *order;
        let policy = self.policy().reuse;
        let format = if key.is_some() { TokenFormat::Jwt } else { TokenFormat::Reference };
        let reuse = client.reuse.unwrap_or(policy.references);
        let previous = Previous::of(format, reuse, policy.jwts);
        if previous == Previous::Keep || authorization.family.is_some() || rules.count_something() {
            return None;
        }
        Some(Slot { key: access_slot(authorization, format), previous })
    }

    /// Issues the token of a slot: the holder's, or another one that takes the slot.
    ///
    /// # Errors
    ///
    /// [`Error::Contended`] if others took it as often as `persistence.retry_count` allows, and
    /// once more.
    pub(super) async fn issue_in_slot(&self, order: &Order<'_>, slot: &Slot) -> Result<Issued> {
        if let Some(told) = self.tell_remembered(order, slot).await? {
            return Ok(told);
        }
        // Of those who come to this server at once, one makes the token and the others find it.
        let _turn = self.turns.of(slot.key.as_hash()).await;
        let retries = self.policy().reuse.retries;
        let (mut lost, mut redrawn) = (0, 0);
        loop {
            let Seen { holder, gives_way, told } = self.look_at(order, slot).await?;
            if let Some(told) = told {
                return Ok(told);
            }
            let Draft { mut entry, issued } =
                self.draft(order.authorization, order.rules, order.key, order.at)?;
            self.seal_token(&mut entry, &issued.token, slot)?;
            let taker = Arc::new(SlotHolder::from(&entry));
            let command = take(order, slot, entry, (holder.as_deref(), gives_way));
            match self.store.persist_in_slot(command).await? {
                Taking::Done => {
                    if slot.previous == Previous::Tell {
                        self.remembered.keep_holder(&slot.key, &taker);
                    }
                    return Ok(issued);
                }
                // Whoever else wants the slot on this node waits for its turn.
                Taking::Again => {}
                Taking::Refused if redrawn < REDRAWS => redrawn += 1,
                Taking::Refused => return Err(Error::NoFreeKey),
                Taking::Lost => {
                    note_collision(order.authorization, lost < retries);
                    if lost == retries {
                        return Err(Error::Contended);
                    }
                    lost += 1;
                }
            }
        }
    }

    /// The holder's token, as far as the holder is known here.
    async fn tell_remembered(&self, order: &Order<'_>, slot: &Slot) -> Result<Option<Issued>> {
        if slot.previous != Previous::Tell {
            return Ok(None);
        }
        match self.remembered.holder(&slot.key) {
            Some(holder) => Ok(self.judge_holder(order, slot, holder).await?.told),
            None => Ok(None),
        }
    }

    /// Looks who holds a slot: one known here whose token can be told, else whom the database names.
    async fn look_at(&self, order: &Order<'_>, slot: &Slot) -> Result<Seen> {
        if let Some(told) = self.tell_remembered(order, slot).await? {
            return Ok(Seen { told: Some(told), ..Seen::default() });
        }
        // Whoever waits to be written will take the slot from whom the database names.
        let found = match self.store.waiting_in_slot(slot.key.as_hash()) {
            Some(waiting) => Some(SlotHolder::from(&*waiting)),
            None => self.store.read().await?.slot_holder(slot.key.as_hash()).await?,
        };
        let Some(holder) = found else { return Ok(Seen::default()) };
        let seen = self.judge_holder(order, slot, Arc::new(holder)).await?;
        if let (Some(_), Some(holder)) = (&seen.told, &seen.holder) {
            self.remembered.keep_holder(&slot.key, holder);
        }
        Ok(seen)
    }
}

/// Adds an entry that takes a slot from whom was seen to hold it, and ends that one if it gives way.
fn take(
    order: &Order<'_>,
    slot: &Slot,
    entry: TokenEntry,
    (holder, gives_way): (Option<&SlotHolder>, bool),
) -> Command {
    let holder = holder.map(|holder| holder.entry_key);
    let taken = TakenSlot {
        slot_key: slot.key.as_hash().clone(),
        entry_key: entry.entry_key,
        holder,
        held_until: None,
        at: order.at,
    };
    let command = Command::new().take_slot(taken);
    let command = match holder.filter(|_| gives_way) {
        Some(holder) => {
            let by = format!("client:{}", order.client.client_id);
            let reason = "its client got another one in its place".to_owned();
            command.supersede_token(holder, End { at: order.at, by, reason })
        }
        None => command,
    };
    command.insert_token(entry)
}

/// Tells that requests of one client come at once for the same token.
fn note_collision(authorization: &Authorization, again: bool) {
    let client_id = &authorization.client_id;
    let outcome = if again { "retried" } else { "given_up" };
    counter!("tessera_slot_collisions_total", "outcome" => outcome).increment(1);
    if again {
        tracing::info!(
            event = "slot.lost",
            client.id = %client_id,
            "another request of {client_id} for the same token was faster; looking again"
        );
    } else {
        tracing::warn!(
            event = "slot.given_up",
            client.id = %client_id,
            "requests of {client_id} for the same token are in each other's way; one was refused"
        );
    }
}

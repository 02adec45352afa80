//! Which tokens may be answered before they are written, and what is known of one that waits.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Instant,
};

use crate::model::{
    secret::Sha256,
    token_entry::{EntryFormat, EntryStatus, TokenEntry, TokenKind},
};

use super::super::{
    command::{Command, Write},
    reader::TokenName,
    slots::TakenSlot,
    tokens::End,
};

/// A command that may be done later: it adds one opaque access token and, perhaps, lets it take a
/// slot.
pub(super) struct Arrival {
    pub(super) entry: Box<TokenEntry>,
    pub(super) hash: [u8; 32],
    pub(super) slot: Option<TakenSlot>,
    /// The end of the slot's holder, where that gives way.
    supersession: Option<Write>,
}

/// A token that was answered and is not written yet.
pub(in crate::store) struct WaitingToken {
    pub(super) number: u64,
    pub(super) since: Instant,
    pub(super) entry: Arc<TokenEntry>,
    pub(super) hash: [u8; 32],
    pub(super) slot: Option<TakenSlot>,
    pub(super) superseded: Mutex<Option<End>>,
    pub(super) is_buried: AtomicBool,
    pub(super) is_begun: AtomicBool,
    /// How often the engine refused it.
    refusals: AtomicU32,
}

impl Arrival {
    /// What `command` adds, if it may be done later; else the command itself.
    ///
    /// Nobody but the database can tell whether an entry key is free, so a token that carries its
    /// key is none; nor is one whose row counts its uses.
    pub(super) fn of(command: Command) -> Result<Self, Command> {
        let is_known = command.0.iter().all(|write| match write {
            Write::InsertToken(added) => may_wait(added),
            Write::TakeSlot(taken) => taken.held_until.is_none(),
            Write::Supersede { .. } => true,
            _ => false,
        });
        let hash = command.0.iter().find_map(hash_of).filter(|_| is_known);
        let Some(hash) = hash.filter(|_| has_one_of_each(&command)) else { return Err(command) };
        let (mut entry, mut slot, mut supersession) = (None, None, None);
        for write in command.0 {
            match write {
                Write::InsertToken(added) => entry = Some(added),
                Write::TakeSlot(taken) => slot = Some(taken),
                write => supersession = Some(write),
            }
        }
        let entry = entry.expect("one was counted");
        Ok(Self { entry, hash, slot, supersession })
    }

    /// Whether the holder of its slot ends with its answer.
    pub(super) fn ends_holder(&self) -> bool {
        self.supersession.is_some()
    }

    /// The command that does it at once.
    pub(super) fn into_command(self) -> Command {
        let slot = self.slot.map(Write::TakeSlot).into_iter();
        let rest = [Some(Write::InsertToken(self.entry)), self.supersession];
        Command(slot.chain(rest.into_iter().flatten()).collect())
    }
}

fn may_wait(entry: &TokenEntry) -> bool {
    entry.kind == TokenKind::Access
        && entry.format == EntryFormat::Reference
        && entry.status == EntryStatus::Valid
        && !entry.is_ruled()
}

/// The hash of the reference that a write adds.
fn hash_of(write: &Write) -> Option<[u8; 32]> {
    match write {
        Write::InsertToken(entry) => entry.reference_hash.as_deref()?.try_into().ok(),
        _ => None,
    }
}

/// One token, one slot at most, and the end of another only where that gives way in the slot.
fn has_one_of_each(command: &Command) -> bool {
    let count = |is_it: fn(&Write) -> bool| command.0.iter().filter(|write| is_it(write)).count();
    let added = count(|write| matches!(write, Write::InsertToken(_)));
    let taken = count(|write| matches!(write, Write::TakeSlot(_)));
    let superseded = count(|write| matches!(write, Write::Supersede { .. }));
    added == 1 && taken <= 1 && superseded <= taken
}

impl WaitingToken {
    pub(super) fn of(arrival: Arrival, (number, since): (u64, Instant)) -> Self {
        let Arrival { entry, hash, slot, .. } = arrival;
        Self {
            number,
            since,
            entry: Arc::new(*entry),
            hash,
            slot,
            superseded: Mutex::default(),
            is_buried: AtomicBool::new(false),
            is_begun: AtomicBool::new(false),
            refusals: AtomicU32::new(0),
        }
    }

    /// What looks find it by.
    pub(super) fn names(&self) -> [TokenName; 2] {
        [TokenName::Hash(self.hash), TokenName::Key(self.entry.entry_key)]
    }

    /// What its row is found by, or an end that was written for it.
    pub(in crate::store) fn name(&self) -> TokenName {
        TokenName::Hash(self.hash)
    }

    /// The entry as it was when it was answered.
    pub(in crate::store) fn entry(&self) -> &TokenEntry {
        &self.entry
    }

    /// The entry as it is to be written at this moment.
    pub(in crate::store) fn row(&self) -> TokenEntry {
        let entry = TokenEntry::clone(&self.entry);
        let superseded = self.superseded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match superseded {
            Some(end) => ended(entry, EntryStatus::Superseded, end),
            None => entry,
        }
    }

    /// Which slot it wants.
    pub(super) fn slot_key(&self) -> Option<&Sha256> {
        self.slot.as_ref().map(|slot| &slot.slot_key)
    }

    /// Whether its writing began: it may have a row by now that says that it is good, so it is
    /// superseded in memory no more.
    pub(super) fn is_begun(&self) -> bool {
        self.is_begun.load(Ordering::SeqCst)
    }

    /// Whether another took its place before its writing began.
    pub(super) fn is_superseded(&self) -> bool {
        self.superseded.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Whether its end is written already.
    pub(super) fn is_buried(&self) -> bool {
        self.is_buried.load(Ordering::SeqCst)
    }

    /// Counts one more refusal. Returns how many there were.
    pub(super) fn refuse(&self) -> u32 {
        self.refusals.fetch_add(1, Ordering::SeqCst) + 1
    }
}

/// The entry of a token that ended before it was written. What was sealed in it is gone.
pub(super) fn ended(entry: TokenEntry, status: EntryStatus, end: End) -> TokenEntry {
    TokenEntry {
        status,
        payload: None,
        token_sealed: None,
        ended_at: Some(end.at),
        ended_by: Some(end.by),
        end_reason: Some(end.reason),
        ..entry
    }
}

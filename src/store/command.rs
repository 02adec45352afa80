//! Hot writes as commands: what the writer runs together with those of other requests.

mod run;
mod write;

use crate::model::{
    audit::AuditEvent,
    client_id::ClientId,
    entry_key::EntryKey,
    family::Family,
    secret::Sha256,
    timestamp::Timestamp,
    token_entry::{EntryStatus, TokenEntry},
};

use super::{
    change::{Change, beginning},
    slots::TakenSlot,
    token_uses::RememberedUse,
    tokens::{
        End, Target,
        late::ClaimedEnd,
        redeem::CodeRedemption,
        rotate::Rotation,
        spend::{Spend, Spent},
        typed::Deletion,
    },
};

pub(super) use run::{run_batch, run_writes};
pub(super) use write::{Kind, Row, Touched, Write, batch_of};

/// Writes that stand or fall together, each of which must change one row.
///
/// It shares a transaction with the commands of other requests, of which it feels nothing: if one
/// of its writes finds its row not as it must be, all of its own are undone, and no other's.
#[derive(Debug)]
pub struct Command(pub(super) Vec<Write>);

/// What became of a command.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outcome {
    /// Whether every write of it found its row as it must be.
    pub(super) is_done: bool,
    /// What the entry says whose use it spent.
    pub(super) spent: Option<Spent>,
    /// Whether it is not done because another took a slot that it wanted.
    pub(super) lost_slot: bool,
}

impl Command {
    /// A command that does nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Vec::with_capacity(1))
    }

    /// Adds an entry. Refused if its key or hash is taken: draw again.
    #[must_use]
    pub fn insert_token(mut self, entry: TokenEntry) -> Self {
        self.0.push(Write::InsertToken(Box::new(entry)));
        self
    }

    /// Ends a token of `client_id`. Refused if it has ended, or is another's.
    ///
    /// What was sealed in its row goes at once; the rest stays to explain it.
    #[must_use]
    pub fn revoke_token(mut self, target: Target, client_id: &ClientId, end: End) -> Self {
        self.0.push(Write::RevokeToken { target, client_id: client_id.clone(), end });
        self
    }

    /// Marks an identifier as used until `expires_at`. Refused if it was used before; of several
    /// nodes that try, one is not.
    #[must_use]
    pub fn use_identifier(
        mut self,
        kind: &'static str,
        identifier: Sha256,
        expires_at: Timestamp,
    ) -> Self {
        self.0.push(Write::UseIdentifier { kind, identifier, expires_at, shown_by: None });
        self
    }

    /// Says whose the identifiers are that it uses so far, so that without a store nobody takes up
    /// the room of others.
    #[must_use]
    pub fn shown_by(mut self, client: &ClientId) -> Self {
        for write in &mut self.0 {
            if let Write::UseIdentifier { shown_by, .. } = write {
                *shown_by = Some(client.clone());
            }
        }
        self
    }

    /// Adds an event to the audit log.
    #[must_use]
    pub fn insert_audit_event(mut self, event: AuditEvent) -> Self {
        self.0.push(Write::InsertAuditEvent(event));
        self
    }

    /// Spends a use. Refused if the row does not hold what its rules ask for.
    #[must_use]
    pub fn spend(mut self, spend: Spend) -> Self {
        self.0.push(Write::Spend(spend));
        self
    }

    /// Remembers a use, with what the entry says then. Refused if it is remembered already.
    #[must_use]
    pub fn remember_use(mut self, remembered: RememberedUse) -> Self {
        self.0.push(Write::RememberUse(remembered));
        self
    }

    /// Takes a slot. Refused if another took it since it was looked at, or its time is not over.
    #[must_use]
    pub fn take_slot(mut self, slot: TakenSlot) -> Self {
        self.0.push(Write::TakeSlot(slot));
        self
    }

    /// Ends a token because another takes its place. Refused if it has ended.
    #[must_use]
    pub fn supersede_token(mut self, key: EntryKey, end: End) -> Self {
        self.0.push(Write::Supersede { key, end });
        self
    }

    /// Deletes a typed token: its row goes at once. Refused if it is not there, or not what was
    /// said of it.
    #[must_use]
    pub fn delete_token(mut self, deletion: Deletion) -> Self {
        self.0.push(Write::Delete(deletion));
        self
    }

    /// Adds a family. Its key is drawn as unique.
    #[must_use]
    pub fn insert_family(mut self, family: Family) -> Self {
        self.0.push(Write::InsertFamily(Box::new(family)));
        self
    }

    /// Redeems a code. Refused if it, or the family that it stands for, is not good any more, if
    /// somebody else redeemed it before, or if the browser session ended that the family does not
    /// outlive.
    #[must_use]
    pub fn redeem_code(mut self, redemption: CodeRedemption) -> Self {
        self.0.push(Write::BeginFamily(redemption.clone()));
        self.0.push(Write::RedeemCode(redemption));
        self
    }

    /// Adds entries, at least one, that are of the generation of the server that each says.
    /// Refused if a key or hash is taken: draw again.
    #[must_use]
    pub fn insert_successors(mut self, entries: Vec<TokenEntry>) -> Self {
        self.0.push(Write::InsertSuccessors(entries));
        self
    }

    /// Turns a refresh token into what it brings. Refused if it, or its family, is not good any
    /// more, or if somebody else turned it before.
    #[must_use]
    pub fn rotate(mut self, rotation: Rotation) -> Self {
        self.0.push(Write::Rotate(Box::new(rotation)));
        self
    }

    /// Adds an entry that may have ended before it is written. Refused if its key or hash is
    /// taken.
    #[must_use]
    pub(super) fn insert_late_token(mut self, entry: TokenEntry) -> Self {
        self.0.push(Write::InsertLateToken(Box::new(entry)));
        self
    }

    /// Deletes the end of a reference of `holder` that another client wrote. Refused if there is
    /// none.
    #[must_use]
    pub(super) fn delete_foreign_end(mut self, hash: Vec<u8>, holder: &ClientId) -> Self {
        self.0.push(Write::DeleteForeignEnd { hash, holder: holder.clone() });
        self
    }

    /// Adds a client to those who asked for the end of a reference that is not known. Refused if
    /// there is no such end, the client is among them, or its key is taken.
    #[must_use]
    pub(super) fn claim_end(mut self, claim: ClaimedEnd) -> Self {
        self.0.push(Write::ClaimEnd(claim));
        self
    }

    /// The slot that it takes, if it takes one.
    pub(super) fn slot_key(&self) -> Option<&Sha256> {
        self.0.iter().find_map(|write| match write {
            Write::TakeSlot(slot) => Some(&slot.slot_key),
            _ => None,
        })
    }

    /// Notes which node writes its audit events.
    pub(super) fn sign(&mut self, node: &str) {
        for write in &mut self.0 {
            if let Write::InsertAuditEvent(event) = write {
                event.node.get_or_insert_with(|| node.to_owned());
            }
        }
    }

    /// The audit events that it writes.
    pub(super) fn audit_events(&self) -> impl Iterator<Item = &AuditEvent> {
        self.0.iter().filter_map(|write| match write {
            Write::InsertAuditEvent(event) => Some(event),
            _ => None,
        })
    }

    /// The tokens that it ends.
    pub(super) fn targets(&self) -> impl Iterator<Item = (&Target, &ClientId)> {
        self.0.iter().filter_map(|write| match write {
            Write::RevokeToken { target, client_id, .. } => Some((target, client_id)),
            _ => None,
        })
    }

    /// What caches must forget once it is done.
    pub(super) fn changes(&self) -> impl Iterator<Item = Change> {
        self.0.iter().filter_map(|write| match write {
            Write::RevokeToken { target, .. } => Some(match target {
                Target::Reference(hash) => Change::reference(hash),
                Target::Located(key, _) | Target::Entry(key) => Change::Token(*key),
                Target::Jwt(id) => Change::Token(id.entry_key),
            }),
            Write::Supersede { key, .. } => Some(Change::Token(*key)),
            Write::DeleteForeignEnd { hash, .. } | Write::ClaimEnd(ClaimedEnd { hash, .. }) => {
                Some(Change::Reference(beginning(hash)))
            }
            // A node that has it in its queue may have told that it works.
            Write::InsertLateToken(entry) if entry.status == EntryStatus::Revoked => {
                entry.reference_hash.as_deref().map(|hash| Change::Reference(beginning(hash)))
            }
            Write::Delete(deletion) => Some(Change::Token(deletion.entry_key)),
            // Nothing is kept of what was not there, nor of an entry whose uses decide on it.
            // Refresh tokens and codes are kept nowhere, and nothing rests on how often a family
            // turned.
            Write::InsertToken(_)
            | Write::InsertSuccessors(_)
            | Write::BeginFamily(_)
            | Write::RedeemCode(_)
            | Write::InsertFamily(_)
            | Write::Rotate(_)
            | Write::InsertLateToken(_)
            | Write::UseIdentifier { .. }
            | Write::InsertAuditEvent(_)
            | Write::Spend(_)
            | Write::RememberUse(_)
            | Write::TakeSlot(_) => None,
        })
    }
}

impl Default for Command {
    fn default() -> Self {
        Self::new()
    }
}

//! One write of one row, and the statement that it shares with others of its kind.

use uuid::Uuid;

use crate::model::{
    audit::AuditEvent,
    client_id::ClientId,
    entry_key::EntryKey,
    family::Family,
    secret::Sha256,
    timestamp::Timestamp,
    token_entry::{TokenEntry, TokenKind},
};

use super::super::{
    audit::{INSERT_AUDIT_EVENTS, insert_audit_event},
    batch::Batch,
    families::{INSERT_FAMILIES, insert_family},
    slots::{TAKE_SLOTS, TakenSlot, take_slot},
    token_uses::{REMEMBER_USES, RememberedUse, remember_use},
    tokens::{
        End, Target,
        held::{INSERT_HELD_TOKENS, insert_held_token},
        hot::{INSERT_TOKENS, REVOKE_ENTRIES, REVOKE_REFERENCES, insert_token, revoke_token},
        late::{
            CLAIM_ENDS, ClaimedEnd, DELETE_FOREIGN_ENDS, INSERT_LATE_TOKENS, claim_end,
            delete_foreign_end, insert_late_token,
        },
        redeem::{
            BEGIN_FAMILIES, CodeRedemption, REDEEM_CODES, begin_family, insert_successors,
            redeem_code,
        },
        rotate::{INSERT_REFRESH_TOKENS, INSERT_SUCCESSORS, Rotation, insert_refresh_token},
        spend::{SPEND, Spend, Spent, spend},
        typed::{
            DELETE_TOKENS, Deletion, INSERT_RULED_TOKENS, SUPERSEDE_TOKENS, delete_token,
            insert_ruled_token, supersede_token,
        },
    },
    used_identifiers::USE_IDENTIFIERS,
};

/// One write, of one row.
#[derive(Debug)]
pub(in crate::store) enum Write {
    InsertToken(Box<TokenEntry>),
    /// Adds an entry as it is, its end included. Refused if its key or hash is taken.
    InsertLateToken(Box<TokenEntry>),
    /// Deletes the end of a reference that a client wrote whose it is not.
    DeleteForeignEnd {
        hash: Vec<u8>,
        holder: ClientId,
    },
    /// Adds a client to those who asked for the end of a reference that none of them is known to have.
    ClaimEnd(ClaimedEnd),
    RevokeToken {
        target: Target,
        client_id: ClientId,
        end: End,
    },
    UseIdentifier {
        kind: &'static str,
        identifier: Sha256,
        expires_at: Timestamp,
        /// Who showed it: in memory each has a share of the room.
        shown_by: Option<ClientId>,
    },
    InsertAuditEvent(AuditEvent),
    Spend(Spend),
    RememberUse(RememberedUse),
    TakeSlot(TakenSlot),
    Supersede {
        key: EntryKey,
        end: End,
    },
    Delete(Deletion),
    InsertFamily(Box<Family>),
    /// Lets the family begin that a code stands for.
    BeginFamily(CodeRedemption),
    RedeemCode(CodeRedemption),
    /// Adds entries of generations of their own, all or none.
    InsertSuccessors(Vec<TokenEntry>),
    Rotate(Box<Rotation>),
}

/// A row that a write changed.
pub(in crate::store) struct Touched {
    pub(in crate::store) row: Row,
    pub(in crate::store) spent: Option<Spent>,
}

/// The writes that can share a statement, in the order in which every transaction takes them: two
/// that wait for each other's rows would never end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::store) enum Kind {
    Identifiers,
    Slots,
    Families,
    BegunFamilies,
    Rotations,
    CodeRedemptions,
    ForeignEnds,
    Claims,
    Insertions,
    RefreshInsertions,
    RuledInsertions,
    HeldInsertions,
    Successors,
    LateInsertions,
    Spendings,
    Uses,
    Supersessions,
    Revocations,
    ReferenceRevocations,
    Deletions,
    AuditEvents,
}

/// Which row a write is about, among those of its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::store) enum Row {
    Token(i64),
    Reference(Vec<u8>),
    Identifier(String, Vec<u8>),
    AuditEvent(Uuid),
    Slot(Vec<u8>),
    Use(i64, String),
    Family(Uuid),
}

impl Kind {
    /// Whether one statement does it.
    pub(in crate::store) fn is_one_statement(self) -> bool {
        self != Kind::Rotations
    }
}

impl Write {
    pub(in crate::store) fn kind(&self) -> Kind {
        match self {
            Write::InsertToken(entry) if entry.kind == TokenKind::Refresh => {
                Kind::RefreshInsertions
            }
            Write::InsertToken(entry) if entry.token_sealed.is_some() => Kind::HeldInsertions,
            Write::InsertToken(entry) if entry.is_ruled() => Kind::RuledInsertions,
            Write::InsertToken(_) => Kind::Insertions,
            Write::InsertLateToken(_) => Kind::LateInsertions,
            Write::DeleteForeignEnd { .. } => Kind::ForeignEnds,
            Write::ClaimEnd(_) => Kind::Claims,
            Write::RevokeToken { target: Target::Reference(_), .. } => Kind::ReferenceRevocations,
            Write::RevokeToken { .. } => Kind::Revocations,
            Write::UseIdentifier { .. } => Kind::Identifiers,
            Write::InsertAuditEvent(_) => Kind::AuditEvents,
            Write::Spend(_) => Kind::Spendings,
            Write::RememberUse(_) => Kind::Uses,
            Write::TakeSlot(_) => Kind::Slots,
            Write::Supersede { .. } => Kind::Supersessions,
            Write::Delete(_) => Kind::Deletions,
            Write::InsertFamily(_) => Kind::Families,
            Write::BeginFamily(_) => Kind::BegunFamilies,
            Write::RedeemCode(_) => Kind::CodeRedemptions,
            Write::InsertSuccessors(_) => Kind::Successors,
            Write::Rotate(_) => Kind::Rotations,
        }
    }

    pub(in crate::store) fn row(&self) -> Row {
        let token = |key: EntryKey| Row::Token(i64::from_be_bytes(key.to_bytes()));
        match self {
            Write::InsertToken(entry) | Write::InsertLateToken(entry) => token(entry.entry_key),
            Write::DeleteForeignEnd { hash, .. } | Write::ClaimEnd(ClaimedEnd { hash, .. }) => {
                Row::Reference(hash.clone())
            }
            Write::RevokeToken { target, .. } => match target {
                Target::Reference(hash) => Row::Reference(hash.as_bytes().to_vec()),
                Target::Located(key, _) | Target::Entry(key) => token(*key),
                Target::Jwt(id) => token(id.entry_key),
            },
            Write::UseIdentifier { kind, identifier, .. } => {
                Row::Identifier((*kind).to_owned(), identifier.as_bytes().to_vec())
            }
            Write::InsertAuditEvent(event) => Row::AuditEvent(event.audit_id),
            Write::Spend(spend) => token(spend.id.entry_key),
            Write::RememberUse(RememberedUse { entry_key, use_key, .. }) => {
                Row::Use(i64::from_be_bytes(entry_key.to_bytes()), use_key.clone())
            }
            Write::TakeSlot(slot) => Row::Slot(slot.slot_key.as_bytes().to_vec()),
            Write::Supersede { key, .. } => token(*key),
            Write::Delete(deletion) => token(deletion.entry_key),
            Write::InsertFamily(family) => Row::Family(family.family_id),
            Write::BeginFamily(redemption) => Row::Family(redemption.family),
            Write::RedeemCode(redemption) => token(redemption.code.entry_key),
            Write::InsertSuccessors(entries) => Row::Token(
                entries.first().map_or(0, |first| i64::from_be_bytes(first.entry_key.to_bytes())),
            ),
            Write::Rotate(rotation) => token(rotation.presented.entry_key),
        }
    }

    fn bind_to(&self, batch: &mut Batch) {
        match self {
            Write::InsertToken(entry) if entry.kind == TokenKind::Refresh => {
                insert_refresh_token(batch, entry);
            }
            Write::InsertToken(entry) if entry.token_sealed.is_some() => {
                insert_held_token(batch, entry);
            }
            Write::InsertToken(entry) if entry.is_ruled() => insert_ruled_token(batch, entry),
            Write::InsertToken(entry) => insert_token(batch, entry),
            Write::InsertLateToken(entry) => insert_late_token(batch, entry),
            Write::DeleteForeignEnd { hash, holder } => delete_foreign_end(batch, hash, holder),
            Write::ClaimEnd(claim) => claim_end(batch, claim),
            Write::RevokeToken { target, client_id, end } => {
                revoke_token(batch, target, (client_id, end));
            }
            Write::UseIdentifier { kind, identifier, expires_at, .. } => {
                batch.bind(*kind).bind(identifier).bind(*expires_at);
            }
            Write::InsertAuditEvent(event) => insert_audit_event(batch, event),
            Write::Spend(given) => spend(batch, given),
            Write::RememberUse(remembered) => remember_use(batch, remembered),
            Write::TakeSlot(slot) => take_slot(batch, slot),
            Write::Supersede { key, end } => {
                supersede_token(batch, *key, (end.at, &end.by, &end.reason));
            }
            Write::Delete(deletion) => delete_token(batch, deletion),
            Write::InsertFamily(family) => insert_family(batch, family),
            Write::BeginFamily(redemption) => begin_family(batch, redemption),
            Write::RedeemCode(redemption) => redeem_code(batch, redemption),
            Write::InsertSuccessors(entries) => insert_successors(batch, entries),
            Write::Rotate(_) => unreachable!("a rotation is more than one statement"),
        }
    }
}

/// The statement for `writes`, all of one kind and about different rows.
pub(in crate::store) fn batch_of<'w>(kind: Kind, writes: impl Iterator<Item = &'w Write>) -> Batch {
    let mut batch = Batch::new(match kind {
        Kind::Identifiers => &USE_IDENTIFIERS,
        Kind::Insertions => &INSERT_TOKENS,
        Kind::Revocations => &REVOKE_ENTRIES,
        Kind::ReferenceRevocations => &REVOKE_REFERENCES,
        Kind::AuditEvents => &INSERT_AUDIT_EVENTS,
        Kind::RuledInsertions => &INSERT_RULED_TOKENS,
        Kind::HeldInsertions => &INSERT_HELD_TOKENS,
        Kind::LateInsertions => &INSERT_LATE_TOKENS,
        Kind::ForeignEnds => &DELETE_FOREIGN_ENDS,
        Kind::Claims => &CLAIM_ENDS,
        Kind::Spendings => &SPEND,
        Kind::Uses => &REMEMBER_USES,
        Kind::Slots => &TAKE_SLOTS,
        Kind::Supersessions => &SUPERSEDE_TOKENS,
        Kind::Deletions => &DELETE_TOKENS,
        Kind::Families => &INSERT_FAMILIES,
        Kind::BegunFamilies => &BEGIN_FAMILIES,
        Kind::CodeRedemptions => &REDEEM_CODES,
        Kind::Successors => &INSERT_SUCCESSORS,
        Kind::RefreshInsertions => &INSERT_REFRESH_TOKENS,
        Kind::Rotations => unreachable!("a rotation is more than one statement"),
    });
    writes.for_each(|write| write.bind_to(&mut batch));
    batch
}

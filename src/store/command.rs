//! Hot writes as commands: what the writer runs together with those of other requests.

use uuid::Uuid;

use crate::model::{
    audit::AuditEvent, client_id::ClientId, entry_key::EntryKey, secret::Sha256,
    timestamp::Timestamp, token_entry::TokenEntry,
};

use super::{
    Result,
    audit::{INSERT_AUDIT_EVENTS, insert_audit_event},
    batch::Batch,
    change::Change,
    engine::Handle,
    tokens::{
        End, Target,
        hot::{INSERT_TOKENS, REVOKE_ENTRIES, REVOKE_REFERENCES, insert_token, revoke_token},
    },
    used_identifiers::USE_IDENTIFIERS,
};

/// Writes that stand or fall together, each of which must change one row.
///
/// It shares a transaction with the commands of other requests, of which it feels nothing: if one
/// of its writes finds its row not as it must be, all of its own are undone, and no other's.
#[derive(Debug)]
pub struct Command(pub(super) Vec<Write>);

/// One write, of one row.
#[derive(Debug)]
pub(super) enum Write {
    InsertToken(Box<TokenEntry>),
    RevokeToken { target: Target, client_id: ClientId, end: End },
    UseIdentifier { kind: &'static str, identifier: Sha256, expires_at: Timestamp },
    InsertAuditEvent(AuditEvent),
}

/// The writes that can share a statement, in the order in which every transaction takes them: two
/// that wait for each other's rows would never end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Identifiers,
    Insertions,
    Revocations,
    ReferenceRevocations,
    AuditEvents,
}

/// Which row a write is about, among those of its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Row {
    Token(i64),
    Reference(Vec<u8>),
    Identifier(String, Vec<u8>),
    AuditEvent(Uuid),
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
        self.0.push(Write::UseIdentifier { kind, identifier, expires_at });
        self
    }

    /// Adds an event to the audit log.
    #[must_use]
    pub fn insert_audit_event(mut self, event: AuditEvent) -> Self {
        self.0.push(Write::InsertAuditEvent(event));
        self
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
            // Nothing is kept of what was not there.
            Write::InsertToken(_) | Write::UseIdentifier { .. } | Write::InsertAuditEvent(_) => {
                None
            }
        })
    }
}

impl Default for Command {
    fn default() -> Self {
        Self::new()
    }
}

impl Write {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Write::InsertToken(_) => Kind::Insertions,
            Write::RevokeToken { target: Target::Reference(_), .. } => Kind::ReferenceRevocations,
            Write::RevokeToken { .. } => Kind::Revocations,
            Write::UseIdentifier { .. } => Kind::Identifiers,
            Write::InsertAuditEvent(_) => Kind::AuditEvents,
        }
    }

    pub(super) fn row(&self) -> Row {
        let token = |key: EntryKey| Row::Token(i64::from_be_bytes(key.to_bytes()));
        match self {
            Write::InsertToken(entry) => token(entry.entry_key),
            Write::RevokeToken { target, .. } => match target {
                Target::Reference(hash) => Row::Reference(hash.as_bytes().to_vec()),
                Target::Located(key, _) | Target::Entry(key) => token(*key),
                Target::Jwt(id) => token(id.entry_key),
            },
            Write::UseIdentifier { kind, identifier, .. } => {
                Row::Identifier((*kind).to_owned(), identifier.as_bytes().to_vec())
            }
            Write::InsertAuditEvent(event) => Row::AuditEvent(event.audit_id),
        }
    }

    fn bind_to(&self, batch: &mut Batch) {
        match self {
            Write::InsertToken(entry) => insert_token(batch, entry),
            Write::RevokeToken { target, client_id, end } => {
                revoke_token(batch, target, (client_id, end));
            }
            Write::UseIdentifier { kind, identifier, expires_at } => {
                batch.bind(*kind).bind(identifier).bind(*expires_at);
            }
            Write::InsertAuditEvent(event) => insert_audit_event(batch, event),
        }
    }
}

/// The statement for `writes`, all of one kind and about different rows.
pub(super) fn batch_of<'w>(kind: Kind, writes: impl Iterator<Item = &'w Write>) -> Batch {
    let mut batch = Batch::new(match kind {
        Kind::Identifiers => &USE_IDENTIFIERS,
        Kind::Insertions => &INSERT_TOKENS,
        Kind::Revocations => &REVOKE_ENTRIES,
        Kind::ReferenceRevocations => &REVOKE_REFERENCES,
        Kind::AuditEvents => &INSERT_AUDIT_EVENTS,
    });
    writes.for_each(|write| write.bind_to(&mut batch));
    batch
}

/// Runs such a statement. Answers with the rows that it changed; `None` for all, of a kind that
/// changes all or fails.
///
/// # Errors
///
/// [`super::Error::Conflict`] if an entry has a key or a hash that is taken. A key has 30
/// random bits within its second, so at ten thousand a second that happens about every twenty
/// seconds: failing and halving one group costs less than asking for it on every row.
pub(super) async fn run_batch(
    handle: &mut Handle,
    kind: Kind,
    batch: Batch,
) -> Result<Option<Vec<Row>>> {
    Ok(Some(match kind {
        Kind::Insertions | Kind::AuditEvents => {
            return handle.execute_batch(batch).await.map(|_| None);
        }
        Kind::Revocations => {
            let rows: Vec<(i64,)> = handle.batch(batch).await?;
            rows.into_iter().map(|(key,)| Row::Token(key)).collect()
        }
        Kind::ReferenceRevocations => {
            let rows: Vec<(Vec<u8>,)> = handle.batch(batch).await?;
            rows.into_iter().map(|(hash,)| Row::Reference(hash)).collect()
        }
        Kind::Identifiers => {
            let rows: Vec<(String, Vec<u8>)> = handle.batch(batch).await?;
            rows.into_iter().map(|(kind, hash)| Row::Identifier(kind, hash)).collect()
        }
    }))
}

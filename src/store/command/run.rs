//! Running the writes of a kind, and telling which rows they changed.

use super::{
    super::{
        Result,
        batch::Batch,
        engine::{Handle, Record},
        tokens::{rotate::rotate, spend::Spent},
    },
    write::{Kind, Row, Touched, Write, batch_of},
};

/// Runs `writes`, all of one kind and about different rows. Answers as [`run_batch`].
///
/// # Errors
///
/// As [`run_batch`].
pub(in crate::store) async fn run_writes<'w>(
    handle: &mut Handle,
    kind: Kind,
    writes: impl Iterator<Item = &'w Write>,
) -> Result<Option<Vec<Touched>>> {
    if kind.is_one_statement() {
        return run_batch(handle, kind, batch_of(kind, writes)).await;
    }
    let rotations = writes.filter_map(|write| match write {
        Write::Rotate(rotation) => Some(rotation.as_ref()),
        _ => None,
    });
    rotate(handle, rotations).await.map(Some)
}

/// Runs such a statement. Answers with the rows that it changed; `None` for all, of a kind that
/// changes all or fails.
///
/// # Errors
///
/// [`crate::store::Error::Conflict`] if an entry has a key or a hash that is taken. A key has 30
/// random bits within its second, so at ten thousand a second that happens about every twenty
/// seconds: failing and halving one group costs less than asking for it on every row.
pub(in crate::store) async fn run_batch(
    handle: &mut Handle,
    kind: Kind,
    batch: Batch,
) -> Result<Option<Vec<Touched>>> {
    Ok(Some(match kind {
        Kind::Insertions
        | Kind::RefreshInsertions
        | Kind::RuledInsertions
        | Kind::HeldInsertions
        | Kind::Successors
        | Kind::Families
        | Kind::Rotations
        | Kind::AuditEvents => {
            return handle.execute_batch(batch).await.map(|_| None);
        }
        Kind::Spendings => {
            let rows: Vec<Spent> = handle.batch(batch).await?;
            rows.into_iter().map(Touched::from).collect()
        }
        Kind::LateInsertions
        | Kind::CodeRedemptions
        | Kind::Revocations
        | Kind::Supersessions
        | Kind::Deletions => touched(handle, batch, |(key,)| Row::Token(key)).await?,
        Kind::BegunFamilies => touched(handle, batch, |(id,)| Row::Family(id)).await?,
        Kind::ReferenceRevocations | Kind::ForeignEnds | Kind::Claims => {
            touched(handle, batch, |(hash,)| Row::Reference(hash)).await?
        }
        Kind::Slots => touched(handle, batch, |(key,)| Row::Slot(key)).await?,
        Kind::Uses => touched(handle, batch, |(key, name)| Row::Use(key, name)).await?,
        Kind::Identifiers => {
            touched(handle, batch, |(kind, hash)| Row::Identifier(kind, hash)).await?
        }
    }))
}

async fn touched<R: Record>(
    handle: &mut Handle,
    batch: Batch,
    row: impl Fn(R) -> Row,
) -> Result<Vec<Touched>> {
    let rows: Vec<R> = handle.batch(batch).await?;
    Ok(rows.into_iter().map(|found| Touched { row: row(found), spent: None }).collect())
}

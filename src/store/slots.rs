//! Slots: the right to be one of so many active tokens, or the next after a time.

use std::sync::LazyLock;

use sqlx::FromRow;

use crate::model::{entry_key::EntryKey, secret::Sha256, timestamp::Timestamp};

use super::{
    Result,
    batch::{Batch, BatchSql, Type},
    engine::Handle,
};

/// A slot that a new entry is to take.
#[derive(Debug, Clone)]
pub struct TakenSlot {
    /// Which slot.
    pub slot_key: Sha256,
    /// Who takes it.
    pub entry_key: EntryKey,
    /// Who was seen to hold it and gives way; `None` where nobody was.
    pub holder: Option<EntryKey>,
    /// Nobody takes it before, whoever holds it.
    pub held_until: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
}

/// A slot, and who holds it.
#[derive(Debug, Clone, FromRow)]
pub struct Slot {
    /// Which slot.
    pub slot_key: Vec<u8>,
    /// Who took it last.
    pub entry_key: EntryKey,
    /// Nobody takes it before.
    pub held_until: Option<Timestamp>,
}

/// Who holds a slot, and what is kept of it to be told again.
#[derive(Debug, Clone, FromRow)]
pub struct SlotHolder {
    /// Its entry, which may have ended, or be gone.
    pub entry_key: EntryKey,
    /// Its string, sealed; `None` where it is never told again, or has ended.
    pub token_sealed: Option<Vec<u8>>,
    /// Which envelope key sealed it.
    pub seal_key: Option<i64>,
}

/// What became of a command that takes a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taking {
    /// All of it was done.
    Done,
    /// Another took the slot since it was looked at: nothing was done.
    Lost,
    /// Another token of the slot had to be written first, and is now: nothing was done. Look again.
    Again,
    /// A key was taken, or what was to give way had ended: nothing was done.
    Refused,
}

/// Takes slots that nobody holds, or the one who was seen to, and whose time is over where they
/// have one. What was seen is compared, not looked up again: the statement that lost a race reads
/// the database as it was before the winner.
pub(super) static TAKE_SLOTS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[
            ("wanted", Type::Bytes),
            ("taker", Type::Integer),
            ("holder", Type::Integer),
            ("until", Type::Integer),
            ("moment", Type::Integer),
        ],
        "INSERT INTO slots (slot_key, entry_key, held_until)
         SELECT wanted, taker, until FROM given WHERE true
         ON CONFLICT (slot_key) DO UPDATE
             SET entry_key = excluded.entry_key, held_until = excluded.held_until
             WHERE slots.entry_key = (SELECT holder FROM given
                                      WHERE given.wanted = slots.slot_key)
               AND (slots.held_until IS NULL
                    OR slots.held_until <= (SELECT moment FROM given
                                            WHERE given.wanted = slots.slot_key))
         RETURNING slot_key",
    )
});

/// Binds a row of [`TAKE_SLOTS`].
pub(super) fn take_slot(batch: &mut Batch, slot: &TakenSlot) {
    batch
        .bind(&slot.slot_key)
        .bind(slot.entry_key)
        .bind(slot.holder.map(|holder| i64::from_be_bytes(holder.to_bytes())))
        .bind(slot.held_until)
        .bind(slot.at);
}

/// Finds slots.
static FIND_SLOTS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("wanted", Type::Bytes)],
        "SELECT s.slot_key, s.entry_key, s.held_until
         FROM given CROSS JOIN slots s WHERE s.slot_key = given.wanted",
    )
});

impl Handle {
    /// Those of these slots that anybody ever took.
    pub async fn slots(&mut self, keys: &[Sha256]) -> Result<Vec<Slot>> {
        let mut batch = Batch::new(&FIND_SLOTS);
        for key in keys {
            batch.bind(key);
        }
        if keys.is_empty() { Ok(Vec::new()) } else { self.batch(batch).await }
    }

    /// Who took a slot last, if anybody ever did.
    pub async fn slot_holder(&mut self, slot_key: &Sha256) -> Result<Option<SlotHolder>> {
        self.query(
            "SELECT s.entry_key, t.token_sealed, t.seal_key
             FROM slots s LEFT JOIN tokens t ON t.entry_key = s.entry_key
             WHERE s.slot_key = $1",
        )
        .bind(slot_key)
        .fetch_optional()
        .await
    }

    /// Forgets slots whose holder's time is over at `now`, and those of endless entries that are
    /// gone, at most `limit` of each. One that is taken anew meanwhile stays: its row says so once
    /// the taker lets go of it. Returns how many.
    pub async fn sweep_slots(&mut self, now: Timestamp, limit: i64) -> Result<u64> {
        let timed = self
            .query(
                "DELETE FROM slots WHERE slot_key IN
                     (SELECT slot_key FROM slots
                      WHERE entry_key < $1 AND (held_until IS NULL OR held_until <= $3)
                      ORDER BY entry_key LIMIT $2)
                   AND entry_key < $1 AND (held_until IS NULL OR held_until <= $3)",
            )
            .bind(EntryKey::floor(now))
            .bind(limit)
            .bind(now)
            .execute()
            .await?;
        let endless = self
            .query(
                "DELETE FROM slots WHERE (slot_key, entry_key) IN
                     (SELECT s.slot_key, s.entry_key FROM slots s
                      WHERE s.entry_key >= $1 AND (s.held_until IS NULL OR s.held_until <= $3)
                        AND NOT EXISTS (SELECT 1 FROM tokens t WHERE t.entry_key = s.entry_key)
                      LIMIT $2)",
            )
            .bind(EntryKey::first_endless())
            .bind(limit)
            .bind(now)
            .execute()
            .await?;
        Ok(timed.max(endless))
    }
}

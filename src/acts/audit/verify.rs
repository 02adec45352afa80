//! Checking the chain: from the oldest event that is kept to its end, a page at a time.

use crate::{
    app::App,
    model::audit::{AuditChain, CHAIN_START, KeptEvent},
    tokens::AuditKey,
};

use super::Result;

/// How many events are checked at a time.
const PAGE: i64 = 500;

/// A walk along the chain, which can be gone on with later.
#[derive(Debug, Clone)]
pub struct ChainWalk {
    /// The place of the last event that is checked.
    after: i64,
    /// What stands for it and all before it.
    chain: Vec<u8>,
    /// Where the walk began; `None` before it did.
    began_after: Option<i64>,
    noted: Option<Noted>,
}

/// What somebody noted elsewhere when they checked before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// The place.
    pub sequence: i64,
    /// What stood for it and all before it.
    pub chain: Vec<u8>,
}

/// What came of one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// All is well so far.
    Going,
    /// All is well up to the end.
    Whole(WholeChain),
    /// Something was done to the log.
    Broken(Break),
}

/// A chain in which nothing is missing or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeChain {
    /// The place of its end.
    pub sequence: i64,
    /// What stands for the whole of it: to be noted elsewhere.
    pub chain: Vec<u8>,
    /// The place of the last event that was swept.
    pub kept_after: i64,
}

/// The first place at which something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The place.
    pub sequence: i64,
    /// What is wrong there.
    pub damage: Damage,
}

/// What was done to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// The events from there to this place are gone.
    Missing(i64),
    /// The event there is another than it was.
    Changed,
    /// What belongs there stands at this place.
    Moved(i64),
    /// The event there stands beyond the end.
    Added,
    /// The row that tells where the chain ends is gone.
    NoEnd,
    /// The row that tells where the chain ends says something else.
    OtherEnd,
    /// The row that tells where the chain begins says what no sweep noted: its beginning was cut off.
    OtherBeginning,
    /// It is another than was noted elsewhere.
    NotAsNoted,
}

impl ChainWalk {
    /// A walk along the whole chain, which is compared with what somebody noted.
    #[must_use]
    pub fn new(noted: Option<Noted>) -> Self {
        Self { after: 0, chain: CHAIN_START.to_vec(), began_after: None, noted }
    }

    /// How many events were checked.
    #[must_use]
    pub fn checked(&self) -> i64 {
        self.began_after.map_or(0, |began| self.after - began)
    }

    /// Checks the next page.
    ///
    /// # Errors
    ///
    /// What the store says, or that there is no key to check with.
    pub async fn step(&mut self, app: &App) -> Result<Step> {
        let key = app.tokens.sealer().audit_key(&app.store, app.now()).await?;
        if self.began_after.is_none() {
            let ends = app.store.read().await?.audit_chain().await?;
            if let Some(broken) = self.begin(&key, ends).or_else(|| self.compare()) {
                return Ok(Step::Broken(broken));
            }
        }
        let rows = app.store.read().await?.sealed_events(self.after, PAGE).await?;
        if rows.is_empty() {
            return self.end(app).await;
        }
        for (place, row) in rows.iter().enumerate() {
            let expected = self.after + 1;
            let found = row.sequence.unwrap_or(expected);
            if found != expected {
                return self.gap(app, &key, (expected, found)).await;
            }
            let link = key.link(&self.chain, &row.event, expected);
            if row.chain.as_deref() != Some(&link[..]) {
                let damage = self.damage(&key, &rows[place..], expected);
                return Ok(Step::Broken(Break { sequence: expected, damage }));
            }
            (self.after, self.chain) = (expected, link);
            if let Some(broken) = self.compare() {
                return Ok(Step::Broken(broken));
            }
        }
        Ok(Step::Going)
    }

    /// Walks to the end.
    ///
    /// # Errors
    ///
    /// As [`ChainWalk::step`].
    pub async fn finish(&mut self, app: &App) -> Result<Step> {
        loop {
            match self.step(app).await? {
                Step::Going => {}
                end => return Ok(end),
            }
        }
    }

    /// Begins after what was swept, unless what is noted of that is none of ours.
    fn begin(&mut self, key: &AuditKey, ends: Option<AuditChain>) -> Option<Break> {
        if let Some(AuditChain { kept_after, kept_chain, .. }) = ends {
            let Some(chain) = key.swept_until(kept_after, &kept_chain) else {
                let sequence = kept_after.saturating_add(1);
                return Some(Break { sequence, damage: Damage::OtherBeginning });
            };
            (self.after, self.chain) = (kept_after, chain);
        }
        self.began_after = Some(self.after);
        None
    }

    /// Places are missing, unless they were swept since the walk began.
    async fn gap(
        &mut self,
        app: &App,
        key: &AuditKey,
        (expected, found): (i64, i64),
    ) -> Result<Step> {
        let ends = app.store.read().await?.audit_chain().await?;
        if let Some(ends) = ends.filter(|ends| ends.kept_after > self.after) {
            return Ok(self.begin(key, Some(ends)).map_or(Step::Going, Step::Broken));
        }
        let damage = Damage::Missing(found - 1);
        Ok(Step::Broken(Break { sequence: expected, damage }))
    }

    /// Whether the chain ends here.
    async fn end(&self, app: &App) -> Result<Step> {
        let broken = |sequence, damage| Ok(Step::Broken(Break { sequence, damage }));
        let mut store = app.store.read().await?;
        let Some(ends) = store.audit_chain().await? else {
            return match &self.noted {
                _ if self.after > 0 => broken(self.after, Damage::NoEnd),
                Some(noted) if noted.sequence > 0 => broken(1, Damage::Missing(noted.sequence)),
                _ => {
                    let chain = self.chain.clone();
                    Ok(Step::Whole(WholeChain { sequence: 0, chain, kept_after: 0 }))
                }
            };
        };
        if ends.sequence > self.after {
            // They may have been sealed since.
            if !store.sealed_events(self.after, 1).await?.is_empty() {
                return Ok(Step::Going);
            }
            return broken(self.after + 1, Damage::Missing(ends.sequence));
        }
        if ends.sequence < self.after {
            return broken(ends.sequence + 1, Damage::Added);
        }
        if ends.chain != self.chain {
            return broken(self.after, Damage::OtherEnd);
        }
        if let Some(noted) = self.noted.as_ref().filter(|noted| noted.sequence > self.after) {
            return broken(self.after + 1, Damage::Missing(noted.sequence));
        }
        let (sequence, chain) = (ends.sequence, ends.chain);
        Ok(Step::Whole(WholeChain { sequence, chain, kept_after: ends.kept_after }))
    }

    /// Compares with what was noted, where the walk has come to it.
    fn compare(&self) -> Option<Break> {
        let noted = self.noted.as_ref().filter(|noted| noted.sequence == self.after)?;
        let is_other = noted.chain != self.chain;
        is_other.then_some(Break { sequence: self.after, damage: Damage::NotAsNoted })
    }

    /// What was done to the event at `expected`, the first of `rows`: whether another is what was
    /// sealed there.
    fn damage(&self, key: &AuditKey, rows: &[KeptEvent], expected: i64) -> Damage {
        let here = rows.first().and_then(|row| row.chain.clone());
        let belongs_here = |row: &&KeptEvent| {
            let link = Some(key.link(&self.chain, &row.event, expected));
            link == here || link == row.chain
        };
        let moved = rows.iter().skip(1).find(belongs_here).and_then(|row| row.sequence);
        moved.map_or(Damage::Changed, Damage::Moved)
    }
}

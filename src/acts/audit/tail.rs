//! Following the log: what was written since the last look.

use std::{collections::BTreeSet, time::Duration};

use uuid::Uuid;

use crate::{
    app::App,
    model::{
        audit::KeptEvent,
        id::{lowest_uuid, time_of_uuid},
        timestamp::Timestamp,
    },
    store::{AuditPath, EventsWanted},
};

use super::Result;

/// How long an event may come after others that were written later: its transaction was slow, or
/// the clock of its node is behind.
const LATE: Duration = Duration::from_secs(10);

/// At most so many events are read in one look; more come with the next.
const PAGE: i64 = 500;

/// Somebody who follows the log.
#[derive(Debug)]
pub struct Tail {
    /// Nothing of before is told.
    from: Uuid,
    /// What was told of those that are looked at again.
    told: BTreeSet<Uuid>,
}

impl Tail {
    /// Follows the log from `at` on.
    #[must_use]
    pub fn from(at: Timestamp) -> Self {
        Self { from: lowest_uuid(at), told: BTreeSet::new() }
    }

    /// Follows the log from an event on that was told before: those of a moment before that are not
    /// known to have been told come again.
    #[must_use]
    pub fn after(event: Uuid) -> Self {
        Self { from: event, told: BTreeSet::from([event]) }
    }

    /// Tells none of these again.
    pub fn skip(&mut self, events: &[KeptEvent]) {
        self.told.extend(events.iter().map(|kept| kept.event.audit_id));
    }

    /// What was written since the last look, in the order in which it happened.
    ///
    /// # Errors
    ///
    /// What the store says; the next look tells it then.
    pub async fn next(&mut self, app: &App) -> Result<Vec<KeptEvent>> {
        let mut news = Vec::new();
        let mut above = self.from;
        let mut store = app.store.read().await?;
        loop {
            let wanted =
                EventsWanted { above, below: Uuid::max(), newest_first: false, limit: PAGE };
            let found = store.audit_events(&AuditPath::All, &wanted).await?;
            let is_full = i64::try_from(found.len()) == Ok(PAGE);
            let Some(last) = found.last() else { break };
            above = last.event.audit_id;
            news.extend(found.into_iter().filter(|kept| !self.told.contains(&kept.event.audit_id)));
            if !is_full || !news.is_empty() {
                break;
            }
        }
        self.told.extend(news.iter().map(|kept| kept.event.audit_id));
        // By our clock, too: one that is ahead must not make us miss what others write.
        let seen = self.told.last().map_or(app.now(), |last| time_of_uuid(*last));
        let floor = lowest_uuid(seen.min(app.now()).minus(LATE));
        if floor > self.from {
            self.from = floor;
            self.told = self.told.split_off(&floor);
        }
        Ok(news)
    }
}

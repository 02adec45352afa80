//! Many tokens that are to end: which, and how many that would be.

use std::time::{Duration, Instant};

use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    acts::{Error, Result, clients},
    app::App,
    model::{
        client_id::ClientId,
        entry_key::EntryKey,
        query::{Condition, Search, TokenQuery, Whole},
        standing::StandingEntry,
        timestamp::Timestamp,
    },
};

use super::{
    reach::{Distinct, MOST_DISTINCT, Reach},
    walk::{Walk, search},
};

/// How many families are looked at, or ended, at once.
pub(super) const FAMILIES: usize = 100;

/// Tokens to be ended, seen at a moment.
#[derive(Debug)]
pub struct MassRevocation {
    pub(super) search: Search,
    pub(super) whole: Option<Holder>,
    pub(super) takes_families: bool,
    stop: Option<watch::Receiver<bool>>,
    /// When it begins, and how long it may take.
    limit: Option<(Instant, Duration)>,
}

/// Somebody all of whose tokens are meant, and the generation that they are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holder {
    Client(ClientId, i64),
    User(Uuid, i64),
}

impl MassRevocation {
    /// Sees what `query` means now. With `takes_families`, whole families are meant of which any
    /// token matches, ended or not.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a query that means every token there is, [`Error::NotFound`] for a
    /// user, or a client named alone, that there is not.
    pub async fn see(app: &App, query: TokenQuery, takes_families: bool) -> Result<Self> {
        if query.is_empty() {
            let text = "an empty query means every token there is; say which ones are to end";
            return Err(Error::Invalid(text.to_owned()));
        }
        let search = search(app, query, app.now()).await?;
        let whole = holder(app, &search).await?;
        Ok(Self { search, whole, takes_families, stop: None, limit: None })
    }

    /// The same, which ends no more once `stop` is true.
    #[must_use]
    pub fn until(self, stop: watch::Receiver<bool>) -> Self {
        Self { stop: Some(stop), ..self }
    }

    /// The same, which ends no more once it took so long from now on.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit: Some((Instant::now(), limit)), ..self }
    }

    /// Whether it is to end no more.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| *stop.borrow())
            || self.limit.is_some_and(|(began, limit)| began.elapsed() >= limit)
    }

    /// Whether all is done by one statement, however many tokens there are.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole.is_some()
    }

    /// The moment at which it was seen: nothing that was issued later is looked for.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.search.at
    }

    /// Whether a token is meant: it matches, and something could still come of it.
    fn means(&self, found: &StandingEntry) -> bool {
        found.entry.created_at <= self.search.at && !found.is_over(self.search.at)
    }

    /// Counts what would be ended. It looks at everything that might be meant, in bounded
    /// statements.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] for more families than can be told apart, where whole ones are meant.
    pub async fn measure(&self, app: &App) -> Result<Reach> {
        self.measure_within(app, i64::MAX).await
    }

    /// The same, which looks at about so many entries at most.
    ///
    /// # Errors
    ///
    /// As [`MassRevocation::measure`].
    pub async fn measure_within(&self, app: &App, most: i64) -> Result<Reach> {
        let mut reach = Reach::default();
        if self.takes_families && self.whole.is_none() {
            self.measure_families(app, &mut reach, most).await?;
            return Ok(reach);
        }
        let mut walk = Walk::of_living(app, &self.search, self.search.at);
        while walk.looked() < most
            && let Some(found) = walk.next().await?
        {
            found.iter().filter(|found| self.means(found)).for_each(|found| reach.add(found));
        }
        reach.is_cut = !walk.is_over();
        Ok(reach)
    }

    async fn measure_families(&self, app: &App, reach: &mut Reach, most: i64) -> Result<()> {
        let mut seen = Distinct::default();
        let mut walk = self.walk(app);
        let mut left = most;
        while walk.looked() < most
            && let Some(found) = walk.next().await?
        {
            let (families, alone) = self.part(&found);
            for found in alone {
                reach.add(found);
            }
            let families: Vec<Uuid> = families.into_iter().filter(|id| seen.add(*id)).collect();
            if seen.count().1 {
                let text = format!(
                    "more than {MOST_DISTINCT} families match; narrow the query, or don't ask"
                );
                return Err(Error::Conflict(text));
            }
            for families in families.chunks(FAMILIES) {
                left = self.measure_these(app, reach, (families, left)).await?;
            }
            if left <= 0 {
                reach.is_cut = true;
                return Ok(());
            }
        }
        reach.is_cut |= !walk.is_over();
        Ok(())
    }

    /// Counts what lives of some families: as many at once as are small together, a large one by
    /// itself. Returns how many of `most` entries may still be looked at; at 0 it stops.
    async fn measure_these(
        &self,
        app: &App,
        reach: &mut Reach,
        (families, most): (&[Uuid], i64),
    ) -> Result<i64> {
        let lives = |found: &&StandingEntry| !found.is_over(self.search.at);
        let (mut left, mut waiting) = (most, vec![families]);
        while left > 0
            && let Some(families) = waiting.pop()
        {
            let found = app.store.read().await?.tokens_of_families(families).await?;
            match (found, families) {
                (Some(found), _) => {
                    left = left.saturating_sub(i64::try_from(found.len()).unwrap_or(i64::MAX));
                    found.iter().filter(lives).for_each(|found| reach.add(found));
                }
                (None, [family]) => left = self.measure_one(app, reach, (*family, left)).await?,
                (None, families) => {
                    let (some, others) = families.split_at(families.len() / 2);
                    waiting.extend([others, some]);
                }
            }
        }
        Ok(left)
    }

    /// The same of one family, a stretch at a time.
    async fn measure_one(
        &self,
        app: &App,
        reach: &mut Reach,
        (family, most): (Uuid, i64),
    ) -> Result<i64> {
        let query = TokenQuery::default().and(Condition::Family(vec![family]));
        let search = search(app, query, self.search.at).await?;
        let mut walk = Walk::of_living(app, &search, self.search.at);
        while walk.looked() < most
            && let Some(found) = walk.next().await?
        {
            let lives = found.iter().filter(|found| !found.is_over(self.search.at));
            lives.for_each(|found| reach.add(found));
        }
        reach.is_cut |= !walk.is_over();
        Ok(most.saturating_sub(walk.looked()))
    }

    /// Walks through what may be meant. Where families are, also through what has ended.
    pub(super) fn walk<'w>(&'w self, app: &'w App) -> Walk<'w> {
        if self.takes_families {
            let first = EntryKey::floor(self.search.at);
            return Walk::begin(app, &self.search, (first, usize::MAX));
        }
        Walk::of_living(app, &self.search, self.search.at)
    }

    /// The families that are meant as a whole, and the tokens that are meant alone.
    pub(super) fn part<'f>(
        &self,
        found: &'f [StandingEntry],
    ) -> (Vec<Uuid>, Vec<&'f StandingEntry>) {
        let mut families = Vec::new();
        let mut alone = Vec::new();
        for found in found.iter().filter(|found| found.entry.created_at <= self.search.at) {
            match found.entry.authorization_id.filter(|_| self.takes_families) {
                Some(family) => families.push(family),
                None if self.means(found) => alone.push(found),
                None => {}
            }
        }
        // Two that end the same families take them in the same order.
        families.sort_unstable();
        families.dedup();
        (families, alone)
    }
}

/// Whose tokens are meant, if it is just all of somebody's.
async fn holder(app: &App, search: &Search) -> Result<Option<Holder>> {
    Ok(match search.query.whole() {
        None => None,
        Some(Whole::Client(id)) => {
            let client = clients::find(app, &id).await?;
            Some(Holder::Client(id, client.generation))
        }
        Some(Whole::User(name)) => {
            let found = match search.user(&name) {
                Some(id) => app.store.read().await?.find_user(id).await?,
                None => None,
            };
            let user = found.ok_or_else(|| Error::NotFound(format!("there is no user {name}")))?;
            Some(Holder::User(user.user_id, user.generation))
        }
    })
}

//! Listing the entries that a query means.

use crate::{
    acts::Result,
    app::App,
    model::{
        entry_key::EntryKey,
        query::{Rough, Search, TokenQuery},
        series::Gauge,
        standing::StandingEntry,
    },
    store::Way,
};

use super::walk::{Walk, search};

/// Which entries a list shows.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// Which are meant.
    pub query: TokenQuery,
    /// Only keys above this one; where the last page ended.
    pub after: Option<EntryKey>,
    /// Only keys below this one, the nearest of them; where the page begins that one comes from.
    pub before: Option<EntryKey>,
    /// Also those that were kept long enough and wait for the sweep.
    pub all: bool,
    /// At most so many.
    pub limit: usize,
    /// How many entries are looked at, more or less, before somebody is told to go on; as many as
    /// it takes where there is no such number.
    pub patience: Option<i64>,
}

/// A page of entries, those that end first at its head.
#[derive(Debug, Default)]
pub struct Page {
    /// The entries.
    pub entries: Vec<StandingEntry>,
    /// Whether there are more, the way that was asked for.
    pub has_more: bool,
    /// The key that it stopped at for lack of patience.
    pub stopped_at: Option<EntryKey>,
}

/// How many things there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// So many, counted to the end.
    Exact(i64),
    /// So many and more: nobody counted to the end.
    Over(i64),
    /// About so many: what was counted a while ago, or what the database guesses.
    About(i64),
}

/// How many entries a count looks at, more or less.
const MOST_COUNTED: i64 = 10_000;

/// So many are counted before anybody is asked how many there may be.
const FEW: i64 = 1000;

/// From how many on a rough number makes counting needless: it would not come to its end.
const MANY: i64 = 10 * MOST_COUNTED;

/// A page of the entries that match. However few do, a statement looks at a bounded number of them.
///
/// # Errors
///
/// [`super::super::Error::NotFound`] for a user that there is not, and what the store says.
pub async fn list(app: &App, listing: &Listing) -> Result<Page> {
    let now = app.now();
    let search = search(app, listing.query.clone(), now).await?;
    let kept = if listing.all { EntryKey::lowest() } else { EntryKey::floor(now) };
    let first = match listing.after.map(EntryKey::next) {
        None => kept,
        Some(Some(next)) => next.max(kept),
        Some(None) => return Ok(Page::default()),
    };
    let (way, last) = match listing.before.map(EntryKey::previous) {
        None => (Way::Up, EntryKey::highest()),
        Some(Some(last)) => (Way::Down, last),
        Some(None) => return Ok(Page::default()),
    };
    // One more than is shown tells whether there is another page.
    let wanted = listing.limit.saturating_add(1);
    let mut walk = Walk::between(app, &search, (first, last), (way, wanted));
    let (mut page, _) = fill(&mut walk, listing).await?;
    if way == Way::Down {
        page.entries.reverse();
    }
    Ok(page)
}

/// The first page of the entries that match, and how many do: what was looked at for the one is not
/// looked at again for the other.
///
/// # Errors
///
/// As [`list`].
pub async fn list_and_count(app: &App, listing: &Listing) -> Result<(Page, Count)> {
    let now = app.now();
    let search = search(app, listing.query.clone(), now).await?;
    let mut walk = Walk::begin(app, &search, (EntryKey::floor(now), listing.limit + 1));
    let (page, number) = fill(&mut walk, listing).await?;
    let count = go_on_counting(app, &search, (walk, number)).await?;
    Ok((page, count))
}

/// Fills a page. Says, too, how many matches were found on the way.
async fn fill(walk: &mut Walk<'_>, listing: &Listing) -> Result<(Page, usize)> {
    let mut page = Page { entries: Vec::new(), has_more: false, stopped_at: None };
    while page.entries.len() <= listing.limit
        && let Some(found) = walk.next().await?
    {
        page.entries.extend(found);
        if listing.patience.is_some_and(|patience| walk.looked() >= patience) {
            page.stopped_at = walk.next_key();
            break;
        }
    }
    let number = page.entries.len();
    page.has_more = number > listing.limit;
    if page.has_more {
        page.stopped_at = None;
    }
    page.entries.truncate(listing.limit);
    Ok((page, number))
}

/// How many entries match: exactly, as far as a count goes that looks at a bounded number of them,
/// else about how many, where that is known.
///
/// # Errors
///
/// As [`list`].
pub async fn count(app: &App, query: &TokenQuery) -> Result<Count> {
    let now = app.now();
    let search = search(app, query.clone(), now).await?;
    let walk = Walk::begin(app, &search, (EntryKey::floor(now), usize::MAX));
    go_on_counting(app, &search, (walk, 0)).await
}

/// How many match in all, of which so many were found before.
async fn go_on_counting(
    app: &App,
    search: &Search,
    (mut walk, number): (Walk<'_>, usize),
) -> Result<Count> {
    let mut number = i64::try_from(number).unwrap_or(i64::MAX);
    // What is few is counted, whatever it is thought to be.
    while number < FEW && walk.looked() < MOST_COUNTED && !walk.is_over() {
        number += further(&mut walk, search).await?;
    }
    let about = if walk.is_over() { None } else { about(app, search).await? };
    if let Some(about) = about.filter(|about| *about >= MANY) {
        return Ok(Count::About(about));
    }
    while walk.looked() < MOST_COUNTED && !walk.is_over() {
        number += further(&mut walk, search).await?;
    }
    if walk.is_over() {
        return Ok(Count::Exact(number));
    }
    Ok(about.filter(|about| *about > number).map_or(Count::Over(number), Count::About))
}

/// How many matches a stretch further on has; 0 at the end.
async fn further(walk: &mut Walk<'_>, search: &Search) -> Result<i64> {
    if search.is_along_path() {
        return Ok(walk.skip().await?.unwrap_or_default());
    }
    let found = walk.next().await?.unwrap_or_default();
    Ok(i64::try_from(found.len()).unwrap_or(i64::MAX))
}

/// About how many match, where somebody has counted that before or the database has an idea of it.
async fn about(app: &App, search: &Search) -> Result<Option<i64>> {
    let Some(rough) = search.rough() else { return Ok(None) };
    let mut store = app.store.read().await?;
    let gauge = match rough {
        Rough::Like(alike) => {
            let first = EntryKey::floor(search.at);
            return Ok(store.estimate_tokens(first, &alike).await?);
        }
        Rough::All => Gauge::Entries,
        Rough::Good(types) if types.is_empty() => Gauge::Active,
        Rough::Good(types) => {
            let mut sum = 0;
            for name in types {
                let Some(active) = store.active_of_type(&name).await? else { return Ok(None) };
                sum += active;
            }
            return Ok(Some(sum));
        }
    };
    let latest = store.latest_series().await?;
    Ok(latest.iter().find(|point| point.name == gauge.name()).map(|point| point.value))
}

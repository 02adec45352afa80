//! Listing the entries that a query means.

use crate::{
    acts::Result,
    app::App,
    model::{entry_key::EntryKey, query::TokenQuery, standing::StandingEntry},
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
#[derive(Debug)]
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
pub struct Count {
    /// So many were found.
    pub number: i64,
    /// Whether these are all.
    pub is_exact: bool,
}

/// How many entries a count looks at, more or less.
const MOST_COUNTED: i64 = 10_000;

/// A page of the entries that match. However few do, a statement looks at a bounded number of them.
///
/// # Errors
///
/// [`super::super::Error::NotFound`] for a user that there is not, and what the store says.
pub async fn list(app: &App, listing: &Listing) -> Result<Page> {
    let now = app.now();
    let search = search(app, listing.query.clone(), now).await?;
    let mut page = Page { entries: Vec::new(), has_more: false, stopped_at: None };
    let kept = if listing.all { EntryKey::lowest() } else { EntryKey::floor(now) };
    let first = match listing.after.map(EntryKey::next) {
        None => kept,
        Some(Some(next)) => next.max(kept),
        Some(None) => return Ok(page),
    };
    let (way, last) = match listing.before.map(EntryKey::previous) {
        None => (Way::Up, EntryKey::highest()),
        Some(Some(last)) => (Way::Down, last),
        Some(None) => return Ok(page),
    };
    // One more than is shown tells whether there is another page.
    let wanted = listing.limit.saturating_add(1);
    let mut walk = Walk::between(app, &search, (first, last), (way, wanted));
    while page.entries.len() < wanted
        && let Some(found) = walk.next().await?
    {
        page.entries.extend(found);
        if listing.patience.is_some_and(|patience| walk.looked() >= patience) {
            page.stopped_at = walk.next_key();
            break;
        }
    }
    page.has_more = page.entries.len() >= wanted;
    if page.has_more {
        page.stopped_at = None;
    }
    page.entries.truncate(listing.limit);
    if way == Way::Down {
        page.entries.reverse();
    }
    Ok(page)
}

/// How many entries match, as far as a count goes that looks at a bounded number of them.
///
/// # Errors
///
/// As [`list`].
pub async fn count(app: &App, query: &TokenQuery) -> Result<Count> {
    let now = app.now();
    let search = search(app, query.clone(), now).await?;
    let mut walk = Walk::begin(app, &search, (EntryKey::floor(now), usize::MAX));
    let mut number: usize = 0;
    while walk.looked() < MOST_COUNTED
        && let Some(found) = walk.next().await?
    {
        number += found.len();
    }
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    Ok(Count { number, is_exact: walk.is_over() })
}

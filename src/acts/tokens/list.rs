//! Listing the entries that a query means.

use crate::{
    acts::Result,
    app::App,
    model::{entry_key::EntryKey, query::TokenQuery, standing::StandingEntry},
};

use super::walk::{Walk, search};

/// Which entries a list shows.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// Which are meant.
    pub query: TokenQuery,
    /// Only keys above this one; where the last page ended.
    pub after: Option<EntryKey>,
    /// Also those that were kept long enough and wait for the sweep.
    pub all: bool,
    /// At most so many.
    pub limit: usize,
}

/// A page of entries, those that end first at its head.
#[derive(Debug)]
pub struct Page {
    /// The entries.
    pub entries: Vec<StandingEntry>,
    /// Whether there are more.
    pub has_more: bool,
}

/// A page of the entries that match. However few do, a statement looks at a bounded number of them.
///
/// # Errors
///
/// [`super::super::Error::NotFound`] for a user that there is not, and what the store says.
pub async fn list(app: &App, listing: &Listing) -> Result<Page> {
    let now = app.now();
    let search = search(app, listing.query.clone(), now).await?;
    let kept = if listing.all { EntryKey::lowest() } else { EntryKey::floor(now) };
    let mut entries = Vec::new();
    let first = match listing.after.map(EntryKey::next) {
        None => kept,
        Some(Some(next)) => next.max(kept),
        Some(None) => return Ok(Page { entries, has_more: false }),
    };
    // One more than is shown tells whether there is another page.
    let wanted = listing.limit.saturating_add(1);
    let mut walk = Walk::begin(app, &search, (first, wanted));
    while entries.len() < wanted
        && let Some(found) = walk.next().await?
    {
        entries.extend(found);
    }
    let has_more = entries.len() >= wanted;
    entries.truncate(listing.limit);
    Ok(Page { entries, has_more })
}

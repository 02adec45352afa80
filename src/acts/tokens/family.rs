//! Entries that came of the same authorization.

use uuid::Uuid;

use crate::{
    acts::Result,
    app::App,
    model::{
        entry_key::EntryKey,
        query::{Condition, TokenQuery},
        standing::StandingEntry,
        token_entry::TokenKind,
    },
};

use super::list::{Listing, list};

/// A family, as far as its entries are kept and shown.
#[derive(Debug)]
pub struct Family {
    /// Its entries, the oldest first.
    pub entries: Vec<StandingEntry>,
    /// Whether there are others, which end before these.
    pub has_more: bool,
}

/// How many entries of a family are looked at.
const MOST_SHOWN: usize = 100;

/// The entries of a family that end last.
///
/// # Errors
///
/// What the store says.
pub async fn family(app: &App, family: Uuid) -> Result<Family> {
    let query = TokenQuery::default().and(Condition::Family(vec![family]));
    let before = Some(EntryKey::highest());
    let listing = Listing { query, before, limit: MOST_SHOWN, all: true, ..Listing::default() };
    let mut page = list(app, &listing).await?;
    // What was issued together begins with the refresh token.
    page.entries.sort_by_key(|found| {
        let entry = &found.entry;
        (entry.created_at, entry.kind != TokenKind::Refresh, entry.entry_key)
    });
    Ok(Family { entries: page.entries, has_more: page.has_more })
}

/// Takes out of `found` what is of a family: a query for these families, if there are any.
pub fn take_families(found: &mut Vec<StandingEntry>) -> Option<TokenQuery> {
    let mut families: Vec<Uuid> =
        found.iter().filter_map(|one| one.entry.authorization_id).collect();
    families.sort_unstable();
    families.dedup();
    found.retain(|one| one.entry.authorization_id.is_none());
    (!families.is_empty()).then(|| TokenQuery::default().and(Condition::Family(families)))
}

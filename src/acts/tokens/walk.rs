//! Looking through the entries for those that a query means, a bounded stretch at a time.

use std::collections::HashMap;

use crate::{
    acts::{Error, Result},
    app::App,
    model::{
        entry_key::EntryKey,
        query::{Narrowed, Path, Search, TokenQuery, UserName},
        standing::StandingEntry,
        timestamp::Timestamp,
    },
    store::{Handle, Way},
};

/// The most entries that are looked at in one go.
const LONGEST_STRETCH: i64 = 1000;

/// The fewest: those after them are likely to be wanted as well.
const SHORTEST_STRETCH: i64 = 50;

/// Makes a search of a query at `at`: finds the users that it names.
///
/// # Errors
///
/// [`Error::NotFound`] for a user that there is not and never was.
pub(super) async fn search(app: &App, query: TokenQuery, at: Timestamp) -> Result<Search> {
    let named: Vec<(&str, &str)> = query
        .users()
        .filter_map(|user| match user {
            UserName::Named { realm, name } => Some((realm.as_str(), name.folded())),
            UserName::Id(_) => None,
        })
        .collect();
    let mut users = HashMap::with_capacity(named.len());
    if !named.is_empty() {
        let found = app.store.read().await?.find_users_named(named.into_iter()).await?;
        users
            .extend(found.into_iter().map(|user| ((user.realm, user.username_fold), user.user_id)));
    }
    let search = Search { query, at, users };
    if let Some(user) = search.query.users().find(|user| search.user(user).is_none()) {
        return Err(Error::NotFound(format!("there is no user {user}")));
    }
    Ok(search)
}

/// A walk through the entries in the order of their keys.
pub(super) struct Walk<'w> {
    app: &'w App,
    search: &'w Search,
    narrowed: Narrowed,
    way: Way,
    /// How many entries to look at next.
    length: i64,
    /// How many it looked at, and perhaps some more.
    looked: i64,
    /// What is left to look at: the lowest key and the highest; `None` at the end.
    rest: Option<(EntryKey, EntryKey)>,
}

impl<'w> Walk<'w> {
    /// A walk from `first` on, for whoever wants about so many matches.
    pub(super) fn begin(
        app: &'w App,
        search: &'w Search,
        (first, wanted): (EntryKey, usize),
    ) -> Self {
        Self::between(app, search, (first, EntryKey::highest()), (Way::Up, wanted))
    }

    /// A walk between two keys, from either end.
    pub(super) fn between(
        app: &'w App,
        search: &'w Search,
        (first, last): (EntryKey, EntryKey),
        (way, wanted): (Way, usize),
    ) -> Self {
        let narrowed = search.narrowed();
        let length = i64::try_from(wanted).unwrap_or(LONGEST_STRETCH);
        let length = length.clamp(SHORTEST_STRETCH, LONGEST_STRETCH);
        let (first, last) = (narrowed.first.max(first), narrowed.last.min(last));
        let rest = (first <= last).then_some((first, last));
        Self { app, search, narrowed, way, length, looked: 0, rest }
    }

    /// The same, of what has not ended by `at` alone.
    pub(super) fn of_living(app: &'w App, search: &'w Search, at: Timestamp) -> Self {
        let mut walk = Self::begin(app, search, (EntryKey::floor(at), usize::MAX));
        walk.narrowed.ends_after = Some(at);
        walk
    }

    /// Whether there is nothing more to look at.
    pub(super) fn is_over(&self) -> bool {
        self.rest.is_none()
    }

    /// How many entries it looked at, and perhaps some more.
    pub(super) fn looked(&self) -> i64 {
        self.looked
    }

    /// The key that it would go on with.
    pub(super) fn next_key(&self) -> Option<EntryKey> {
        self.rest.map(|(first, last)| if self.way == Way::Up { first } else { last })
    }

    /// The matches among the next entries, in order: often none. `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<StandingEntry>>> {
        let Some(rest) = self.rest else { return Ok(None) };
        let mut store = self.app.store.read().await?;
        let (range, keys) = self.stretch(&mut store, rest).await?;
        let mut found = Vec::new();
        for keys in &keys {
            let keys = keys.as_deref();
            if keys.is_none_or(|keys| !keys.is_empty()) {
                found.extend(store.tokens_within(range, keys, &self.narrowed).await?);
            }
        }
        found.retain(|entry| self.search.matches(entry));
        found.sort_by_key(|entry| entry.entry.entry_key);
        if self.way == Way::Down {
            found.reverse();
        }
        Ok(Some(found))
    }

    /// How many the next entries are, without a look at them. `None` at the end. For a walk along
    /// one path on which every entry is meant.
    pub(super) async fn skip(&mut self) -> Result<Option<i64>> {
        let Some(rest) = self.rest else { return Ok(None) };
        let mut store = self.app.store.read().await?;
        let looked = self.looked;
        self.stretch(&mut store, rest).await?;
        Ok(Some(self.looked - looked))
    }

    /// How far the next entries reach, and their keys along each path, but for that of all entries;
    /// the walk goes on behind them.
    async fn stretch(
        &mut self,
        store: &mut Handle,
        (lowest, highest): (EntryKey, EntryKey),
    ) -> Result<((EntryKey, EntryKey), Vec<Option<Vec<EntryKey>>>)> {
        let (mut first, mut last) = (lowest, highest);
        let mut along = Vec::with_capacity(self.narrowed.paths.len());
        let how = (self.way, self.length);
        for path in &self.narrowed.paths {
            let (entries, end) = if *path == Path::All {
                let stretch = store.token_stretch((first, last), how).await?;
                along.push(None);
                (stretch.entries, stretch.last)
            } else {
                let keys = store.token_keys(path, (first, last), how).await?;
                let (count, end) = (keys.len(), keys.last().copied());
                along.push(Some(keys));
                (i64::try_from(count).unwrap_or(i64::MAX), end)
            };
            self.looked += entries;
            let Some(end) = end.filter(|_| entries == self.length) else { continue };
            match self.way {
                Way::Up => last = end,
                Way::Down => first = end,
            }
        }
        // What a later path reached less far than is looked at with the next entries.
        for keys in along.iter_mut().flatten() {
            keys.retain(|key| (first..=last).contains(key));
        }
        self.length = (2 * self.length).min(LONGEST_STRETCH);
        self.rest = match self.way {
            Way::Up => last.next().map(|next| (next, highest)),
            Way::Down => first.previous().map(|next| (lowest, next)),
        };
        self.rest = self.rest.filter(|(first, last)| first <= last);
        Ok(((first, last), along))
    }
}

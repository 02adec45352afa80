//! Whether an entry matches a query, and what a store may leave out beforehand.

use std::collections::HashMap;

use uuid::Uuid;

use crate::model::{
    client_id::ClientId,
    entry_key::EntryKey,
    standing::StandingEntry,
    status_word::StatusWord,
    timestamp::Timestamp,
    token_entry::{EntryStatus, TokenKind},
};

use super::{
    condition::{Condition, TimeKey, UserName},
    quantity::{Span, TimeValue},
    token_query::TokenQuery,
};

/// The most clients, users or families that are walked one by one; more are walked as all.
const MOST_PATHS: usize = 16;

/// A query at a moment: the one place that judges whether an entry matches.
#[derive(Debug, Clone)]
pub struct Search {
    /// What is asked.
    pub query: TokenQuery,
    /// The moment that every time and every status is reckoned from.
    pub at: Timestamp,
    /// The keys of the users that the query names, by realm and folded name.
    pub users: HashMap<(String, String), Uuid>,
}

/// Along which index the entries are walked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// All there are.
    All,
    /// Those of a client.
    Client(ClientId),
    /// Those of a user.
    User(Uuid),
    /// Those of a family.
    Family(Uuid),
}

/// What a store may leave out: each part is implied by the query, and none replaces judging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrowed {
    /// Whose entries; none at all where nobody is meant.
    pub paths: Vec<Path>,
    /// The lowest key.
    pub first: EntryKey,
    /// The highest key.
    pub last: EntryKey,
    /// Only of this type, folded.
    pub type_name: Option<String>,
    /// Only of this kind.
    pub kind: Option<TokenKind>,
    /// Only what the store says this of.
    pub status: Option<EntryStatus>,
    /// Only what ends later or never, where that is all that counts.
    pub ends_after: Option<Timestamp>,
}

impl Search {
    /// Whether an entry is meant.
    #[must_use]
    pub fn matches(&self, found: &StandingEntry) -> bool {
        self.query.terms.iter().all(|term| self.holds(&term.condition, found) != term.negated)
    }

    /// The key of a user that the query names; `None` if there is none.
    #[must_use]
    pub fn user(&self, name: &UserName) -> Option<Uuid> {
        match name {
            UserName::Id(id) => Some(*id),
            UserName::Named { realm, name } => {
                self.users.get(&(realm.clone(), name.folded().to_owned())).copied()
            }
        }
    }

    fn holds(&self, condition: &Condition, found: &StandingEntry) -> bool {
        let entry = &found.entry;
        let has = |texts: &[String], text: Option<&str>| {
            text.is_some_and(|text| texts.iter().any(|wanted| wanted == text))
        };
        match condition {
            Condition::Text(text) => names(found, text),
            Condition::Status(words) => is_status(words, found.status_word(self.at)),
            Condition::Type(names) => names.contains(&entry.type_name),
            Condition::Kind(kinds) => kinds.contains(&entry.kind),
            Condition::Format(formats) => formats.contains(&entry.format),
            Condition::Client(clients) => clients.contains(&entry.client_id),
            Condition::User(users) => {
                entry.user_id.is_some_and(|id| users.iter().any(|name| self.user(name) == Some(id)))
            }
            Condition::Subject(subjects) => has(subjects, entry.subject.as_deref()),
            Condition::Family(families) => {
                entry.authorization_id.is_some_and(|id| families.contains(&id))
            }
            Condition::Scope(scopes) => entry.scope.iter().any(|scope| has(scopes, Some(scope))),
            Condition::Audience(audiences) => {
                entry.audience.iter().any(|audience| has(audiences, Some(audience)))
            }
            Condition::Identity(identities) => has(identities, entry.identity.as_deref()),
            Condition::Purpose(purposes) => {
                entry.purposes.iter().any(|purpose| has(purposes, Some(purpose)))
            }
            Condition::Time(key, values) => {
                let time = time_of(*key, found);
                values.iter().any(|value| match (self.span(*key, *value), time) {
                    (None, time) => time.is_none(),
                    (Some(span), Some(time)) => span.holds(time),
                    (Some(_), None) => false,
                })
            }
            Condition::Uses(numbers) => numbers.iter().any(|number| number.holds(entry.uses)),
            Condition::Entry(entries) => entries.iter().any(|beginning| {
                (beginning.range.first..=beginning.range.last).contains(&entry.entry_key)
            }),
        }
    }

    fn span(&self, key: TimeKey, value: TimeValue) -> Option<Span> {
        value.span(self.at, key == TimeKey::Expires)
    }

    /// What a store may leave out.
    #[must_use]
    pub fn narrowed(&self) -> Narrowed {
        let mut narrowed = Narrowed {
            paths: vec![Path::All],
            first: EntryKey::lowest(),
            last: EntryKey::highest(),
            type_name: None,
            kind: None,
            status: None,
            ends_after: None,
        };
        for term in self.query.terms.iter().filter(|term| !term.negated) {
            self.narrow(&mut narrowed, &term.condition);
        }
        narrowed
    }

    fn narrow(&self, narrowed: &mut Narrowed, condition: &Condition) {
        match condition {
            Condition::Type(names) => narrowed.type_name = only(names).cloned(),
            Condition::Kind(kinds) => narrowed.kind = only(kinds).copied(),
            Condition::Status(words) => narrowed.status = stored(words),
            Condition::Client(clients) => {
                narrowed.follow(clients.iter().cloned().map(Path::Client).collect());
            }
            Condition::User(users) => {
                let known = users.iter().filter_map(|name| self.user(name));
                narrowed.follow(known.map(Path::User).collect());
            }
            Condition::Family(families) => {
                narrowed.follow(families.iter().copied().map(Path::Family).collect());
            }
            Condition::Entry(entries) => {
                let ranges = || entries.iter().map(|entry| entry.range);
                let first = ranges().map(|range| range.first).min();
                let last = ranges().map(|range| range.last).max();
                narrowed.first = narrowed.first.max(first.unwrap_or(narrowed.first));
                narrowed.last = narrowed.last.min(last.unwrap_or(narrowed.last));
            }
            // A row is kept at least until its token ends: that is what its key says.
            Condition::Time(TimeKey::Expires, values) => {
                let starts = values.iter().map(|value| {
                    self.span(TimeKey::Expires, *value).map(|span| EntryKey::floor(span.start))
                });
                let first = starts.map(|start| start.unwrap_or(EntryKey::first_endless())).min();
                narrowed.first = narrowed.first.max(first.unwrap_or(narrowed.first));
            }
            _ => {}
        }
    }
}

impl Narrowed {
    /// Walks along these instead, if they lead closer: a family has fewer entries than a user, and
    /// a user than a client.
    fn follow(&mut self, mut paths: Vec<Path>) {
        let mut known = Vec::new();
        paths.retain(|path| {
            let is_new = !known.contains(path);
            known.push(path.clone());
            is_new
        });
        let closeness = |paths: &[Path]| match paths.first() {
            Some(Path::All) => 0,
            Some(Path::Client(_)) => 1,
            Some(Path::User(_)) => 2,
            Some(Path::Family(_)) => 3,
            None => 4,
        };
        if paths.len() <= MOST_PATHS && closeness(&paths) > closeness(&self.paths) {
            self.paths = paths;
        }
    }
}

fn only<T>(values: &[T]) -> Option<&T> {
    match values {
        [value] => Some(value),
        _ => None,
    }
}

/// What the store says of every token of these words, if that is one thing.
fn stored(words: &[StatusWord]) -> Option<EntryStatus> {
    let of = |word: &StatusWord| match word {
        StatusWord::Revoked => Some(EntryStatus::Revoked),
        StatusWord::Replaced => Some(EntryStatus::Superseded),
        StatusWord::Declined => Some(EntryStatus::Rejected),
        StatusWord::Used => Some(EntryStatus::Redeemed),
        StatusWord::Active | StatusWord::Expiring => Some(EntryStatus::Valid),
        StatusWord::Waiting => Some(EntryStatus::Inactive),
        _ => None,
    };
    let (first, rest) = words.split_first()?;
    let status = of(first)?;
    rest.iter().all(|word| of(word) == Some(status)).then_some(status)
}

fn is_status(words: &[StatusWord], word: StatusWord) -> bool {
    words.contains(&word) || (word == StatusWord::Expiring && words.contains(&StatusWord::Active))
}

fn time_of(key: TimeKey, found: &StandingEntry) -> Option<Timestamp> {
    let entry = &found.entry;
    match key {
        TimeKey::Created => Some(entry.created_at),
        TimeKey::Expires => entry.expires_at,
        TimeKey::Ended => entry.ended_at,
        TimeKey::Used => entry.last_used_at,
    }
}

/// Whether a name of the entry holds `text`, or its key begins with it.
fn names(found: &StandingEntry, text: &str) -> bool {
    let wanted = text.to_lowercase();
    let (entry, standing) = (&found.entry, &found.standing);
    let holds = |name: Option<&str>| name.is_some_and(|name| name.to_lowercase().contains(&wanted));
    holds(Some(entry.client_id.as_str()))
        || holds(Some(&entry.type_name))
        || holds(standing.username.as_deref())
        || holds(entry.subject.as_deref())
        || holds(entry.identity.as_deref())
        || entry.entry_key.to_string().to_lowercase().starts_with(&wanted)
}

#[cfg(test)]
mod tests;

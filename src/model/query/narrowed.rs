//! What a store may leave out beforehand of what a query does not mean.

use uuid::Uuid;

use crate::model::{
    client_id::ClientId,
    entry_key::EntryKey,
    status_word::StatusWord,
    timestamp::Timestamp,
    token_entry::{EntryFormat, EntryStatus, TokenKind},
};

use super::{
    condition::{Condition, Term, TimeKey},
    quantity::{Span, TimeValue},
    search::Search,
};

/// The most clients, users or families that are walked one by one; more are walked as all.
pub(super) const MOST_PATHS: usize = 16;

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
    /// Only in this format.
    pub format: Option<EntryFormat>,
    /// Only with this subject.
    pub subject: Option<String>,
    /// Only with this identity.
    pub identity: Option<String>,
    /// Only made, ending by itself, ended and last used then, in this order.
    pub times: [Within; 4],
    /// Only what ends later or never, where that is all that counts.
    pub ends_after: Option<Timestamp>,
}

/// A span of time, as far as it is bounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Within {
    /// From then on; where this is said, there is such a time at all.
    pub from: Option<Timestamp>,
    /// Before that.
    pub before: Option<Timestamp>,
}

impl Search {
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
            format: None,
            subject: None,
            identity: None,
            times: [Within::default(); 4],
            ends_after: None,
        };
        for term in self.query.terms.iter().filter(|term| !term.negated) {
            self.narrow(&mut narrowed, &term.condition);
        }
        narrowed
    }

    /// Whether the query means every entry along one index, and nothing else.
    #[must_use]
    pub fn is_along_path(&self) -> bool {
        match &self.query.terms[..] {
            [] => true,
            [Term { negated: false, condition }] => match condition {
                Condition::Client(clients) => clients.len() == 1,
                Condition::User(users) => users.len() == 1,
                Condition::Family(families) => families.len() == 1,
                _ => false,
            },
            _ => false,
        }
    }

    fn narrow(&self, narrowed: &mut Narrowed, condition: &Condition) {
        match condition {
            Condition::Type(names) => narrowed.type_name = only(names).cloned(),
            Condition::Kind(kinds) => narrowed.kind = only(kinds).copied(),
            Condition::Status(words) => {
                narrowed.status = stored(words);
                if words.iter().all(|word| is_unexpired(*word)) {
                    narrowed.ends_after = Some(self.at);
                }
            }
            Condition::Format(formats) => narrowed.format = only(formats).copied(),
            Condition::Subject(subjects) => narrowed.subject = only(subjects).cloned(),
            Condition::Identity(identities) => narrowed.identity = only(identities).cloned(),
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
            Condition::Time(key, values) => self.narrow_time(narrowed, *key, values),
            _ => {}
        }
    }

    fn narrow_time(&self, narrowed: &mut Narrowed, key: TimeKey, values: &[TimeValue]) {
        let spans = || values.iter().map(|value| self.span(key, *value));
        if key == TimeKey::Expires {
            // A row is kept at least until its token ends: that is what its key says.
            let starts = spans().map(|span| span.map(|span| EntryKey::floor(span.start)));
            let first = starts.map(|start| start.unwrap_or(EntryKey::first_endless())).min();
            narrowed.first = narrowed.first.max(first.unwrap_or(narrowed.first));
        }
        let Some(spans) = spans().collect::<Option<Vec<Span>>>() else { return };
        let place = match key {
            TimeKey::Created => 0,
            TimeKey::Expires => 1,
            TimeKey::Ended => 2,
            TimeKey::Used => 3,
        };
        let within = &mut narrowed.times[place];
        let from = spans.iter().map(|span| span.start).min();
        within.from = within.from.max(from);
        let before = spans.iter().map(|span| span.end).collect::<Option<Vec<_>>>();
        if let Some(before) = before.and_then(|ends| ends.into_iter().max()) {
            within.before = Some(within.before.map_or(before, |known| known.min(before)));
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

pub(super) fn only<T>(values: &[T]) -> Option<&T> {
    match values {
        [value] => Some(value),
        _ => None,
    }
}

/// What the store says of every token of these words, if that is one thing.
pub(super) fn stored(words: &[StatusWord]) -> Option<EntryStatus> {
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

/// Whether what is called so has not expired.
fn is_unexpired(word: StatusWord) -> bool {
    use StatusWord::{Active, Expiring, Paused, UsedUp, Waiting};
    matches!(word, Active | Expiring | Paused | UsedUp | Waiting)
}

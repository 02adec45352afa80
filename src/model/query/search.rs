//! Whether an entry matches a query.

use std::collections::HashMap;

use uuid::Uuid;

use crate::model::{standing::StandingEntry, status_word::StatusWord, timestamp::Timestamp};

use super::{
    condition::{Condition, TimeKey, UserName},
    quantity::{Span, TimeValue},
    token_query::TokenQuery,
};

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

    pub(super) fn span(&self, key: TimeKey, value: TimeValue) -> Option<Span> {
        value.span(self.at, key == TimeKey::Expires)
    }
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

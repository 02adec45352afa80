//! What ending many tokens would reach, in numbers.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use crate::model::{client_id::ClientId, standing::StandingEntry};

/// Up to how many families, people and clients are told apart.
pub(super) const MOST_DISTINCT: usize = 200_000;

/// What would be ended.
#[derive(Debug, Default)]
pub struct Reach {
    /// How many tokens.
    pub tokens: i64,
    /// How many families they are of.
    pub families: Distinct<Uuid>,
    /// How many people they are for.
    pub people: Distinct<Uuid>,
    /// Which clients hold them.
    pub clients: Distinct<ClientId>,
    /// How many there are of each type, by its name.
    pub types: BTreeMap<String, i64>,
    /// The names of a few of the people.
    pub named: Vec<String>,
    /// Whether whoever counted did so to the end.
    pub is_cut: bool,
}

/// How many people are named.
const MOST_NAMED: usize = 5;

/// Different things, told apart up to a limit.
#[derive(Debug)]
pub struct Distinct<T> {
    known: HashSet<T>,
    has_more: bool,
}

impl Reach {
    /// Counts one more.
    pub fn add(&mut self, found: &StandingEntry) {
        self.tokens += 1;
        self.clients.add(found.entry.client_id.clone());
        *self.types.entry(found.type_name().to_owned()).or_default() += 1;
        let is_new = found.entry.user_id.is_some_and(|id| self.people.add(id));
        if is_new && self.named.len() < MOST_NAMED {
            self.named.extend(found.standing.username.clone());
        }
        found.entry.authorization_id.map(|id| self.families.add(id));
    }
}

impl<T: Eq + std::hash::Hash> Distinct<T> {
    /// Adds one, while there is room. Returns whether it was new.
    pub(super) fn add(&mut self, one: T) -> bool {
        if self.known.len() < MOST_DISTINCT {
            return self.known.insert(one);
        }
        let is_new = !self.known.contains(&one);
        self.has_more |= is_new;
        is_new
    }

    /// How many there are, and whether there are more than that.
    #[must_use]
    pub fn count(&self) -> (i64, bool) {
        (i64::try_from(self.known.len()).unwrap_or(i64::MAX), self.has_more)
    }

    /// Some of them, at most so many, in no order.
    pub fn some(&self, most: usize) -> impl Iterator<Item = &T> {
        self.known.iter().take(most)
    }

    /// The only one, if there is one.
    #[must_use]
    pub fn only(&self) -> Option<&T> {
        self.known.iter().next().filter(|_| self.known.len() == 1 && !self.has_more)
    }
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self { known: HashSet::new(), has_more: false }
    }
}

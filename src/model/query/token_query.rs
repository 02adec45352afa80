//! Queries of tokens: the keys there are, and what may stand behind each.

use std::{fmt, str::FromStr};

use crate::model::client_id::ClientId;

use super::{
    condition::{Condition, Term, TimeKey, UserName},
    fault::{QueryFault, QueryFaults},
    quantity::{Comparison, TimeValue},
    syntax::{Value, Word, split},
    values::{
        client, each, entry, family, format, kind, meant, number, purpose, status, text, time,
        type_name, user,
    },
};

/// Which tokens are meant: those that every term holds for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenQuery {
    /// The terms, in the order in which they were written.
    pub terms: Vec<Term>,
}

/// All that somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whole {
    /// Every token of a client.
    Client(ClientId),
    /// Every token of a user.
    User(UserName),
}

words! {
    /// What of a token can be asked for.
    pub enum TokenKey: "key" {
        /// Where it stands.
        Status = "status",
        /// Its token type.
        Type = "type",
        /// What it is for.
        Kind = "kind",
        /// How its string leads to its entry.
        Format = "format",
        /// The client that holds it.
        Client = "client",
        /// On whose behalf.
        User = "user",
        /// The `sub` of that user.
        Subject = "subject",
        /// Its family.
        Family = "family",
        /// A scope that it has.
        Scope = "scope",
        /// A resource server that it is for.
        Audience = "audience",
        /// For whom it is good.
        Identity = "identity",
        /// What for.
        Purpose = "purpose",
        /// When it was issued.
        Created = "created",
        /// When it ends by itself.
        Expires = "expires",
        /// When it was ended.
        Ended = "ended",
        /// When it was last used.
        Used = "used",
        /// How often it was used.
        Uses = "uses",
        /// Its entry.
        Entry = "entry",
    }
}

impl TokenKey {
    pub(super) fn of_time(key: TimeKey) -> Self {
        match key {
            TimeKey::Created => Self::Created,
            TimeKey::Expires => Self::Expires,
            TimeKey::Ended => Self::Ended,
            TimeKey::Used => Self::Used,
        }
    }

    /// What the values behind it ask for.
    fn condition(self, values: &[Value]) -> Result<Condition, Vec<QueryFault>> {
        let time_of = |key| Ok(Condition::Time(key, each(values, time)?));
        Ok(match self {
            Self::Status => Condition::Status(each(values, status)?),
            Self::Type => Condition::Type(each(values, type_name)?),
            Self::Kind => Condition::Kind(each(values, kind)?),
            Self::Format => Condition::Format(each(values, format)?),
            Self::Client => Condition::Client(each(values, client)?),
            Self::User => Condition::User(each(values, user)?),
            Self::Subject => Condition::Subject(each(values, text)?),
            Self::Family => Condition::Family(each(values, family)?),
            Self::Scope => Condition::Scope(each(values, text)?),
            Self::Audience => Condition::Audience(each(values, text)?),
            Self::Identity => Condition::Identity(each(values, text)?),
            Self::Purpose => Condition::Purpose(each(values, purpose)?),
            Self::Created => return time_of(TimeKey::Created),
            Self::Expires => return time_of(TimeKey::Expires),
            Self::Ended => return time_of(TimeKey::Ended),
            Self::Used => return time_of(TimeKey::Used),
            Self::Uses => Condition::Uses(each(values, number)?),
            Self::Entry => Condition::Entry(each(values, entry)?),
        })
    }
}

impl TokenQuery {
    /// Reads a query. Nothing but spaces means every token.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, in the order of the text.
    pub fn parse(text: &str) -> Result<Self, QueryFaults> {
        let (words, mut faults) = split(text);
        let mut terms = Vec::with_capacity(words.len());
        for word in words {
            match term(word) {
                Ok(term) => terms.push(term),
                Err(wrong) => faults.extend(wrong),
            }
        }
        faults.sort_by_key(|fault| fault.position);
        if faults.is_empty() { Ok(Self { terms }) } else { Err(QueryFaults(faults)) }
    }

    /// Whether it means every token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Adds a condition.
    #[must_use]
    pub fn and(mut self, condition: Condition) -> Self {
        self.terms.push(Term { negated: false, condition });
        self
    }

    /// The client or user of whom just all tokens are meant, if that is what it says.
    #[must_use]
    pub fn whole(&self) -> Option<Whole> {
        let [Term { negated: false, condition }] = self.terms.as_slice() else { return None };
        match condition {
            Condition::Client(clients) => match clients.as_slice() {
                [client] => Some(Whole::Client(client.clone())),
                _ => None,
            },
            Condition::User(users) => match users.as_slice() {
                [user] => Some(Whole::User(user.clone())),
                _ => None,
            },
            _ => None,
        }
    }

    /// Every user that it names.
    pub fn users(&self) -> impl Iterator<Item = &UserName> {
        self.terms.iter().flat_map(|term| match &term.condition {
            Condition::User(users) => users.as_slice(),
            _ => &[],
        })
    }
}

impl FromStr for TokenQuery {
    type Err = QueryFaults;

    fn from_str(text: &str) -> Result<Self, QueryFaults> {
        Self::parse(text)
    }
}

impl TokenQuery {
    /// This query, and what was never used besides, where it asks for what was last used long ago:
    /// that leaves out what never was, and who writes it seldom means to.
    #[must_use]
    pub fn with_never_used(&self) -> Option<Self> {
        let mut wider = self.clone();
        let used = |term: &&mut Term| matches!(term.condition, Condition::Time(TimeKey::Used, _));
        let mut used = wider.terms.iter_mut().filter(used);
        // Of two, one may leave out what the other lets in.
        let (Some(term), None) = (used.next(), used.next()) else { return None };
        let Condition::Time(_, values) = &mut term.condition else { return None };
        let leaves_out =
            !term.negated && values.iter().any(is_long_ago) && !values.contains(&TimeValue::Never);
        leaves_out.then(|| values.push(TimeValue::Never))?;
        Some(wider)
    }
}

/// Whether a value means times before some moment, without a beginning.
fn is_long_ago(value: &TimeValue) -> bool {
    match value {
        TimeValue::Never | TimeValue::Day(None, _) => false,
        TimeValue::Distance(comparison, _) => {
            matches!(comparison, Comparison::Above | Comparison::AtLeast)
        }
        TimeValue::Moment(comparison, _) | TimeValue::Day(Some(comparison), _) => {
            matches!(comparison, Comparison::Below | Comparison::AtMost)
        }
    }
}

impl fmt::Display for TokenQuery {
    /// The query in one form, which reads back as the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, term) in self.terms.iter().enumerate() {
            let gap = if number == 0 { "" } else { " " };
            write!(f, "{gap}{term}")?;
        }
        Ok(())
    }
}

fn term(word: Word) -> Result<Term, Vec<QueryFault>> {
    let Word { negated, key, values } = word;
    let Some((key, position)) = key else {
        // The name of an entry leads along the index, and is never among too many others.
        let name = values.first().filter(|value| !value.quoted && value.text.starts_with("tok_"));
        if let Some(named) = name.and_then(|name| entry(name).ok()) {
            return Ok(Term { negated, condition: Condition::Entry(vec![named]) });
        }
        let text = values.into_iter().map(|value| value.text).collect();
        return Ok(Term { negated, condition: Condition::Text(text) });
    };
    let Ok(known) = key.parse::<TokenKey>() else {
        let keys = TokenKey::ALL.iter().map(|key| key.as_str());
        let problem = if key.is_empty() { "has no key in front" } else { "is no key" };
        let what = if key.is_empty() { ":" } else { &key };
        let remedy = match meant(&key.to_ascii_lowercase(), keys.clone()) {
            Some(meant) => format!("write {meant}:"),
            None => format!(
                "one of {}; put text that has a colon in quotes",
                keys.collect::<Vec<_>>().join(", ")
            ),
        };
        return Err(vec![QueryFault::new((what, position), problem, remedy)]);
    };
    known.condition(&values).map(|condition| Term { negated, condition })
}

#[cfg(test)]
mod tests;

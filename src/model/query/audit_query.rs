//! Queries of the audit log: the keys there are, and whether an event matches.

use std::{net::IpAddr, str::FromStr};

use crate::model::{
    audit::{ACTIONS, AuditEvent},
    client_id::ClientId,
    timestamp::Timestamp,
};

use super::{
    condition::UserName,
    fault::{QueryFault, QueryFaults},
    quantity::TimeValue,
    syntax::{Value, Word, split},
    values::{client, each, meant, text, time, user},
};

mod about;
mod text;

pub use about::TOKENS_ENDED;
use about::{is_about, is_of};

/// Which events are meant: those that every term holds for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// The terms, in the order in which they were written.
    pub terms: Vec<AuditTerm>,
}

/// A condition, or its opposite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditTerm {
    /// Whether an event must not fulfil it.
    pub negated: bool,
    /// What is asked.
    pub condition: AuditCondition,
}

/// What is asked of an event. Of several values, any will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditCondition {
    /// Its target or actor is just this.
    Text(String),
    /// What was done: a name, or a beginning and `*`.
    Action(Vec<String>),
    /// Who did it.
    Actor(Vec<String>),
    /// What it was done to.
    Target(Vec<String>),
    /// It is about a client, or was done by one.
    Client(Vec<ClientId>),
    /// It is about a user, or was done by one.
    User(Vec<UserName>),
    /// From where.
    Address(Vec<String>),
    /// In which request.
    Request(Vec<String>),
    /// On which machine.
    Node(Vec<String>),
    /// When.
    At(Vec<TimeValue>),
}

words! {
    /// What of an event can be asked for.
    pub enum AuditKey: "key" {
        /// What was done.
        Action = "action",
        /// Who did it.
        Actor = "actor",
        /// What it was done to.
        Target = "target",
        /// The client that it is about.
        Client = "client",
        /// The user that it is about.
        User = "user",
        /// From where.
        Address = "address",
        /// In which request.
        Request = "request",
        /// On which machine.
        Node = "node",
        /// When.
        At = "at",
    }
}

/// A query at a moment.
#[derive(Debug, Clone)]
pub struct AuditSearch {
    /// Which events.
    pub query: AuditQuery,
    /// When it is asked.
    pub at: Timestamp,
}

impl AuditKey {
    fn condition(self, values: &[Value]) -> Result<AuditCondition, Vec<QueryFault>> {
        Ok(match self {
            Self::Action => AuditCondition::Action(each(values, action)?),
            Self::Actor => AuditCondition::Actor(each(values, text)?),
            Self::Target => AuditCondition::Target(each(values, text)?),
            Self::Client => AuditCondition::Client(each(values, client)?),
            Self::User => AuditCondition::User(each(values, named)?),
            Self::Address => AuditCondition::Address(each(values, address)?),
            Self::Request => AuditCondition::Request(each(values, text)?),
            Self::Node => AuditCondition::Node(each(values, text)?),
            Self::At => AuditCondition::At(each(values, time)?),
        })
    }
}

type Wrong = (String, String);

/// A known action, or the beginning of some.
fn action(value: &Value) -> Result<String, Wrong> {
    let typed = value.text.to_ascii_lowercase();
    let is_known = match typed.strip_suffix('*') {
        Some(beginning) => ACTIONS.iter().any(|action| action.name.starts_with(beginning)),
        None => ACTIONS.iter().any(|action| action.name == typed),
    };
    if is_known {
        return Ok(typed);
    }
    let remedy = match meant(&typed, ACTIONS.iter().map(|action| action.name)) {
        Some(meant) => format!("write {meant}"),
        None => "write one such as client.added, or client.* for all that begin so".to_owned(),
    };
    Err(("is no action".to_owned(), remedy))
}

/// A user by name: events name people as they are called.
fn named(value: &Value) -> Result<UserName, Wrong> {
    match user(value)? {
        UserName::Id(_) => {
            let remedy = "write the name, or realm/name";
            Err(("is the id of a user, which events do not hold".to_owned(), remedy.to_owned()))
        }
        named @ UserName::Named { .. } => Ok(named),
    }
}

/// An address, in the one form that events have.
fn address(value: &Value) -> Result<String, Wrong> {
    let address: Result<IpAddr, _> = value.text.parse();
    address.map(|address| address.to_string()).map_err(|_| {
        ("is no address".to_owned(), "write one such as 203.0.113.7 or 2001:db8::7".to_owned())
    })
}

impl AuditQuery {
    /// Reads a query. Nothing but spaces means every event.
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

    /// The same, without the actions that another means.
    #[must_use]
    pub fn but_not(mut self, other: &Self) -> Self {
        let negated = |term: &AuditTerm| AuditTerm { negated: !term.negated, ..term.clone() };
        self.terms.extend(other.terms.iter().map(negated));
        self
    }

    /// Whether it means every event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

fn term(word: Word) -> Result<AuditTerm, Vec<QueryFault>> {
    let Word { negated, key, values } = word;
    let Some((key, position)) = key else {
        let text = values.into_iter().map(|value| value.text).collect();
        return Ok(AuditTerm { negated, condition: AuditCondition::Text(text) });
    };
    let Ok(known) = key.parse::<AuditKey>() else {
        let keys = AuditKey::ALL.iter().map(|key| key.as_str());
        let remedy = match meant(&key.to_ascii_lowercase(), keys.clone()) {
            Some(meant) => format!("write {meant}:"),
            None => format!(
                "one of {}; put text that has a colon in quotes",
                keys.collect::<Vec<_>>().join(", ")
            ),
        };
        let problem = if key.is_empty() { "has no key in front" } else { "is no key" };
        let what = if key.is_empty() { ":" } else { &key };
        return Err(vec![QueryFault::new((what, position), problem, remedy)]);
    };
    known.condition(&values).map(|condition| AuditTerm { negated, condition })
}

impl AuditSearch {
    /// Whether an event is meant.
    #[must_use]
    pub fn matches(&self, event: &AuditEvent) -> bool {
        self.query.terms.iter().all(|term| term.condition.holds(event, self.at) != term.negated)
    }

    /// The span of time that the query leaves at most: from its first moment on, until before the
    /// second.
    #[must_use]
    pub fn span(&self) -> (Timestamp, Timestamp) {
        let (mut first, mut end) = (Timestamp(0), Timestamp(i64::MAX));
        for term in self.query.terms.iter().filter(|term| !term.negated) {
            let AuditCondition::At(times) = &term.condition else { continue };
            let spans: Vec<_> = times.iter().filter_map(|time| time.span(self.at, false)).collect();
            let start = spans.iter().map(|span| span.start).min();
            first = first.max(start.unwrap_or(Timestamp(i64::MAX)));
            let until = spans.iter().map(|span| span.end.unwrap_or(Timestamp(i64::MAX))).max();
            end = end.min(until.unwrap_or(Timestamp(0)));
        }
        (first, end)
    }
}

impl AuditCondition {
    fn holds(&self, event: &AuditEvent, now: Timestamp) -> bool {
        let among = |values: &[String], text: Option<&str>| {
            text.is_some_and(|text| values.iter().any(|value| value == text))
        };
        match self {
            Self::Text(text) => event.target == *text || event.actor == *text,
            Self::Action(actions) => actions.iter().any(|wanted| match wanted.strip_suffix('*') {
                Some(beginning) => event.action.starts_with(beginning),
                None => event.action == *wanted,
            }),
            Self::Actor(actors) => among(actors, Some(&event.actor)),
            Self::Target(targets) => among(targets, Some(&event.target)),
            Self::Client(clients) => clients.iter().any(|client| is_about(event, client.as_str())),
            Self::User(users) => users.iter().any(|user| is_of(event, user)),
            Self::Address(addresses) => among(addresses, event.address.as_deref()),
            Self::Request(requests) => among(requests, event.request_id.as_deref()),
            Self::Node(nodes) => among(nodes, event.node.as_deref()),
            Self::At(times) => times
                .iter()
                .filter_map(|time| time.span(now, false))
                .any(|span| span.holds(event.at)),
        }
    }
}

impl FromStr for AuditQuery {
    type Err = QueryFaults;

    fn from_str(text: &str) -> Result<Self, QueryFaults> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests;

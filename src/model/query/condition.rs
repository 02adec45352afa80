//! What a query of tokens asks of an entry.

use std::fmt;

use uuid::Uuid;

use crate::model::{
    client_id::ClientId,
    entry_key::EntryKeyRange,
    status_word::StatusWord,
    token_entry::{EntryFormat, TokenKind},
    user::{DEFAULT_REALM, is_realm},
    username::Username,
};

use super::{
    quantity::{NumberValue, TimeValue},
    syntax::quoted,
    token_query::TokenKey,
};

/// A condition, or its opposite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Whether an entry must not fulfil it.
    pub negated: bool,
    /// What is asked.
    pub condition: Condition,
}

/// What is asked of an entry. Of several values, any will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// A name of the entry holds this text, in any case.
    Text(String),
    /// Where it stands. `active` covers `expiring`.
    Status(Vec<StatusWord>),
    /// The name of its type, folded.
    Type(Vec<String>),
    /// What it is for.
    Kind(Vec<TokenKind>),
    /// How its string leads to it.
    Format(Vec<EntryFormat>),
    /// The client that holds it.
    Client(Vec<ClientId>),
    /// On whose behalf.
    User(Vec<UserName>),
    /// The `sub` that the client knows the user by.
    Subject(Vec<String>),
    /// Its family.
    Family(Vec<Uuid>),
    /// A scope that it has.
    Scope(Vec<String>),
    /// A resource server that it is for.
    Audience(Vec<String>),
    /// For whom it is good, byte for byte.
    Identity(Vec<String>),
    /// A purpose it was made for, folded.
    Purpose(Vec<String>),
    /// A time of its life.
    Time(TimeKey, Vec<TimeValue>),
    /// How often it was used.
    Uses(Vec<NumberValue>),
    /// Its key, or the beginning of it.
    Entry(Vec<EntryBeginning>),
}

words! {
    /// A time in the life of a token.
    pub enum TimeKey: "time" {
        /// When it was issued.
        Created = "created",
        /// When it ends by itself.
        Expires = "expires",
        /// When it was ended.
        Ended = "ended",
        /// When it was last used.
        Used = "used",
    }
}

/// How a query names a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserName {
    /// By the key of the row.
    Id(Uuid),
    /// By realm and name.
    Named {
        /// The namespace of the name.
        realm: String,
        /// The name.
        name: Username,
    },
}

/// A key or its beginning, as it was typed and as keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryBeginning {
    /// `tok_` and the characters, in capitals.
    pub(super) typed: String,
    /// The keys that begin so.
    pub(super) range: EntryKeyRange,
}

impl UserName {
    /// Reads an id, `realm/name`, or a name of the default realm.
    ///
    /// # Errors
    ///
    /// Why it names no user.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let parts = text.split_once('/').filter(|(realm, _)| is_realm(realm));
        let (realm, name) = parts.unwrap_or((DEFAULT_REALM, text));
        let name = Username::parse(name).map_err(|fault| fault.to_string())?;
        Ok(Self::Named { realm: realm.to_owned(), name })
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Named { realm, name } => {
                let name = name.as_str();
                let is_plain =
                    realm == DEFAULT_REALM && !name.contains('/') && name.parse::<Uuid>().is_err();
                if is_plain { f.write_str(name) } else { write!(f, "{realm}/{name}") }
            }
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_str("-")?;
        }
        let (key, values) = match &self.condition {
            Condition::Text(text) => return f.write_str(&quoted(text, true)),
            Condition::Status(words) => (TokenKey::Status, texts(words)),
            Condition::Type(names) => (TokenKey::Type, quotes(names)),
            Condition::Kind(kinds) => (TokenKey::Kind, texts(kinds)),
            Condition::Format(formats) => (TokenKey::Format, texts(formats)),
            Condition::Client(clients) => (TokenKey::Client, quotes(&texts(clients))),
            Condition::User(users) => (TokenKey::User, quotes(&texts(users))),
            Condition::Subject(subjects) => (TokenKey::Subject, quotes(subjects)),
            Condition::Family(families) => (TokenKey::Family, texts(families)),
            Condition::Scope(scopes) => (TokenKey::Scope, quotes(scopes)),
            Condition::Audience(audiences) => (TokenKey::Audience, quotes(audiences)),
            Condition::Identity(identities) => (TokenKey::Identity, quotes(identities)),
            Condition::Purpose(purposes) => (TokenKey::Purpose, quotes(purposes)),
            Condition::Time(key, times) => (TokenKey::of_time(*key), texts(times)),
            Condition::Uses(numbers) => (TokenKey::Uses, texts(numbers)),
            Condition::Entry(entries) => {
                (TokenKey::Entry, entries.iter().map(|entry| entry.typed.clone()).collect())
            }
        };
        write!(f, "{key}:{}", values.join(","))
    }
}

fn texts(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn quotes(values: &[String]) -> Vec<String> {
    values.iter().map(|value| quoted(value, false)).collect()
}

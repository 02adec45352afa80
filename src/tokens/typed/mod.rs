//! Typed tokens: made, used and deleted under the rules of their types, for an application's own
//! ends.

mod create;
mod delete;
mod keys;
mod links;
mod personal;
mod places;
mod refusal;
mod spend;
mod strings;
mod tell;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{
    attempt::Outcome, client::Client, client_id::ClientId, entry_key::EntryKey, secret::Secret,
    standing::Refusal, timestamp::Timestamp, token_type::TokenType, user::User,
    user_snapshot::UserAtIssue,
};

pub(super) use self::places::{Counted, Places, Turn, Turns};
pub use self::{
    delete::DeleteWhich,
    links::{FoundLink, Link},
    personal::{
        GOT_PERSONAL_LIFE, LONGEST_PERSONAL_LIFE, PERSONAL_LIFE, PersonalTerms, is_personal,
        limited_to, personal_life,
    },
    refusal::{CreateRefusal, are_kept},
    spend::KeyMisused,
};

/// The most purposes of a token.
pub const MOST_PURPOSES: usize = 32;

/// The longest purpose, in characters.
pub const LONGEST_PURPOSE: usize = 200;

/// The longest identity, in characters.
pub const LONGEST_IDENTITY: usize = 400;

/// The longest key of a use, in characters.
pub const LONGEST_USE_KEY: usize = 128;

/// The most attributes of a token.
pub const MOST_ATTRIBUTES: usize = 64;

/// The largest attributes, in bytes of JSON without white space.
pub const LARGEST_ATTRIBUTES: usize = 8 * 1024;

/// The longest life that can be asked for: 36500 days.
pub const LONGEST_LIFE: Duration = Duration::from_hours(36_500 * 24);

/// Who makes a typed token.
#[derive(Debug, Clone, Copy)]
pub enum Maker<'a> {
    /// A client.
    Client(&'a Client),
    /// A person, for themselves: a token of the type `personal`.
    Person(&'a User),
}

impl Maker<'_> {
    /// The client that holds the token, or what stands for people.
    #[must_use]
    pub fn client_id(&self) -> ClientId {
        match self {
            Self::Client(client) => client.client_id.clone(),
            Self::Person(_) => ClientId::of_people(),
        }
    }
}

/// A typed token that is to be made.
#[derive(Debug, Clone)]
pub struct NewTypedToken<'a> {
    /// Who makes it, and whose it is.
    pub maker: Maker<'a>,
    /// Its type.
    pub token_type: &'a TokenType,
    /// What it is good for; none for anything.
    pub purposes: Vec<String>,
    /// For whom it is good; `None` or empty for anybody.
    pub identity: Option<String>,
    /// What whoever uses it is told.
    pub attributes: Map<String, Value>,
    /// How long it is to live, where that is shorter than its type says.
    pub expires_in: Option<Duration>,
    /// The end of what its maker proved themselves by, which it must not outlive, however it is
    /// used; `None` where that has none.
    pub not_after: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
}

/// A typed token, just made. The only place where its string is ever seen.
#[derive(Debug)]
pub struct CreatedToken {
    /// The string.
    pub token: Secret,
    /// Its entry.
    pub entry_key: EntryKey,
    /// The first second at which it works no more; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// How often it works, where that is counted.
    pub uses_left: Option<i64>,
}

/// What came of presenting a token for use.
#[derive(Debug, Clone, PartialEq)]
pub struct Used {
    /// What whoever presented it may know.
    pub outcome: Outcome,
    /// Why it was refused, for the log alone; `None` if it is no token of ours, or was not.
    pub refusal: Option<Refusal>,
    /// Its entry, if it has one.
    pub entry_key: Option<EntryKey>,
    /// How often it works from now on, where that is counted and it worked.
    pub uses_left: Option<i64>,
    /// For how many more seconds, where it ends and worked.
    pub expires_in: Option<i64>,
    /// In how many seconds to try again, where it was used too often.
    pub retry_after: Option<i64>,
    /// What its maker wanted told, if it worked.
    pub attributes: Map<String, Value>,
    /// Whether this is the answer to an earlier use with the same key: nothing was spent now.
    pub is_replay: bool,
}

/// What is sealed in the entry of a typed token.
#[derive(Serialize, Deserialize)]
struct TypedPayload {
    iss: String,
    jti: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    attributes: Map<String, Value>,
    /// What was so of the person who made it for themselves, where the settings wanted that kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<UserAtIssue>,
}

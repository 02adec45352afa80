//! Why a token is not made.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::model::{purposes::Purposes, rules::Rule, token_type};

use super::{
    LARGEST_ATTRIBUTES, LONGEST_IDENTITY, LONGEST_LIFE, LONGEST_PERSONAL_LIFE, LONGEST_PURPOSE,
    MOST_ATTRIBUTES, MOST_PURPOSES, Maker, NewTypedToken,
};

/// Why a token was not made. Nothing was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateRefusal {
    /// Its type is not configured, or not any more.
    #[error("the token type is not configured")]
    TypeNotConfigured,
    /// Its type wants a purpose.
    #[error("tokens of this type need a purpose")]
    PurposeMissing,
    /// Its type wants an identity.
    #[error("tokens of this type need an identity")]
    IdentityMissing,
    /// A purpose or an identity is too long, or there are too many.
    #[error(
        "at most {MOST_PURPOSES} purposes of {LONGEST_PURPOSE} characters, and an identity of \
         {LONGEST_IDENTITY}"
    )]
    TooLong,
    /// A purpose or an identity holds a character that no store keeps.
    #[error("a purpose and an identity hold no NUL character")]
    Nul,
    /// Its identity has to be a user, and is none that is active.
    #[error("the identity is no active user")]
    UnknownUser,
    /// Its type is not for this client.
    #[error("this client may not make tokens of this type")]
    ClientNotAllowed,
    /// It was to live longer than its type allows.
    #[error("expires_in is at most {} s for this type", most.as_secs())]
    LifetimeTooLong {
        /// The longest that is allowed.
        most: Duration,
    },
    /// It was to be for more than its type allows.
    #[error("the scope is wider than this type of token allows")]
    ScopeTooWide,
    /// Its type has a rule that this version does not know: it would never work.
    #[error("the token type has a rule of a later version of this server")]
    UnreadableRule,
    /// What is to be told to whoever uses it is too much.
    #[error("at most {MOST_ATTRIBUTES} attributes and {LARGEST_ATTRIBUTES} bytes of them")]
    AttributesTooLarge,
    /// It would end before it begins to work.
    #[error("it would end before it begins to work")]
    OverBeforeBegun,
    /// As many as there may be are active.
    #[error("as many tokens of this type are active as there may be")]
    TooManyActive,
    /// The last one was made a moment ago.
    #[error("the last token of this type was made a moment ago")]
    TooSoon {
        /// How long until the next one may be.
        retry_after: Duration,
    },
}

/// Whether what the token is for may be kept, and is all that its type wants.
pub(super) fn check_words(
    new: &NewTypedToken<'_>,
    purposes: &Purposes,
    identity: Option<&str>,
) -> std::result::Result<(), CreateRefusal> {
    let definition = &new.token_type.definition;
    let is_long = |text: &str, most: usize| text.chars().count() > most;
    let longest = definition.rules.iter().find_map(|rule| match rule {
        Rule::Expiry(expiry) => Some(expiry.expiry_time),
        _ => None,
    });
    let longest = longest.unwrap_or(match new.maker {
        Maker::Client(_) => LONGEST_LIFE,
        Maker::Person(_) => LONGEST_PERSONAL_LIFE,
    });
    let too_long = new.expires_in.is_some_and(|asked| asked > longest).then_some(longest);
    let words = || purposes.iter().chain(identity);
    if !is_for(new.maker, new.token_type.name.as_str()) || new.token_type.removed_at.is_some() {
        Err(CreateRefusal::TypeNotConfigured)
    } else if purposes.iter().count() > MOST_PURPOSES
        || purposes.iter().any(|purpose| is_long(purpose, LONGEST_PURPOSE))
        || identity.is_some_and(|identity| is_long(identity, LONGEST_IDENTITY))
    {
        Err(CreateRefusal::TooLong)
    } else if words().any(|word| word.contains('\0')) {
        Err(CreateRefusal::Nul)
    } else if !are_kept(&new.attributes) {
        Err(CreateRefusal::AttributesTooLarge)
    } else if definition.require_purpose && purposes.is_empty() {
        Err(CreateRefusal::PurposeMissing)
    } else if definition.require_identity && identity.is_none() {
        Err(CreateRefusal::IdentityMissing)
    } else if let Some(most) = too_long {
        Err(CreateRefusal::LifetimeTooLong { most })
    } else {
        Ok(())
    }
}

/// Whether tokens of a type are made by whoever asks: clients make those that are configured for
/// their ends, people their own.
fn is_for(maker: Maker<'_>, type_name: &str) -> bool {
    match maker {
        Maker::Client(_) => !token_type::is_protocol(type_name),
        Maker::Person(_) => {
            let own = [token_type::PERSONAL].iter().chain(token_type::LINKS);
            own.into_iter().any(|known| known.eq_ignore_ascii_case(type_name))
        }
    }
}

/// Whether so many attributes of this size are kept.
#[must_use]
pub fn are_kept(attributes: &Map<String, Value>) -> bool {
    attributes.len() <= MOST_ATTRIBUTES
        && serde_json::to_vec(attributes).is_ok_and(|text| text.len() <= LARGEST_ATTRIBUTES)
}

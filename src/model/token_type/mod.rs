//! Token types: named kinds of token and the rules they carry.

mod compare;
mod names;
mod prius;
mod read;
mod toml_text;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{rules::Rule, timestamp::Timestamp};

pub use self::{
    names::Named,
    prius::read_prius,
    read::{FaultPlace, Reading, TypeFault, read, read_all},
    toml_text::toml_text,
};

/// The longest name, in characters.
const LONGEST: usize = 64;

/// The name of a token type, as it is shown. Names that differ only in ASCII case are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(transparent))]
pub struct TypeName(String);

/// Text that is no name of a token type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token type's name is a letter and up to {} of A-Z a-z 0-9 _ . -", LONGEST - 1)]
pub struct NotATypeName;

impl TypeName {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// [`NotATypeName`].
    pub fn parse(text: &str) -> Result<Self, NotATypeName> {
        let is_tail = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        let is_sound = text.len() <= LONGEST
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.bytes().all(is_tail);
        if is_sound { Ok(Self(text.to_owned())) } else { Err(NotATypeName) }
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What equal names have in common: lower case, ASCII only.
    #[must_use]
    pub fn fold(&self) -> String {
        fold(&self.0)
    }
}

/// What equal names of token types have in common, of any text.
#[must_use]
pub fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

words! {
    /// Where a token type comes from.
    pub enum TypeSource: "source" {
        /// It is part of the protocol.
        BuiltIn = "built-in",
        /// It stands in the settings file, which alone changes it.
        File = "file",
        /// An operator declared it.
        Store = "store",
    }
}

words! {
    /// What spends a use of a token.
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum SpendOn: "spend_on" {
        /// `POST /tokens/use` alone.
        #[default]
        Use = "use",
        /// An introspection, too, by a resource server that the token is for.
        Introspection = "introspection",
    }
}

/// What a token type says, as it is compared and kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeDefinition {
    /// A sentence for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether a token has to be made for a purpose.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_purpose: bool,
    /// Whether a token has to be made for an identity.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_identity: bool,
    /// What spends a use.
    #[serde(default)]
    pub spend_on: SpendOn,
    /// All that must hold.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

impl TypeDefinition {
    /// As the store keeps it.
    ///
    /// # Panics
    ///
    /// If it cannot be written as JSON, which none of its members can bring about.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("names and numbers can be written as JSON")
    }
}

/// A token type as somebody states it, in a file or to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredType {
    /// Its name.
    pub name: TypeName,
    /// What it says.
    pub definition: TypeDefinition,
}

/// A token type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenType {
    /// Its name.
    pub name: TypeName,
    /// Where it comes from.
    pub source: TypeSource,
    /// Counts its definitions, from 1.
    pub version: i64,
    /// What it says.
    pub definition: TypeDefinition,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was taken out of what configures it; its tokens are invalid until it returns.
    pub removed_at: Option<Timestamp>,
}

/// The type of every access token of OAuth, unless a later version says otherwise.
pub const ACCESS: &str = "access";

/// The type of the tokens that people make for themselves. Its rules may be configured.
pub const PERSONAL: &str = "personal";

/// The types of what leads people to a new password, and to their account. Whoever configures a
/// type of such a name has one of the same name and nothing else: ours have the rules that we give
/// them, and are told by who made them.
pub const LINKS: &[&str] = &[PASSWORD_RESET, INVITATION];

/// What leads people to a new password.
pub const PASSWORD_RESET: &str = "password_reset";

/// What leads people to their account.
pub const INVITATION: &str = "invitation";

/// Names of the other types that belong to the protocol: nobody configures these.
pub const PROTOCOL: &[&str] =
    &["refresh", "code", "device_code", "user_code", "id", "registration"];

/// Whether a type of this name is always there, whatever is configured, and may be given rules.
#[must_use]
pub fn is_built_in(name: &str) -> bool {
    [ACCESS, PERSONAL].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a type of this name stays when nobody configures it any more.
#[must_use]
pub fn stays(name: &str) -> bool {
    is_built_in(name) || LINKS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether tokens of this type are made by the protocol or by people, and by no client for its own
/// ends.
#[must_use]
pub fn is_protocol(name: &str) -> bool {
    let is_it = |known: &&str| known.eq_ignore_ascii_case(name);
    is_built_in(name) || PROTOCOL.iter().any(is_it)
}

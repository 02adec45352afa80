//! What can be declared.

use std::fmt;

/// What can be declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Noun {
    /// A named kind of token, and its rules.
    TokenType,
    /// An app that may ask for tokens.
    Client,
    /// An API that tokens are for.
    ResourceServer,
    /// A scope token and its description.
    Scope,
    /// A person, or the account of a service.
    User,
}

impl Noun {
    /// Every noun, in the order of the file.
    pub const ALL: &'static [Noun] =
        &[Noun::TokenType, Noun::Client, Noun::ResourceServer, Noun::Scope, Noun::User];

    /// The word that programs know it by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Noun::TokenType => "token_type",
            Noun::Client => "client",
            Noun::ResourceServer => "resource_server",
            Noun::Scope => "scope",
            Noun::User => "user",
        }
    }

    /// The name of its array of tables.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Noun::TokenType => "token_types",
            Noun::Client => "clients",
            Noun::ResourceServer => "resource_servers",
            Noun::Scope => "scopes",
            Noun::User => "users",
        }
    }
}

impl fmt::Display for Noun {
    /// The words that people know it by.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Noun::TokenType => "token type",
            Noun::ResourceServer => "resource server",
            noun => noun.as_str(),
        })
    }
}

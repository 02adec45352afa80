//! Tessera: an OAuth 2 and OpenID server that remembers every token.
//!
//! The map, in reading order. A request comes in at the top and falls straight down; a value comes
//! back up; nothing looks up. `tests/house_rules.rs` holds who may look where.

// The command line: the operator's terminal.
#[cfg(feature = "server")]
pub mod cli;

// Merges the rooms' routers, and serves them.
#[cfg(feature = "server")]
pub mod server;

// The words that people read, by key, and letters made of them.
#[cfg(feature = "server")]
pub mod mail;
#[cfg(feature = "server")]
mod words;

// What machines call.
#[cfg(feature = "server")]
pub mod endpoints;

// What people see.
#[cfg(feature = "server")]
pub mod pages;

// Who asks: client authentication.
#[cfg(feature = "server")]
pub mod client_auth;

// Proofs, and what they are redeemed for.
#[cfg(feature = "server")]
pub mod grants;

// What operators do, once for every face.
#[cfg(feature = "server")]
pub mod acts;

// Tokens: issued, presented, ended.
#[cfg(feature = "validation")]
pub mod tokens;

// Rows at rest, on either engine. A resource server only looks at entries.
#[cfg(all(feature = "entry-check", not(feature = "server")))]
#[path = "store/entries_only.rs"]
pub mod store;
#[cfg(feature = "server")]
pub mod store;

// Nouns and decisions.
pub mod model;

// What the server does by itself.
#[cfg(feature = "server")]
pub mod jobs;

// What handlers, commands and jobs may reach for.
#[cfg(feature = "server")]
pub mod app;

// The settings: keys, sources, faults.
#[cfg(feature = "server")]
pub mod config;

// The one error of every request.
#[cfg(feature = "server")]
pub mod error;

// Slow hashes of chosen secrets.
#[cfg(feature = "server")]
pub mod hashing;

// What a resource server imports.
#[cfg(feature = "validation")]
pub mod validation;

//! Nouns and decisions: what a client, a token entry or a scope is, and what follows from them.
//!
//! Nothing here does I/O and nothing here imports another room. Time and randomness come in as
//! parameters. `sqlx` appears only inside derives, so that a row needs no second struct.

#[macro_use]
mod words;

#[cfg(feature = "server")]
pub mod api_scope;
#[cfg(feature = "server")]
pub mod attempt;
#[cfg(feature = "server")]
pub mod audience;
pub mod audit;
pub mod authorization;
pub mod client;
pub mod client_id;
#[cfg(feature = "server")]
pub mod client_key;
pub mod client_refusal;
pub mod client_secret;
#[cfg(feature = "server")]
pub mod duration;
pub mod entry_key;
pub mod family;
pub mod id;
pub mod issuer;
#[cfg(feature = "server")]
pub mod json_object;
pub mod jwt_id;
pub mod key_rotation;
pub mod look_alike;
#[cfg(feature = "server")]
pub mod nearest;
#[cfg(feature = "server")]
pub mod node_settings;
#[cfg(feature = "server")]
pub mod over;
pub mod parameters;
#[cfg(feature = "server")]
pub mod proxies;
#[cfg(feature = "server")]
pub mod purposes;
#[cfg(feature = "server")]
pub mod query;
pub mod registered_client;
pub mod resource_server;
#[cfg(feature = "server")]
pub mod rules;
pub mod scope;
pub mod secret;
pub mod signature_algorithm;
pub mod signing_key;
pub mod space_delimited;
#[cfg(feature = "server")]
pub mod standing;
#[cfg(feature = "server")]
pub mod status_word;
#[cfg(feature = "server")]
mod strict_json;
pub mod timestamp;
#[cfg(feature = "server")]
pub mod token_entry;
pub mod token_format;
pub mod token_string;
#[cfg(feature = "server")]
pub mod token_type;
#[cfg(feature = "server")]
pub mod toml_text;
pub mod trace;
#[cfg(feature = "server")]
pub mod user;
#[cfg(feature = "server")]
pub mod username;
#[cfg(feature = "server")]
pub mod verdict;

pub use words::UnknownWord;

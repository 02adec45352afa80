//! Nouns and decisions: what a client, a token entry or a scope is, and what follows from them.
//!
//! Nothing here does I/O and nothing here imports another room. Time and randomness come in as
//! parameters. `sqlx` appears only inside derives, so that a row needs no second struct.

#[macro_use]
mod words;

#[cfg(feature = "server")]
pub mod account_end;
#[cfg(feature = "server")]
pub mod api_scope;
#[cfg(feature = "entry-check")]
pub mod attempt;
#[cfg(feature = "server")]
pub mod audience;
pub mod audit;
pub mod authorization;
#[cfg(feature = "server")]
pub mod authorization_code;
#[cfg(feature = "server")]
pub mod authorization_request;
#[cfg(feature = "server")]
pub mod browser_session;
pub mod client;
pub mod client_id;
#[cfg(feature = "server")]
pub mod client_key;
pub mod client_refusal;
pub mod client_secret;
pub mod clock;
#[cfg(feature = "server")]
pub mod consent;
#[cfg(feature = "entry-check")]
pub mod duration;
pub mod entry_key;
#[cfg(feature = "server")]
pub mod family;
pub mod id;
pub mod issuer;
#[cfg(feature = "entry-check")]
pub mod json_object;
pub mod jwt_id;
pub mod key_rotation;
pub mod look_alike;
#[cfg(feature = "entry-check")]
pub mod nearest;
#[cfg(feature = "server")]
pub mod node_settings;
#[cfg(feature = "server")]
pub mod over;
pub mod parameters;
#[cfg(feature = "server")]
pub mod person_refusal;
#[cfg(feature = "server")]
pub mod pkce;
#[cfg(feature = "entry-check")]
pub mod postgres_hosts;
#[cfg(feature = "server")]
pub mod proxies;
#[cfg(feature = "entry-check")]
pub mod purposes;
#[cfg(feature = "server")]
pub mod query;
pub mod registered_client;
#[cfg(feature = "server")]
pub mod registered_uri;
pub mod resource_server;
pub mod reuse;
#[cfg(feature = "entry-check")]
pub mod rules;
pub mod scope;
pub mod secret;
pub mod sign_in_settings;
pub mod signature_algorithm;
pub mod signing_key;
pub mod space_delimited;
#[cfg(feature = "entry-check")]
pub mod standing;
#[cfg(feature = "server")]
pub mod status_word;
#[cfg(feature = "entry-check")]
mod strict_json;
pub mod timestamp;
#[cfg(feature = "entry-check")]
pub mod token_entry;
pub mod token_format;
pub mod token_string;
#[cfg(feature = "entry-check")]
pub mod token_type;
#[cfg(feature = "entry-check")]
pub mod toml_text;
pub mod trace;
#[cfg(feature = "entry-check")]
pub mod user;
#[cfg(feature = "server")]
pub mod user_jwt;
#[cfg(feature = "server")]
pub mod user_snapshot;
#[cfg(feature = "entry-check")]
pub mod username;
#[cfg(feature = "entry-check")]
pub mod verdict;

pub use words::UnknownWord;

//! Tokens: issued, presented, ended. The only room that knows how a token becomes an entry and an
//! entry a token.

pub mod claims;
pub mod jwt;

#[cfg(feature = "server")]
mod account_end;
#[cfg(feature = "server")]
pub mod code;
#[cfg(feature = "server")]
mod envelope;
#[cfg(feature = "server")]
mod holder;
#[cfg(feature = "server")]
mod id_token;
#[cfg(feature = "server")]
mod id_token_hint;
#[cfg(feature = "server")]
mod issue;
#[cfg(feature = "server")]
mod key_halves;
#[cfg(feature = "server")]
mod key_set;
#[cfg(feature = "server")]
mod later;
#[cfg(feature = "server")]
mod marks;
#[cfg(feature = "server")]
mod master_key;
#[cfg(feature = "server")]
mod own_keys;
#[cfg(feature = "server")]
mod present;
#[cfg(feature = "server")]
pub mod refresh;
#[cfg(feature = "server")]
mod remembered;
#[cfg(feature = "server")]
mod reuse;
#[cfg(feature = "server")]
mod revoke;
#[cfg(feature = "server")]
mod ruled;
#[cfg(feature = "server")]
mod seal;
#[cfg(feature = "server")]
mod sign;
#[cfg(feature = "server")]
mod slot;
#[cfg(feature = "server")]
mod stateless;
#[cfg(feature = "server")]
mod subject;
#[cfg(feature = "server")]
pub mod typed;
#[cfg(feature = "server")]
pub mod user_jwt;

#[cfg(feature = "server")]
mod userinfo;

#[cfg(feature = "server")]
mod workshop;

#[cfg(feature = "server")]
pub use {
    id_token_hint::IdTokenHint,
    issue::Issued,
    key_set::{KeySet, LoadedKey},
    marks::AuditKey,
    master_key::MasterKey,
    own_keys::OwnKeys,
    present::Presented,
    seal::{Belonging, Sealer},
    slot::{SlotKey, access_slot},
    workshop::{Error, Policy, RefreshPolicy, Result, ReusePolicy, Tokens},
};

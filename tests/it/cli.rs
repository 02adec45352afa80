//! The command line as an operator and a script meet it: the real program, in a place of its own.

mod arguments;
mod audit;
mod beside_a_server;
mod clients;
mod consents;
mod doctor;
mod families;
mod keys;
pub(crate) mod program;
mod serving;
mod status;
mod token_queries;
mod tokens;
mod trust;
mod typed_tokens;
mod users;

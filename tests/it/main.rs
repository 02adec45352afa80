//! Behaviour, seen from outside: one module per behaviour, each test on both engines where it
//! touches the store.

#![allow(missing_docs, unreachable_pub, reason = "a test binary has no outside")]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test fails by panicking")]

mod common;

mod account;
mod admin;
mod audit;
mod authorization_codes;
mod authorization_coverage;
mod authorize;
mod bad_input;
mod best_practice;
mod cli;
mod client_assertions;
mod client_authentication;
mod config;
mod conformance;
mod connections;
mod cors;
mod crash;
mod declared;
mod discovery;
mod example_configs;
mod failover;
mod files_of_settings;
mod foreign_client;
mod forward_auth;
mod groups;
mod id_tokens;
mod importing;
mod introspection;
mod jwt_access_tokens;
mod last_uses;
mod lessons;
mod logout;
mod logs;
mod mass_revocation;
mod master_key;
mod metrics;
mod moving;
mod new_passwords;
mod no_store;
mod nodes;
mod opening;
mod operations;
mod origins;
#[cfg(feature = "otel")]
mod otel;
mod overview;
mod pages;
mod persistence;
mod personal_tokens;
mod proxies;
mod races;
mod reference_tokens;
mod refresh_tokens;
mod reloading;
mod reuse;
mod revocation;
mod setup;
mod sign_in;
mod signing_keys;
mod spending;
mod stopping;
mod store_faults;
mod sweep;
mod tls;
mod token_endpoint;
mod token_types;
mod tokens_api;
mod transitions;
mod upgrade;
mod userinfo;
mod validation;

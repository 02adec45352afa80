//! How the store differs from what is declared, in words that show no secret.

use crate::model::{
    client::{Client, ClientStatus},
    resource_server::ResourceServer,
    reuse::Reuse,
    secret::Sha256,
    signature_algorithm::SignatureAlgorithm,
    token_format::TokenFormat,
    user::{User, UserStatus},
};

use super::{noun::Noun, sign_in};

/// What is to be done about something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is not there yet.
    Add,
    /// It is otherwise.
    Change,
    /// It is as declared.
    Unchanged,
    /// It is not declared.
    Remove,
}

/// How one thing differs.
#[derive(Debug, Clone)]
pub struct Difference {
    /// What is to be done.
    pub action: Action,
    /// What it is.
    pub noun: Noun,
    /// Which one it is.
    pub name: String,
    /// What differs about it.
    pub changes: Vec<Changed>,
}

/// One setting that differs. Passwords and secrets are told of, never shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The name of the setting.
    pub field: String,
    /// What it is in the store; `None` for nothing.
    pub from: Option<String>,
    /// What it is to be.
    pub to: Option<String>,
}

impl Action {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Action::Add => "add",
            Action::Change => "change",
            Action::Unchanged => "unchanged",
            Action::Remove => "remove",
        }
    }
}

/// The settings of something, by name.
pub(super) type Fields = Vec<(&'static str, Option<String>)>;

/// What differs between two lists of the same settings.
pub(super) fn changed(before: Fields, after: Fields) -> Vec<Changed> {
    let pairs = before.into_iter().zip(after).filter(|((_, from), (_, to))| from != to);
    pairs.map(|((field, from), (_, to))| Changed { field: field.to_owned(), from, to }).collect()
}

/// The names of the settings in which two clients differ, for the audit log; `None` if in none.
pub(in crate::acts) fn changed_client(before: &Client, after: &Client) -> Option<String> {
    names(changed(client_fields(before), client_fields(after)))
}

/// The same of two resource servers.
pub(in crate::acts) fn changed_server(
    before: &ResourceServer,
    after: &ResourceServer,
) -> Option<String> {
    names(changed(server_fields(before), server_fields(after)))
}

/// The same of two users; of the password, that it is another or none.
pub(in crate::acts) fn changed_user(before: &User, after: &User) -> Option<String> {
    let mut changes = changed(user_fields(before), user_fields(after));
    if before.password != after.password {
        let field = "password".to_owned();
        changes.push(Changed { field, from: None, to: None });
    }
    names(changes)
}

fn names(changes: Vec<Changed>) -> Option<String> {
    let names: Vec<_> = changes.into_iter().map(|change| change.field).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Every setting that has a value, as one that comes into being.
pub(super) fn all_new(fields: Fields) -> Vec<Changed> {
    let nothing = fields.iter().map(|(field, _)| (*field, None)).collect();
    changed(nothing, fields)
}

pub(super) fn client_fields(client: &Client) -> Fields {
    let mut fields = vec![
        ("name", Some(client.name.clone())),
        ("kind", Some(client.kind.to_string())),
        ("authentication", Some(client.authentication.to_string())),
        ("jwks", client.jwks.as_deref().map(keys_in_words)),
        ("assertion_audience", Some(client.assertion_audience.to_string())),
        ("grant_types", unless_empty(client.grant_types.to_string())),
        ("scope", unless_empty(client.scope.to_string())),
        ("cors_origins", unless_empty(client.cors_origins.to_string())),
        ("access_format", client.access_format.map(TokenFormat::as_str).map(str::to_owned)),
        (
            "access_algorithm",
            client.access_algorithm.map(SignatureAlgorithm::as_str).map(str::to_owned),
        ),
        ("access_lifetime", client.access_lifetime.map(|seconds| format!("{seconds}s"))),
        ("reuse", client.reuse.map(Reuse::as_str).map(str::to_owned)),
        ("refresh_format", client.refresh_format.map(TokenFormat::as_str).map(str::to_owned)),
        ("refresh_rotate", client.refresh_rotate.map(|rotates| rotates.to_string())),
        ("refresh_lifetime", client.refresh_lifetime.map(|seconds| format!("{seconds}s"))),
        ("disabled", yes(client.status == ClientStatus::Disabled)),
    ];
    fields.extend(sign_in::fields(&client.sign_in));
    fields
}

pub(super) fn server_fields(server: &ResourceServer) -> Fields {
    vec![
        ("name", Some(server.name.clone())),
        ("scope", unless_empty(server.scope.to_string())),
        ("is_default", yes(server.is_default)),
        ("introspectors", unless_empty(server.introspectors.to_string())),
    ]
}

/// The settings of a user, but for the password.
pub(super) fn user_fields(user: &User) -> Fields {
    vec![
        ("username", Some(user.username.clone())),
        ("roles", unless_empty(user.roles.to_string())),
        ("operator_roles", unless_empty(user.operator_roles.to_string())),
        ("attributes", Some(user.attributes.to_string()).filter(|text| text != "{}")),
        ("scope", unless_empty(user.scope.to_string())),
        ("claims", Some(user.claims.to_string()).filter(|text| text != "{}")),
        ("disabled", yes(user.status == UserStatus::Disabled)),
    ]
}

/// Public keys are long: what tells two sets apart is the beginning of their hash.
fn keys_in_words(jwks: &str) -> String {
    let hash = Sha256::of(jwks.as_bytes());
    let start = hash.as_bytes().first_chunk().map_or(0, |start| u32::from_be_bytes(*start));
    format!("set of public keys {start:08x}")
}

pub(super) fn unless_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn yes(is: bool) -> Option<String> {
    is.then(|| "yes".to_owned())
}

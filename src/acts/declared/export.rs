//! What the store holds, in the layout of declared files.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    acts::{Result, client_settings::needs_secret},
    app::App,
    config::duration,
    model::{
        client::{AssertionAudience, Client, ClientStatus},
        client_secret::ClientSecret,
        resource_server::ResourceServer,
        rules::Rule,
        scope::Scope,
        signature_algorithm::SignatureAlgorithm,
        timestamp::Timestamp,
        token_format::TokenFormat,
        token_type::{self, DeclaredType, TokenType, TypeDefinition, TypeSource},
        user::{User, UserStatus},
    },
};

use super::{
    client_secrets::verifier_text,
    noun::Noun,
    sign_in,
    state::{State, Which},
    toml_text,
};

/// What to export, and how.
#[derive(Debug, Clone)]
pub struct ExportOptions {
    /// Which nouns.
    pub nouns: Vec<Noun>,
    /// Whether what is kept of secrets and passwords comes along.
    pub with_hashes: bool,
}

/// Everything that was asked for, always in the same order.
#[derive(Debug)]
pub struct Exported {
    options: ExportOptions,
    /// One for each thing.
    pub entries: Vec<Entry>,
}

/// One thing, by key and value.
#[derive(Debug)]
pub struct Entry {
    /// What it is.
    pub noun: Noun,
    pairs: Vec<(&'static str, Value)>,
    secrets: Vec<Vec<(&'static str, Value)>>,
    /// Its TOML, where that is made elsewhere.
    toml: Option<String>,
    left_out: Option<&'static str>,
}

/// Reads what the store holds.
///
/// # Errors
///
/// What the store says.
pub async fn export(app: &App, options: ExportOptions) -> Result<Exported> {
    let users = options.nouns.contains(&Noun::User);
    let which = if users { Which::all() } else { Which::none() };
    let state = State::read(&mut app.store.read().await?, &which).await?;
    let now = app.now();
    let mut entries = Vec::new();
    for noun in Noun::ALL.iter().filter(|noun| options.nouns.contains(noun)) {
        match noun {
            Noun::TokenType => {
                // What stands in the settings file is to stay there.
                let is_ours = |known: &&TokenType| {
                    known.source == TypeSource::Store && known.removed_at.is_none()
                };
                let ours = state.types.iter().filter(is_ours);
                entries.extend(ours.map(type_entry));
            }
            Noun::Client => entries.extend(state.clients.iter().map(|client| {
                let live = state.secrets(&client.client_id).iter();
                let live = live.filter(|secret| secret.is_live(now) && needs_secret(client));
                client_entry(client, live, options.with_hashes)
            })),
            Noun::ResourceServer => entries.extend(state.servers.iter().map(server_entry)),
            Noun::Scope => entries.extend(scope_entries(&state)),
            Noun::User => {
                let user = |user| user_entry(user, options.with_hashes);
                entries.extend(state.users.iter().map(user));
            }
        }
    }
    Ok(Exported { options, entries })
}

impl Exported {
    /// What stands before the entries, as TOML.
    #[must_use]
    pub fn head(&self) -> String {
        let Self { options, entries } = self;
        let hashes = if options.with_hashes {
            "# With what is kept of secrets and passwords: keep this file as safe as the store.\n"
        } else {
            "# Left out: what is kept of secrets and passwords (--with-hashes puts it in).\n"
        };
        let head = format!(
            "# Declared state, as tessera apply takes it.\n{hashes}# Never in here: secrets and \
             passwords themselves, secrets that have ended, tokens,\n# signing keys, the audit \
             log.\n"
        );
        let is_empty = |noun: &&Noun| !entries.iter().any(|entry| entry.noun == **noun);
        let none = Noun::ALL.iter().filter(|noun| options.nouns.contains(noun)).filter(is_empty);
        let none: Vec<_> = none.map(|noun| format!("{} = []", noun.section())).collect();
        if none.is_empty() { head } else { format!("{head}\n{}\n", none.join("\n")) }
    }
}

impl Entry {
    /// The entry as TOML, with an empty line before it.
    #[must_use]
    pub fn to_toml(&self) -> String {
        if let Some(toml) = &self.toml {
            return format!("\n{toml}");
        }
        let section = self.noun.section();
        let mut lines = vec![String::new(), format!("[[{section}]]")];
        lines.extend(self.pairs.iter().map(|(key, value)| toml_text::line(key, value)));
        lines.extend(self.left_out.map(|left_out| format!("# {left_out}")));
        for secret in &self.secrets {
            lines.push(format!("[[{section}.secrets]]"));
            lines.extend(secret.iter().map(|(key, value)| toml_text::line(key, value)));
        }
        lines.push(String::new());
        lines.join("\n")
    }

    /// The entry for a program, with the same keys.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let object = |pairs: &[(&'static str, Value)]| {
            let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
            Value::Object(pairs.collect::<Map<_, _>>())
        };
        let mut entry = object(&self.pairs);
        entry["noun"] = json!(self.noun.as_str());
        if !self.secrets.is_empty() {
            entry["secrets"] = self.secrets.iter().map(|secret| object(secret)).collect();
        }
        entry
    }
}

fn type_entry(known: &TokenType) -> Entry {
    let TokenType { name, definition, .. } = known;
    let TypeDefinition { description, require_purpose, require_identity, spend_on, rules } =
        definition;
    let rules: Vec<_> = rules.iter().filter_map(Rule::settings).collect();
    let pairs = vec![
        ("name", json!(name.as_str())),
        ("description", json!(description)),
        ("require_purpose", json!(require_purpose)),
        ("require_identity", json!(require_identity)),
        ("spend_on", json!(spend_on.as_str())),
        ("rules", json!(rules)),
    ];
    let declared = DeclaredType { name: name.clone(), definition: definition.clone() };
    let toml = Some(token_type::toml_text(&declared));
    Entry { toml, ..plain(Noun::TokenType, pairs) }
}

fn client_entry<'s>(
    client: &Client,
    secrets: impl Iterator<Item = &'s ClientSecret>,
    with_hashes: bool,
) -> Entry {
    let mut pairs = vec![
        ("client_id", json!(client.client_id.as_str())),
        ("name", json!(client.name)),
        ("kind", json!(client.kind.as_str())),
        ("authentication", json!(client.authentication.as_str())),
    ];
    pairs.extend(client.jwks.as_ref().map(|jwks| ("jwks", json!(jwks))));
    if client.assertion_audience != AssertionAudience::Issuer {
        pairs.push(("assertion_audience", json!(client.assertion_audience.as_str())));
    }
    pairs.push(("grant_types", list(client.grant_types.iter())));
    pairs.push(("scope", json!(client.scope.to_string())));
    if !client.cors_origins.is_empty() {
        pairs.push(("cors_origins", list(client.cors_origins.iter())));
    }
    let format = client.access_format.map(TokenFormat::as_str);
    pairs.extend(format.map(|word| ("access_format", json!(word))));
    let algorithm = client.access_algorithm.map(SignatureAlgorithm::as_str);
    pairs.extend(algorithm.map(|word| ("access_algorithm", json!(word))));
    if client.access_lifetime.is_some() {
        let lifetime = client.access_lifetime(std::time::Duration::ZERO);
        pairs.push(("access_lifetime", json!(duration::format(lifetime))));
    }
    pairs.extend(client.reuse.map(|word| ("reuse", json!(word.as_str()))));
    let format = client.refresh_format.map(TokenFormat::as_str);
    pairs.extend(format.map(|word| ("refresh_format", json!(word))));
    pairs.extend(client.refresh_rotate.map(|rotates| ("refresh_rotate", json!(rotates))));
    if client.refresh_lifetime.is_some() {
        let lifetime = client.refresh_lifetime(std::time::Duration::ZERO);
        pairs.push(("refresh_lifetime", json!(duration::format(lifetime))));
    }
    pairs.extend(sign_in::pairs(&client.sign_in));
    if client.status == ClientStatus::Disabled {
        pairs.push(("disabled", json!(true)));
    }
    let secrets = secrets.map(|secret| {
        let mut pairs = vec![("hint", json!(secret.hint))];
        if with_hashes {
            pairs.push(("verifier", json!(verifier_text(secret.kind, &secret.verifier))));
        }
        let end = secret.expires_at.map(Timestamp::rfc3339);
        pairs.extend(end.map(|end| ("expires_at", json!(end))));
        pairs
    });
    Entry { secrets: secrets.collect(), ..plain(Noun::Client, pairs) }
}

fn server_entry(server: &ResourceServer) -> Entry {
    let mut pairs = vec![
        ("audience", json!(server.audience)),
        ("name", json!(server.name)),
        ("scope", json!(server.scope.to_string())),
    ];
    if server.is_default {
        pairs.push(("is_default", json!(true)));
    }
    if !server.introspectors.is_empty() {
        pairs.push(("introspectors", list(server.introspectors.iter())));
    }
    plain(Noun::ResourceServer, pairs)
}

/// Every scope token that is described or in use: whoever reads the export must know them all.
fn scope_entries(state: &State) -> Vec<Entry> {
    let used = state.clients.iter().map(|client| &client.scope);
    let used = used.chain(state.servers.iter().map(|server| &server.scope)).flat_map(Scope::iter);
    let mut tokens: BTreeMap<&str, &str> = used.map(|token| (token, "")).collect();
    tokens.extend(state.scopes.iter().map(|scope| (&*scope.scope, &*scope.description)));
    let entry = |(token, description): (&str, &str)| {
        let mut pairs = vec![("scope", json!(token))];
        if !description.is_empty() {
            pairs.push(("description", json!(description)));
        }
        plain(Noun::Scope, pairs)
    };
    tokens.into_iter().map(entry).collect()
}

fn user_entry(user: &User, with_hashes: bool) -> Entry {
    let mut pairs = vec![("username", json!(user.username)), ("realm", json!(user.realm))];
    for (key, roles) in [("roles", &user.roles), ("operator_roles", &user.operator_roles)] {
        if !roles.is_empty() {
            pairs.push((key, list(roles.iter())));
        }
    }
    if !user.scope.is_empty() {
        pairs.push(("scope", json!(user.scope.to_string())));
    }
    for (key, members) in [("attributes", &user.attributes), ("claims", &user.claims)] {
        if !members.is_empty() {
            let members = members.iter().map(|(name, value)| (name.to_owned(), value.clone()));
            pairs.push((key, Value::Object(members.collect())));
        }
    }
    if user.status == UserStatus::Disabled {
        pairs.push(("disabled", json!(true)));
    }
    let mut left_out = None;
    match &user.password {
        Some(hash) if with_hashes => pairs.push(("password", json!({"hash": hash.expose()}))),
        Some(_) => left_out = Some("password: set, and left out"),
        None => {}
    }
    Entry { left_out, ..plain(Noun::User, pairs) }
}

fn plain(noun: Noun, pairs: Vec<(&'static str, Value)>) -> Entry {
    Entry { noun, pairs, secrets: Vec::new(), toml: None, left_out: None }
}

fn list<'i>(items: impl Iterator<Item = &'i str>) -> Value {
    items.collect::<Vec<_>>().into()
}

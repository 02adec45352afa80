//! What a declaration says that does not fit what the store holds.

use std::collections::{HashMap, HashSet};

use crate::{
    acts::{checks, client_settings::check_change},
    config::Wrong,
    model::{
        client::Client,
        client_secret::ClientSecret,
        issuer::Issuer,
        resource_server::ResourceServer,
        scope::{OPENID_SCOPES, Scope},
        token_type::{Named, TypeDefinition, TypeName, TypeSource},
        user::UserStatus,
    },
};

use super::{
    clients::wrong,
    declaration::{
        Declaration, DeclaredClient, DeclaredSecret, DeclaredServer, DeclaredTokenType,
        SecretSource,
    },
    noun::Noun,
    page::{Findings, Place},
    plan::PlanOptions,
    state::State,
};

/// The declared clients by name: there may be as many as there are introspectors.
type Declared<'d> = HashMap<&'d str, &'d DeclaredClient>;

/// What to judge by.
pub(super) struct References<'r> {
    pub(super) declaration: &'r Declaration,
    pub(super) state: &'r State,
    pub(super) options: &'r PlanOptions,
}

impl References<'_> {
    /// Reports everything that does not fit.
    pub(super) fn check(&self, findings: &mut Findings) {
        self.token_types(findings);
        let known = self.known_scopes();
        for declared in &self.declaration.clients {
            let name = format!("clients.{}", declared.client.client_id);
            self.client(declared, &name, findings);
            let scope = &declared.client.scope;
            refuse_unknown(scope, &known, (&declared.place, &name), findings);
        }
        let clients = &self.declaration.clients;
        let clients: Declared =
            clients.iter().map(|known| (known.client.client_id.as_str(), known)).collect();
        for declared in &self.declaration.resource_servers {
            let name = format!("resource_servers.{}", declared.server.audience);
            self.introspectors((declared, &name), &clients, findings);
            refuse_unknown(&declared.server.scope, &known, (&declared.place, &name), findings);
        }
        for declared in &self.declaration.users {
            let user = &declared.user;
            let found = self.state.user(&user.realm, &user.username_fold);
            if found.is_some_and(|found| found.status == UserStatus::Deleted) {
                let problem = "was deleted, and a name is never given twice";
                let wrong = Wrong::new(problem, "remove them, or choose another name");
                findings.report(&declared.place, &format!("users.{}", user.address()), wrong);
            }
        }
    }

    /// Reports the token types that are not for files to declare.
    pub(super) fn token_types(&self, findings: &mut Findings) {
        for declared in &self.declaration.token_types {
            if let Some(wrong) = self.not_ours(declared) {
                let name = format!("token_types.{}", declared.token_type.name);
                findings.report(&declared.place, &name, wrong);
            }
        }
    }

    /// Why no file but the settings may declare a token type.
    fn not_ours(&self, declared: &DeclaredTokenType) -> Option<Wrong> {
        let name = &declared.token_type.name;
        let known = self.state.token_type(&name.fold());
        let is_of_settings = match &self.declaration.of_settings {
            Some(types) => types.iter().any(|known| known.name.fold() == name.fold()),
            None => known.is_some_and(|known| {
                known.source == TypeSource::File && known.removed_at.is_none()
            }),
        };
        let problem = "stands in the settings file, which alone changes it";
        let remedy = "remove it here, or there and reload the server";
        is_of_settings.then(|| Wrong::new(problem, remedy))
    }

    /// What the rules of token types name and nobody knows: they may be stated ahead of it.
    pub(super) fn notes(&self, issuer: &Issuer) -> Vec<String> {
        let scopes = self.known_scopes();
        let Declaration { clients, resource_servers, .. } = self.declaration;
        let is_there = |named: Named<'_>| match named {
            Named::Client(name) => {
                clients.iter().any(|known| known.client.client_id.as_str() == name)
                    || self.state.client(name).is_some()
            }
            Named::Audience(name) => {
                resource_servers.iter().any(|known| known.server.audience == name)
                    || self.state.server(name).is_some()
                    || issuer.as_str() == name
            }
            Named::Scope(name) => scopes.contains(name),
        };
        let note = |(name, said): (&TypeName, &TypeDefinition)| {
            let unknown = said.unknown_names(is_there);
            let told = unknown.iter().map(|unknown| format!("The token type {name}: {unknown}."));
            told.collect::<Vec<_>>()
        };
        self.declaration.definitions().flat_map(note).collect()
    }

    /// Whether what is in the store but not in the files goes.
    fn goes(&self, noun: Noun) -> bool {
        self.options.prune && self.declaration.mentioned.contains(&noun)
    }

    /// Every scope token that somebody knows: described ones, declared ones, and those that stay
    /// in use.
    fn known_scopes(&self) -> HashSet<String> {
        let declared = self.declaration.scopes.iter().map(|declared| &declared.scope.scope);
        let mut known: HashSet<String> = declared.cloned().collect();
        known.extend(OPENID_SCOPES.iter().map(|known| (*known).to_owned()));
        if !self.goes(Noun::Scope) {
            known.extend(self.state.scopes.iter().map(|scope| scope.scope.clone()));
            let clients = self.state.clients.iter().map(|client: &Client| &client.scope);
            let servers = self.state.servers.iter().map(|server: &ResourceServer| &server.scope);
            known.extend(clients.chain(servers).flat_map(Scope::iter).map(str::to_owned));
        }
        known
    }

    fn introspectors(
        &self,
        (declared, name): (&DeclaredServer, &str),
        clients: &Declared<'_>,
        findings: &mut Findings,
    ) {
        for client_id in declared.server.introspectors.iter() {
            let client = match clients.get(client_id) {
                // What is wrong with it was said where it stands.
                Some(client) if !client.is_sound => continue,
                Some(client) => Some(&client.client),
                None if self.goes(Noun::Client) => None,
                None => self.state.client(client_id),
            };
            let key = format!("{name}.introspectors");
            let wrong = match client {
                None => {
                    let problem = format!("there is no client named {client_id}");
                    Wrong::new(problem, "declare it, or correct its name")
                }
                Some(client) => match checks::introspector(client) {
                    Ok(()) => continue,
                    Err(error) => wrong(&error),
                },
            };
            findings.report(&declared.place, &key, wrong);
        }
    }

    fn client(&self, declared: &DeclaredClient, name: &str, findings: &mut Findings) {
        if !declared.is_sound {
            return;
        }
        let client = &declared.client;
        let before = self.state.client(client.client_id.as_str());
        if let Some(before) = before {
            if before.kind != client.kind {
                let problem = format!("is {} in the store, and a kind never changes", before.kind);
                let wrong = Wrong::new(problem, "delete the client first, or choose another name");
                findings.report(&declared.place, &format!("{name}.kind"), wrong);
            } else if let Err(error) = check_change(before, client.authentication) {
                let key = format!("{name}.authentication");
                findings.report(&declared.place, &key, wrong(&error));
            }
        }
        // The name of a deleted client may be given again; its secrets are gone.
        let kept = before.map_or(&[][..], |before| self.state.secrets(&before.client_id));
        for secret in declared.secrets.iter().flatten() {
            if let Some(wrong) = self.misfit(secret, kept) {
                findings.report(&secret.place, &secret.name, wrong);
            }
        }
    }

    /// Why a secret cannot be had.
    fn misfit(&self, secret: &DeclaredSecret, kept: &[ClientSecret]) -> Option<Wrong> {
        let now = self.options.now;
        match &secret.source {
            SecretSource::Known(_) => None,
            SecretSource::Generate => {
                let has_one = kept.iter().any(|secret| secret.is_live(now));
                let problem = "is to be drawn, and nobody is here to see it";
                let remedy = "run tessera apply with this file once, before the server starts";
                (!self.options.attended && !has_one).then(|| Wrong::new(problem, remedy))
            }
            SecretSource::Hint { hint, verifier } => {
                let found = kept.iter().find(|secret| secret.hint == *hint);
                match (found, verifier) {
                    (None, None) => {
                        let problem = "the store has no secret known by that";
                        let remedy = "state the secret itself by value, env or file; or export \
                                      with --with-hashes";
                        Some(Wrong::new(problem, remedy))
                    }
                    (Some(found), Some(verifier)) if found.verifier != verifier.bytes => {
                        let problem = "the store has another secret known by that";
                        Some(Wrong::new(problem, "retire that one first"))
                    }
                    _ => None,
                }
            }
        }
    }
}

fn refuse_unknown(
    scope: &Scope,
    known: &HashSet<String>,
    (place, name): (&Place, &str),
    findings: &mut Findings,
) {
    for token in scope.iter().filter(|token| !known.contains(*token)) {
        let problem = format!("nobody knows the scope token {token}");
        let remedy = format!("correct it, or declare it: [[scopes]] with scope = \"{token}\"");
        findings.report(place, &format!("{name}.scope"), Wrong::new(problem, remedy));
    }
}

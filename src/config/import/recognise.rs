//! Whose settings a file holds.

use toml::de::{DeTable, DeValue};

use super::yaml::{self, Value};
use crate::config::{
    fault::{Fault, Wrong},
    keys::KEYS,
};

/// Whose settings can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    AuthOTron,
    Wso2,
}

/// Sections that a deployment.toml of WSO2 has.
const WSO2_SECTIONS: &[&str] = &[
    "apim",
    "authentication",
    "authorization_manager",
    "carbon_health_check",
    "catalog",
    "cors",
    "database",
    "database_configuration",
    "encryption",
    "event_handler",
    "event_listener",
    "identity",
    "identity_mgt",
    "keystore",
    "oauth",
    "output_adapter",
    "realm_manager",
    "server",
    "session",
    "session_data",
    "super_admin",
    "tenant_mgt",
    "throttling",
    "transport",
    "truststore",
    "user_store",
];

/// Sections that a configuration of Auth-O-Tron has, and what they have in them.
pub(super) const AUTH_O_TRON_SECTIONS: &[(&str, &[&str])] = &[
    ("version", &[]),
    ("bind_address", &[]),
    ("include_legacy_headers", &[]),
    ("services", &[]),
    ("providers", &[]),
    ("augmenters", &[]),
    ("server", &["host", "port"]),
    ("metrics", &["enabled", "port"]),
    ("store", &["enabled", "type", "uri", "database"]),
    ("jwt", &["iss", "aud", "exp", "secret"]),
    ("logging", &["level", "format", "service_name", "service_version"]),
    ("auth", &["timeout_in_ms"]),
];

/// What OpenIddict is told in code, and what does the same here.
const OPENIDDICT_CALLS: &[(&str, &str)] = &[
    ("UseReferenceAccessTokens", "tokens.access.format = \"reference\", which is the default"),
    ("UseReferenceRefreshTokens", "tokens.refresh.format = \"reference\", which is the default"),
    (
        "EnableTokenEntryValidation",
        "the entry check of the resource server: docs/resource-servers.md",
    ),
    (
        "EnableAuthorizationEntryValidation",
        "the entry check of the resource server, which looks at the family as well",
    ),
    ("DisableTokenStorage", "store.enabled = false"),
    ("DisableRollingRefreshTokens", "tokens.refresh.rotate = false"),
    ("DisableSlidingRefreshTokenExpiration", "tokens.refresh.sliding = false"),
    ("SetAccessTokenLifetime", "tokens.lifetimes.access = \"…\", with your lifetime"),
    ("SetRefreshTokenLifetime", "tokens.lifetimes.refresh = \"…\", with your lifetime"),
    ("SetRefreshTokenReuseLeeway", "tokens.refresh.reuse_leeway = \"…\", with your time"),
    (
        "UseDataProtection",
        "nothing: payloads are sealed, and what is read from a row opens nothing",
    ),
];

/// Finds out whose settings these are.
pub(super) fn origin(name: &str, text: &str) -> Result<Origin, Vec<Fault>> {
    if text.contains("\"owinFramework\"") {
        let problem = "is the configuration of a Prius token store, which is token types";
        return nobody(name, problem, &format!("tessera type import {name}"));
    }
    let calls = openiddict_calls(name, text);
    if !calls.is_empty() {
        return Err(calls);
    }
    let unknown = "is neither a configuration of Auth-O-Tron nor a deployment.toml of WSO2";
    let remedy = "name one of these; docs/coming-from says more";
    match DeTable::parse(text) {
        Ok(table) if table.get_ref().is_empty() => nobody(name, "holds no settings", remedy),
        Ok(table) if is_ours(table.get_ref(), "") => {
            let problem = "is a settings file of Tessera already";
            nobody(name, problem, &format!("tessera config check --config {name}"))
        }
        Ok(table) => {
            let mut sections = table.get_ref().keys();
            if sections.any(|section| WSO2_SECTIONS.contains(&&**section.get_ref())) {
                Ok(Origin::Wso2)
            } else {
                nobody(name, unknown, remedy)
            }
        }
        Err(_) => match yaml::read(text).map(|node| node.value) {
            Ok(Value::Map(entries)) => {
                let known = |key: &str| AUTH_O_TRON_SECTIONS.iter().any(|(name, _)| *name == key);
                let is_known = entries.iter().any(|entry| known(&entry.key));
                if is_known { Ok(Origin::AuthOTron) } else { nobody(name, unknown, remedy) }
            }
            Ok(_) => nobody(name, unknown, remedy),
            // It is one of them, and broken: who reads it says where.
            Err(_) if looks_like_toml(text) => Ok(Origin::Wso2),
            Err(_) => Ok(Origin::AuthOTron),
        },
    }
}

fn nobody(name: &str, problem: &str, remedy: &str) -> Result<Origin, Vec<Fault>> {
    Err(vec![Wrong::new(problem, remedy).at(name, name)])
}

/// Whether some path of a table is a key of ours.
fn is_ours(table: &DeTable<'_>, prefix: &str) -> bool {
    table.iter().any(|(name, value)| {
        let path = format!("{prefix}{}", name.get_ref());
        let below = match value.get_ref() {
            DeValue::Table(below) => is_ours(below, &format!("{path}.")),
            _ => false,
        };
        below || KEYS.iter().any(|key| key.path == path)
    })
}

fn looks_like_toml(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    lines
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .is_some_and(|line| line.starts_with('['))
}

/// OpenIddict is set up in code. Each call that has something like it here is told; what stands
/// around it, nobody but a compiler could say.
fn openiddict_calls(name: &str, text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (line, code) in text.lines().enumerate() {
        let place = format!("{name}, line {}", line + 1);
        let called = |(call, _): &&(&str, &str)| code.contains(&format!("{call}("));
        for (call, remedy) in OPENIDDICT_CALLS.iter().filter(called) {
            let problem = "is code of OpenIddict, which is not converted";
            faults.push(
                Wrong::new(problem, format!("what does it here: {remedy}")).at(call, place.clone()),
            );
        }
    }
    if faults.is_empty() && text.contains("AddOpenIddict") {
        let remedy = "docs/coming-from/openiddict.md says which setting stands for which call";
        let problem = "is code of OpenIddict, which is not converted";
        faults.push(Wrong::new(problem, remedy).at(name, name));
    }
    faults
}

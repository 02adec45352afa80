//! WSO2's deployment.toml: what it says about tokens.
//!
//! Beside what stands in the file, its server has ways of its own, which are set here as well: a
//! client gets the opaque token that it has, and a new JWT ends the one before.

mod leaf;
mod lifetimes;

use std::collections::BTreeMap;

use toml::de::DeTable;

use self::{
    leaf::{Leaf, gather, line_of},
    lifetimes::{APP, USER, app_validity, refresh_validity, user_validity},
};
use super::{Imported, ImportedSetting, remarks::Remarks, set};
use crate::{config::fault::Faults, model::nearest::nearest};

/// How often a taken place may be tried again.
const MOST_RETRIES: i64 = 20;

/// The most that the pool of asynchronous persistence may have here.
const LARGEST_POOL: i64 = 100;

/// What takes over a value.
type Take = fn(&mut Reading, &Leaf);

/// The keys of the file that mean something here.
const KNOWN: &[(&str, Take)] = &[
    ("session_data.persistence.persistence_pool_size", pool_size),
    ("oauth.token_generation.retry_count_on_persistence_failures", retry_count),
    (APP, app_validity),
    (USER, user_validity),
    ("oauth.token_validation.refresh_token_validity", refresh_validity),
    ("oauth.token_renewal.renew_access_token_per_request", renew_access),
    ("oauth.token_renewal.renew_refresh_token", renew_refresh),
    ("oauth.jwt.renew_token_without_revoking_existing.enable", keep_jwt),
    ("oauth.hash_tokens_and_secrets", hash_tokens),
    ("oauth.token_cleanup.enable", cleanup),
];

struct Reading {
    remarks: Remarks,
    settings: BTreeMap<&'static str, ImportedSetting>,
    /// Seconds that access tokens live for apps, and for users.
    app: Option<(i64, usize)>,
    user: Option<(i64, usize)>,
}

pub(super) fn import(name: &str, text: &str) -> Result<Imported, Faults> {
    let remarks = Remarks::of(name);
    let mut reading = Reading { remarks, settings: BTreeMap::new(), app: None, user: None };
    reading.ways();
    match DeTable::parse(text) {
        Ok(table) => {
            let mut leaves = Vec::new();
            gather(text, "", table.get_ref(), &mut leaves);
            leaves.sort_by_key(|leaf| leaf.line);
            reading.leaves(&leaves);
        }
        Err(error) => {
            let line = line_of(text, error.span().map_or(0, |span| span.start));
            let problem = format!("is not TOML: {}", error.message());
            reading.remarks.refuse((name, line), problem, "correct it");
        }
    }
    let Reading { remarks, settings, .. } = reading;
    let remarks = remarks.finish().map_err(Faults)?;
    let settings = settings.into_values().collect();
    Ok(Imported { system: "WSO2", settings, users: Vec::new(), secrets: Vec::new(), remarks })
}

impl Reading {
    /// What WSO2 does unless it is told otherwise.
    fn ways(&mut self) {
        let reuse = "A client that asks again gets the token that it has, as from WSO2.";
        self.set("tokens.reuse", "reuse_active", reuse);
        let jwt = "A new JWT for the same client, user and scope ends the one before.";
        self.set("tokens.jwt_previous", "revoke", jwt);
        self.set("persistence.mode", "sync", "");
    }

    fn set(&mut self, path: &'static str, value: impl Into<serde_json::Value>, why: &str) {
        self.settings.insert(path, set(path, value, why));
    }

    fn leaves(&mut self, leaves: &[Leaf]) {
        let mut unknown: BTreeMap<(usize, String), Vec<&str>> = BTreeMap::new();
        let first = |section: &str| {
            let below = |leaf: &&Leaf| section_of(&leaf.path).0 == section;
            leaves.iter().find(below).map_or(0, |leaf| leaf.line)
        };
        for leaf in leaves {
            match KNOWN.iter().find(|(path, _)| *path == leaf.path) {
                Some((_, take)) => take(self, leaf),
                None if meant(&leaf.path).is_some() => self.misspelt(leaf),
                None => {
                    let (section, key) = section_of(&leaf.path);
                    let place = (first(section), section.to_owned());
                    unknown.entry(place).or_default().push(key);
                }
            }
        }
        self.access_lifetime();
        for ((line, section), keys) in unknown {
            let problem = format!("has no counterpart here: {}", keys.join(", "));
            self.remarks.leave_out((&section, line), problem, advice(&section));
        }
    }

    /// A key that is none here, and looks like one.
    fn misspelt(&mut self, leaf: &Leaf) {
        let guess = meant(&leaf.path).unwrap_or_default();
        let problem = format!("is no key that is known here; did you mean {guess}?");
        let remedy = "correct it and import again, if that is what was meant";
        self.remarks.leave_out((&leaf.path, leaf.line), problem, remedy);
    }

    fn number(&mut self, leaf: &Leaf) -> Option<i64> {
        // Numbers stand in quotes at times.
        let number = leaf.value.as_i64().or_else(|| leaf.value.as_str()?.parse().ok());
        if number.is_none() {
            let at = (leaf.path.as_str(), leaf.line);
            self.remarks.refuse(at, "is no whole number", "write it in digits");
        }
        number
    }

    fn boolean(&mut self, leaf: &Leaf) -> bool {
        let value = leaf.value.as_bool().or_else(|| leaf.value.as_str()?.parse().ok());
        if value.is_none() {
            let at = (leaf.path.as_str(), leaf.line);
            self.remarks.refuse(at, "is not true or false", "write one of them");
        }
        value.unwrap_or_default()
    }
}

fn pool_size(reading: &mut Reading, leaf: &Leaf) {
    let Some(size) = reading.number(leaf) else { return };
    let at = (leaf.path.as_str(), leaf.line);
    if size < 0 {
        let problem = format!("is {size}, and a pool has 0 threads or more");
        reading.remarks.refuse(at, problem, "write 0 for synchronous persistence");
    } else if size > 0 {
        let problem = format!(
            "is {size}, which is asynchronous persistence: a crash loses tokens that clients hold. \
             Tokens are persisted before they are answered instead, which WSO2 advises as well"
        );
        let most = if size > LARGEST_POOL { " (the most here)" } else { "" };
        let remedy = format!(
            "to have it all the same: persistence.mode = \"async\", persistence.pool_size = \
             {}{most} and persistence.accept_loss = true",
            size.min(LARGEST_POOL)
        );
        reading.remarks.leave_out(at, problem, remedy);
    }
}

fn retry_count(reading: &mut Reading, leaf: &Leaf) {
    let Some(count) = reading.number(leaf) else { return };
    let at = (leaf.path.as_str(), leaf.line);
    if count < 0 {
        let problem = format!("is {count}, and nothing is tried so often");
        reading.remarks.refuse(at, problem, "write 0 to 20");
        return;
    }
    if count > MOST_RETRIES {
        let problem = format!("is {count}, and {MOST_RETRIES} is the most here");
        reading.remarks.leave_out(at, problem, "nothing; who lost so often is told to come later");
    }
    reading.set("persistence.retry_count", count.min(MOST_RETRIES), "");
}

fn renew_access(reading: &mut Reading, leaf: &Leaf) {
    if reading.boolean(leaf) {
        let why = "A client that asks again gets a new token, and the one it had ends.";
        reading.set("tokens.reuse", "renew", why);
    }
}

fn renew_refresh(reading: &mut Reading, leaf: &Leaf) {
    let rotate = reading.boolean(leaf);
    reading.set("tokens.refresh.rotate", rotate, "");
}

fn keep_jwt(reading: &mut Reading, leaf: &Leaf) {
    if reading.boolean(leaf) {
        reading.set("tokens.jwt_previous", "keep", "A new JWT leaves the one before good.");
    }
}

/// Tokens are always hashed here. There, who hashes them cannot give them out again.
fn hash_tokens(reading: &mut Reading, leaf: &Leaf) {
    if reading.boolean(leaf) {
        let is_renewed = reading.settings.get("tokens.reuse").is_some_and(|it| it.value == "renew");
        if !is_renewed {
            let why = "WSO2 cannot give out again what it has hashed.";
            reading.set("tokens.reuse", "new", why);
        }
        let problem = "is so for every token here, and secrets are hashed too";
        let remedy =
            "tokens.reuse = \"reuse_active\" works with hashed tokens here, if it is wanted";
        reading.remarks.note((&leaf.path, leaf.line), problem, remedy);
    }
}

fn cleanup(reading: &mut Reading, leaf: &Leaf) {
    let problem = if reading.boolean(leaf) {
        "is always so: ended tokens are swept after tokens.keep_ended"
    } else {
        "cannot be switched off: ended tokens are swept after tokens.keep_ended"
    };
    let remedy = "set tokens.keep_ended to how long an ended token is to be explained";
    reading.remarks.note((&leaf.path, leaf.line), problem, remedy);
}

/// What to do instead of a section that has no counterpart.
fn advice(section: &str) -> &'static str {
    let first = section.split(['.', '[']).next().unwrap_or(section);
    match first {
        "server" | "transport" => "set server.listen, server.issuer and server.tls",
        "database" | "database_configuration" => "set store.url; tokens are not taken over",
        "super_admin" => {
            "declare a user with operator_roles = [\"admin\"] and a password of their own"
        }
        "user_store" | "realm_manager" => "declare users; docs/declared-state.md says how",
        "keystore" | "truststore" => "set server.tls; signing keys are made by themselves",
        "oauth" | "session_data" => "see docs/coming-from/wso2.md",
        _ => "nothing: it is about what WSO2 does beside tokens",
    }
}

/// What `path`, which is no key known here, was perhaps meant for: the nearest in its section, those
/// whose names end like it, or the same name in a section that is spelt nearly so.
fn meant(path: &str) -> Option<String> {
    let (section, key) = section_of(path);
    let known = || KNOWN.iter().map(|(path, _)| (*path, section_of(path)));
    let beside = || known().filter(|(_, (known, _))| *known == section);
    let tail = format!("_{key}");
    let ends: Vec<_> =
        beside().filter(|(_, (_, name))| name.ends_with(&tail)).map(|(path, _)| path).collect();
    if !ends.is_empty() {
        return Some(ends.join(" or "));
    }
    let name = nearest(key, beside().map(|(_, (_, name))| name));
    let near = name.and_then(|near| beside().find(|(_, (_, name))| *name == near));
    let elsewhere = || {
        let same = || known().filter(|(_, (_, name))| *name == key);
        let near = nearest(section, same().map(|(_, (section, _))| section))?;
        same().find(|(_, (section, _))| *section == near)
    };
    near.or_else(elsewhere).map(|(path, _)| path.to_owned())
}

/// The section of a path and what stands in it: two levels, or one.
fn section_of(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

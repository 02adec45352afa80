//! Providers: those of the kind `plain` are lists of users, all others ask somebody else.

use std::collections::BTreeMap;

use super::{Reading, Section, section::text_of};
use crate::{
    config::import::{ImportedPassword, ImportedUser, remarks::Remarks, yaml::Node},
    model::{scope::Scope, secret::Secret, user::is_realm, username::Username},
};

/// How many characters a password has that somebody may choose here.
const SHORTEST_PASSWORD: usize = 8;

/// The keys of each kind of provider, beside `type`, `name` and `realm`.
const KINDS: &[(&str, &[&str])] = &[
    ("ecmwf-api", &["uri"]),
    ("efas-api", &["uri"]),
    ("jwt", &["cert_uri", "iam_realm"]),
    (
        "openid-offline",
        &["cert_uri", "public_client_id", "private_client_id", "private_client_secret", "iam_url"],
    ),
    ("ecmwf-token-generator", &["cert_uri", "client_id", "client_secret", "token_generator_url"]),
];

impl Reading<'_> {
    pub(super) fn providers(&mut self, whole: &mut Section<'_>) {
        let Some((providers, _)) = whole.list("providers", &mut self.remarks) else { return };
        for (at, provider) in providers.iter().enumerate() {
            let name = format!("providers[{at}]");
            let Some(section) = Section::of(&name, provider, &mut self.remarks) else { continue };
            self.provider(section, &name);
        }
    }

    fn provider(&mut self, mut provider: Section<'_>, name: &str) {
        let kind = provider.needed_text("type", &mut self.remarks);
        let called = provider.text("name", &mut self.remarks).map_or("", |(called, _)| called);
        let realm = provider.needed_text("realm", &mut self.remarks);
        let (Some((kind, line)), Some((realm, realm_line))) = (kind, realm) else { return };
        if kind == "plain" {
            self.nameless(&mut provider);
            let users = provider.list("users", &mut self.remarks).map_or(&[][..], |(list, _)| list);
            provider.finish(&mut self.remarks, ["type", "name", "realm", "users"]);
            if let Some(realm) = self.realm(realm, (&format!("{name}.realm"), realm_line)) {
                for (at, user) in users.iter().enumerate() {
                    self.user(user, &format!("{name}.users[{at}]"), &realm);
                }
            }
            return;
        }
        let Some((_, keys)) = KINDS.iter().find(|(known, _)| *known == kind) else {
            let problem = format!("is {kind:?}, which is no kind of provider that is known here");
            let remedy = "write one that Auth-O-Tron has, or take it out";
            self.remarks.refuse((&format!("{name}.type"), line), problem, remedy);
            return;
        };
        let _ = keys.iter().map(|key| provider.entry(key)).count();
        provider.finish(&mut self.remarks, keys.iter().copied());
        let problem =
            format!("{called:?} ({kind}) is left out: no other service is asked who a user is");
        let remedy =
            format!("declare the users of realm {realm} here, or keep it in front of them");
        self.remarks.leave_out((name, line), problem, remedy);
    }

    /// Says that the name of a provider or an augmenter, which only its log has there, goes.
    pub(super) fn nameless(&mut self, section: &mut Section<'_>) {
        if let Some((called, line)) = section.text("name", &mut self.remarks) {
            let problem = format!("is {called:?}, and what it gives has no such name here");
            self.remarks.note((&section.name("name"), line), problem, "nothing");
        }
    }

    /// What a realm is called here; `None` if it can't be called so, which is told.
    pub(super) fn realm(&mut self, realm: &str, at: (&str, usize)) -> Option<String> {
        let renamed = self.options.realms.get(realm);
        let ours = renamed.map_or(realm, String::as_str);
        if !is_realm(ours) {
            let problem = format!(
                "is {realm:?}: a realm is 1 to 63 of a-z 0-9 _ . here, so that realm and name, with \
                 a dash between them, come apart in one way. Its users are left out"
            );
            let word: String = realm.to_lowercase().chars().map(plain).take(63).collect();
            let remedy = format!("give it another name: --realm '{realm}={word}'");
            self.remarks.leave_out(at, problem, remedy);
            return None;
        }
        if renamed.is_some() {
            let problem = format!("is {ours} here, in the sub of JWTs as well");
            let remedy = format!("tell all who verify that {realm}-NAME is now {ours}-NAME");
            self.remarks.note(at, problem, remedy);
        }
        Some(ours.to_owned())
    }

    fn user(&mut self, node: &Node, name: &str, realm: &str) {
        let Some(mut user) = Section::of(name, node, &mut self.remarks) else { return };
        let username = user.needed_text("username", &mut self.remarks);
        let line = user.line;
        let password = self.password(&mut user);
        let roles = user.texts("roles", &mut self.remarks);
        user.finish(&mut self.remarks, ["username", "password", "password_hash", "roles"]);
        let (Some((username, _)), Some(password)) = (username, password) else { return };
        let parsed = match Username::parse(username) {
            Ok(parsed) => parsed,
            Err(why) => {
                let remedy = "give them another name, and import again";
                self.remarks.leave_out((name, line), format!("is left out: {why}"), remedy);
                return;
            }
        };
        if !parsed.takes_password() {
            let problem = format!(
                "is left out: {username:?} holds a colon, and the user has a password: Basic ends \
                 the name at the first one"
            );
            let remedy = "give them a name without a colon, and import again";
            self.remarks.leave_out((name, line), problem, remedy);
            return;
        }
        let address = (realm.to_owned(), parsed.folded().to_owned());
        if let Some(first) = self.names.get(&address).and_then(|at| self.users.get(*at)) {
            let problem =
                format!("is left out: {realm}/{username} is the same name as {}", first.username);
            let remedy = "keep one of them, or give one another name";
            self.remarks.leave_out((name, line), problem, remedy);
            return;
        }
        if let ImportedPassword::Clear(clear) = &password
            && clear.expose().chars().count() < SHORTEST_PASSWORD
        {
            let problem = "is shorter than one that can be chosen here; it works all the same";
            let remedy = "have it changed";
            self.remarks.note((&format!("{name}.password"), line), problem, remedy);
        }
        let (realm, username) = (realm.to_owned(), username.to_owned());
        let attributes = BTreeMap::new();
        let mut user = ImportedUser { realm, username, roles: Vec::new(), attributes, password };
        for role in roles {
            add_role(&mut self.remarks, &mut user, role, (name, line));
        }
        self.names.insert(address, self.users.len());
        self.users.push(user);
    }

    /// Which of the imported users has this name, letter for letter.
    pub(super) fn find(&self, realm: &str, username: &str) -> Option<usize> {
        let folded = Username::parse(username).ok()?.folded().to_owned();
        let at = *self.names.get(&(realm.to_owned(), folded))?;
        self.users.get(at).is_some_and(|user| user.username == username).then_some(at)
    }

    fn password(&mut self, user: &mut Section<'_>) -> Option<ImportedPassword> {
        let hash = user.text("password_hash", &mut self.remarks);
        if let Some((hash, line)) = hash {
            if user.entry("password").is_some() {
                let key = user.name("password");
                let remedy = "keep password_hash";
                self.remarks.refuse((&key, line), "stands beside password_hash", remedy);
            }
            let from = self.remarks.place(line);
            return Some(ImportedPassword::Hash { hash: hash.to_owned(), from });
        }
        let (clear, _) = user.needed_text("password", &mut self.remarks)?;
        Some(ImportedPassword::Clear(Secret::new(clear.to_owned())))
    }
}

/// Adds a role, unless it can be none here, which is told.
pub(super) fn add_role(
    remarks: &mut Remarks,
    user: &mut ImportedUser,
    role: &str,
    at: (&str, usize),
) {
    let is_role = !role.is_empty() && !role.contains(' ') && Scope::parse(role).is_ok();
    if !is_role {
        let problem = format!("has the role {role:?}, which stands in no token here");
        let remedy = "call it something in printable ASCII without spaces, quotes and backslashes";
        remarks.leave_out(at, problem, remedy);
    } else if !user.roles.iter().any(|known| known == role) {
        user.roles.push(role.to_owned());
    }
}

/// What may stand in the name of a realm in place of `c`.
fn plain(c: char) -> char {
    if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' { c } else { '_' }
}

/// The text of each item.
pub(super) fn names<'n>(items: &'n [Node], key: &str, reading: &mut Reading<'_>) -> Vec<&'n str> {
    items.iter().filter_map(|item| text_of(item, key, &mut reading.remarks)).collect()
}

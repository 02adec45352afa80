//! Augmenters: what they add to users that are imported is written where the users are.
//!
//! There they run at every request: first `plain` and `ldap`, then each `plain_advanced` in order,
//! which may look at what was added before. For users in a list that comes to the same each time.

use std::collections::{BTreeMap, HashSet};

use super::{
    Reading, Section,
    users::{add_role, names},
};
use crate::{
    config::import::{
        ImportedUser,
        yaml::{Node, Value},
    },
    model::{
        account_end::AccountLimits,
        user::{Attributes, LONGEST_ATTRIBUTES},
    },
};

/// The keys of a query to a directory.
const LDAP_KEYS: &[&str] = &["uri", "search_base", "filter", "filters", "bind_dn", "ldap_password"];

impl Reading<'_> {
    pub(super) fn augmenters(&mut self, whole: &mut Section<'_>) {
        let Some((augmenters, _)) = whole.list("augmenters", &mut self.remarks) else { return };
        for is_advanced in [false, true] {
            for (at, augmenter) in augmenters.iter().enumerate() {
                self.augmenter(augmenter, &format!("augmenters[{at}]"), is_advanced);
            }
        }
    }

    /// Applies an augmenter, if it is its turn.
    fn augmenter(&mut self, node: &Node, name: &str, is_advanced: bool) {
        if kind_of(node) == Some("plain_advanced") && !is_advanced
            || kind_of(node) != Some("plain_advanced") && is_advanced
        {
            return;
        }
        let Some(mut section) = Section::of(name, node, &mut self.remarks) else { return };
        let kind = section.needed_text("type", &mut self.remarks);
        let realm = section.needed_text("realm", &mut self.remarks);
        let (Some((kind, line)), Some((realm, _))) = (kind, realm) else { return };
        let ours = self.options.realms.get(realm).map_or(realm, String::as_str).to_owned();
        self.nameless(&mut section);
        match kind {
            "plain" => self.plain(section, (name, line), &ours),
            "plain_advanced" => self.advanced(section, (name, line), &ours),
            "ldap" => {
                let _ = LDAP_KEYS.iter().map(|key| section.entry(key)).count();
                section.finish(&mut self.remarks, LDAP_KEYS.iter().copied());
                let problem = "asks a directory for roles, which is not done here";
                let remedy =
                    format!("give the users of realm {realm} their roles where they are declared");
                self.remarks.leave_out((name, line), problem, remedy);
            }
            _ => {
                let problem = format!("is {kind:?}, which is no augmenter that is known here");
                let key = format!("{name}.type");
                self.remarks.refuse((&key, line), problem, "write one that Auth-O-Tron has");
            }
        }
    }

    /// `roles: {admin: [alice, bob]}`
    fn plain(&mut self, mut section: Section<'_>, at: (&str, usize), realm: &str) {
        let roles = section.section("roles", &mut self.remarks);
        section.finish(&mut self.remarks, ["type", "name", "realm", "roles"]);
        let Some(roles) = roles else { return };
        for entry in roles.entries() {
            let key = roles.name(&entry.key);
            let Value::List(items) = &entry.node.value else {
                let problem = format!("is {}, not a list", entry.node.value.kind());
                self.remarks.refuse((&key, entry.line), problem, "write a list of names");
                continue;
            };
            for username in names(items, &key, self) {
                let found = self.find(realm, username).and_then(|at| self.users.get_mut(at));
                let is_known = found.is_some();
                if let Some(user) = found {
                    add_role(&mut self.remarks, user, &entry.key, at);
                }
                self.tell_unknown(is_known, username, realm, (&key, entry.line));
            }
        }
    }

    /// `match: {username: […], role: […]}`, `augment: {roles: […], attributes: {…}}`
    fn advanced(&mut self, mut section: Section<'_>, at: (&str, usize), realm: &str) {
        let wanted = section.section("match", &mut self.remarks);
        let given = section.section("augment", &mut self.remarks);
        section.finish(&mut self.remarks, ["type", "name", "realm", "match", "augment"]);
        let (Some(mut wanted), Some(mut given)) = (wanted, given) else { return };
        let usernames = wanted.texts("username", &mut self.remarks);
        let by_name: HashSet<&str> = usernames.iter().copied().collect();
        let some_of = wanted.texts("role", &mut self.remarks);
        wanted.finish(&mut self.remarks, ["username", "role"]);
        let roles = given.texts("roles", &mut self.remarks);
        let attributes = given.section("attributes", &mut self.remarks);
        let attributes = attributes.map_or(Vec::new(), |attributes| self.attributes(&attributes));
        given.finish(&mut self.remarks, ["roles", "attributes"]);
        let is_meant = |user: &ImportedUser| {
            by_name.contains(user.username.as_str())
                || user.roles.iter().any(|role| some_of.contains(&role.as_str()))
        };
        let mut matched = false;
        for user in self.users.iter_mut().filter(|user| user.realm == realm) {
            if !is_meant(user) {
                continue;
            }
            matched = true;
            for role in &roles {
                add_role(&mut self.remarks, user, role, at);
            }
            let mut more = user.attributes.clone();
            more.extend(attributes.iter().cloned());
            if judged(&more).to_string().len() <= LONGEST_ATTRIBUTES {
                user.attributes = more;
                continue;
            }
            let problem = format!(
                "gives {realm}/{} more than {LONGEST_ATTRIBUTES} bytes of attributes: those of \
                 this augmenter are left out",
                user.username
            );
            self.remarks.leave_out(at, problem, "keep large things elsewhere");
        }
        for username in usernames {
            let is_known = self.find(realm, username).is_some();
            self.tell_unknown(is_known, username, realm, (&format!("{}.match", at.0), at.1));
        }
        if !matched && !some_of.is_empty() {
            let problem = "is for roles that no imported user has";
            let remedy = "give them to users where these are declared";
            self.remarks.leave_out((&format!("{}.match.role", at.0), at.1), problem, remedy);
        }
    }

    fn attributes(&mut self, section: &Section<'_>) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for entry in section.entries() {
            match &entry.node.value {
                Value::Text(text) => {
                    let one = BTreeMap::from([(entry.key.clone(), text.clone())]);
                    match AccountLimits::of(&judged(&one)) {
                        Ok(_) => found.extend(one),
                        Err(unreadable) => {
                            let problem = format!(
                                "is left out, and so limits nobody: {unreadable}. No start takes \
                                 what is meant as a limit and cannot be read"
                            );
                            let remedy = "write it so and import again, or give the attribute \
                                          another name";
                            let key = section.name(&entry.key);
                            self.remarks.leave_out((&key, entry.line), problem, remedy);
                        }
                    }
                }
                other => {
                    let problem = format!("is {}, and attributes are text", other.kind());
                    let key = section.name(&entry.key);
                    self.remarks.refuse((&key, entry.line), problem, "put it in quotes");
                }
            }
        }
        found
    }

    fn tell_unknown(&mut self, is_known: bool, username: &str, realm: &str, at: (&str, usize)) {
        if !is_known {
            let problem = format!("names {username:?} of realm {realm}, who is not imported");
            let remedy = "declare them, with what they were given here";
            self.remarks.leave_out(at, problem, remedy);
        }
    }
}

/// Attributes as a server judges them.
fn judged(attributes: &BTreeMap<String, String>) -> Attributes {
    attributes.iter().map(|(name, text)| (name.clone(), text.clone().into())).collect()
}

/// What kind of augmenter it is, if it says so.
fn kind_of(node: &Node) -> Option<&str> {
    let Value::Map(entries) = &node.value else { return None };
    match &entries.iter().find(|entry| entry.key == "type")?.node.value {
        Value::Text(kind) => Some(kind),
        _ => None,
    }
}

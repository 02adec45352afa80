//! What stands in the files twice.

use std::collections::HashMap;

use crate::{config::Wrong, model::user::User};

use super::{
    declaration::{Declaration, DeclaredTokenType},
    page::{Findings, Place},
};

impl Declaration {
    /// Reports what stands in the files twice, and keeps the first.
    pub(super) fn refuse_duplicates(&mut self, findings: &mut Findings) {
        let mut once = Once { findings, first: HashMap::new() };
        self.token_types.retain(|DeclaredTokenType { place, token_type, .. }| {
            once.is_first("token_types", &token_type.name.fold(), place)
        });
        self.clients.retain(|declared| {
            once.is_first("clients", declared.client.client_id.as_str(), &declared.place)
        });
        self.resource_servers.retain(|declared| {
            once.is_first("resource_servers", &declared.server.audience, &declared.place)
        });
        self.scopes
            .retain(|declared| once.is_first("scopes", &declared.scope.scope, &declared.place));
        self.users.retain(|declared| {
            let User { realm, username_fold, .. } = &declared.user;
            once.is_first("users", &format!("{realm}/{username_fold}"), &declared.place)
        });
    }
}

/// The places of names that were seen.
struct Once<'f> {
    findings: &'f mut Findings,
    first: HashMap<String, Place>,
}

impl Once<'_> {
    fn is_first(&mut self, noun: &str, name: &str, place: &Place) -> bool {
        let key = format!("{noun}.{name}");
        let Some(first) = self.first.get(&key) else {
            self.first.insert(key, place.clone());
            return true;
        };
        let problem = format!("is declared already, at {first}");
        self.findings.report(place, &key, Wrong::new(problem, "keep one of them"));
        false
    }
}

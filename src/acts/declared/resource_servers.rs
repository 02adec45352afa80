//! `[[resource_servers]]` and `[[scopes]]`.

use crate::{
    acts::{checks, resource_servers::blank},
    config::Wrong,
    model::{client_id::ClientId, scope::DescribedScope, scope::Scope},
};

use super::{
    clients::{items, scope, wrong},
    declaration::{DeclaredScope, DeclaredServer},
    page::{Section, text},
};

/// The longest description of a scope token, in characters.
const LONGEST_DESCRIPTION: usize = 500;

/// Reads a resource server. `None` if it has no audience.
pub(super) fn read(mut section: Section<'_, '_, '_>) -> Option<DeclaredServer> {
    if section.value("audience").is_none() {
        let remedy = "write audience = \"https://api.example\"";
        section.refuse("audience", Wrong::new("is missing", remedy));
    }
    let audience = section.read("audience", |value| {
        let audience = text(value)?;
        checks::audience(&audience).map_err(|error| wrong(&error))?;
        Ok(audience)
    });
    if let Some(audience) = &audience {
        section.name = format!("resource_servers.{audience}");
    }
    let mut server = blank(audience.as_deref().unwrap_or("nobody"), section.page.now);
    let name = section.read("name", |value| {
        let name = text(value)?;
        checks::name(&name).map_err(|error| wrong(&error))?;
        Ok(name)
    });
    server.name = name.unwrap_or(server.name);
    server.scope = scope(&mut section).unwrap_or_default();
    server.is_default = section.boolean("is_default").unwrap_or_default();
    server.introspectors = items(&mut section, "introspectors").unwrap_or_default();
    for client in server.introspectors.iter() {
        if let Err(fault) = ClientId::parse(client) {
            let wrong = Wrong::new(format!("{client:?}: {fault}"), "write names of clients");
            section.refuse("introspectors", wrong);
        }
    }
    let place = section.place.clone();
    section.finish();
    audience?;
    Some(DeclaredServer { place, server })
}

/// Reads a scope token and its description.
pub(super) fn read_scope(mut section: Section<'_, '_, '_>) -> Option<DeclaredScope> {
    if section.value("scope").is_none() {
        section.refuse("scope", Wrong::new("is missing", "write scope = \"one.token\""));
    }
    let token = section.read("scope", |value| {
        let token = text(value)?;
        match Scope::parse(&token) {
            Ok(_) if !token.is_empty() && !token.contains(' ') => Ok(token),
            Ok(_) => Err(Wrong::new("is not one token", "write one [[scopes]] for each")),
            Err(fault) => Err(Wrong::new(fault.to_string(), "write another token")),
        }
    });
    if let Some(token) = &token {
        section.name = format!("scopes.{token}");
    }
    let description = section.read("description", |value| {
        let description = text(value)?;
        let is_long = description.chars().count() > LONGEST_DESCRIPTION;
        if is_long || description.contains(char::is_control) {
            let problem = format!(
                "has more than {LONGEST_DESCRIPTION} characters, or holds control characters"
            );
            return Err(Wrong::new(problem, "write one sentence for people"));
        }
        Ok(description)
    });
    let (place, updated_at) = (section.place.clone(), section.page.now);
    section.finish();
    let (scope, description) = (token?, description.unwrap_or_default());
    Some(DeclaredScope { place, scope: DescribedScope { scope, description, updated_at } })
}

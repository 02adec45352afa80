//! Which scope and audience a request gets: one decision for every grant (RFC 8707, RFC 9068 §3).

use super::{
    api_scope::is_for_api, client::Client, issuer::Issuer, openid_scope::is_of_openid,
    resource_server::ResourceServer, scope::Scope, space_delimited::SpaceDelimited,
};

/// What a token request asks for.
#[derive(Debug, Clone, Default)]
pub struct AskedAccess {
    /// The `scope` parameter, if it was sent.
    pub scope: Option<Scope>,
    /// Every `resource` and `audience` parameter.
    pub resources: Vec<String>,
}

/// What it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// What the token may be used for.
    pub scope: Scope,
    /// Whom it is for; never empty.
    pub audience: SpaceDelimited,
}

/// Why it gets nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessRefusal {
    /// The client may not ask for a scope token it asked for.
    #[error("the client may not ask for this scope")]
    ScopeNotAllowed,
    /// It was not granted.
    #[error("this scope was not granted")]
    ScopeNotGranted,
    /// None of the resource servers asked for knows any of the scope.
    #[error("no resource server asked for knows this scope")]
    ScopeUnknownThere,
    /// A resource server asked for is not registered, or knows nothing the client may ask for.
    #[error("the resource is unknown")]
    UnknownResource,
}

/// Decides what `client` gets.
///
/// A scope outside the client's is refused, not trimmed. A request without scope gets all of the
/// client's. Resource servers that are named cut the scope to what they know. Where none is named,
/// the tokens are for those that know part of the scope by name, else for the default ones, else
/// for the issuer itself, so that a token always says whom it is for (RFC 9068 §3).
///
/// The issuer is a resource server, too: a scope of its own API makes it an audience beside those
/// that know the rest, and it may be named. The scopes of OpenID are its own and make nobody an
/// audience: they are granted whoever is named, and where nothing else is asked for, the token is
/// for the issuer.
///
/// # Errors
///
/// An [`AccessRefusal`] where nothing sensible can be granted.
pub fn decide(
    client: &Client,
    asked: &AskedAccess,
    servers: &[ResourceServer],
    issuer: &Issuer,
) -> Result<Access, AccessRefusal> {
    let wanted = match &asked.scope {
        Some(scope) if scope.iter().all(|token| client.scope.contains(token)) => scope.clone(),
        Some(_) => return Err(AccessRefusal::ScopeNotAllowed),
        None => client.scope.clone(),
    };
    if asked.resources.is_empty() {
        let audience = implied_audience(&wanted, servers, issuer);
        return Ok(Access { scope: wanted, audience });
    }

    let names_us = asked.resources.iter().any(|resource| is_our_api(resource, client, issuer));
    let named = named_servers(client, &asked.resources, servers, issuer)?;
    let is_known = |token: &str| {
        is_of_openid(token)
            || (names_us && is_for_api(token))
            || named.iter().any(|server| server.knows(token))
    };
    let scope = wanted.retain(is_known);
    if is_of_openid_alone(&scope) && !is_of_openid_alone(&wanted) {
        return Err(AccessRefusal::ScopeUnknownThere);
    }
    let ours = names_us.then(|| issuer.as_str().to_owned());
    let named = named.iter().map(|server| server.audience.clone());
    Ok(Access { scope, audience: named.chain(ours).collect() })
}

/// Decides what part `client` gets of what it was granted before (RFC 6749 §6, RFC 8707 §2.2).
///
/// A scope and a resource that were not granted are refused. What the client may not ask for any
/// more, and resource servers that are gone, are left out where nobody asks for them by name.
///
/// # Errors
///
/// An [`AccessRefusal`] where nothing sensible is left.
pub fn narrow(
    client: &Client,
    granted: &Access,
    asked: &AskedAccess,
    (servers, issuer): (&[ResourceServer], &Issuer),
) -> Result<Access, AccessRefusal> {
    let scope = match &asked.scope {
        Some(scope) if !scope.iter().all(|token| granted.scope.contains(token)) => {
            return Err(AccessRefusal::ScopeNotGranted);
        }
        Some(scope) => scope.clone(),
        None => granted.scope.retain(|token| client.scope.contains(token)),
    };
    if scope.is_empty() && !granted.scope.is_empty() {
        return Err(AccessRefusal::ScopeNotAllowed);
    }
    if !asked.resources.iter().all(|resource| granted.audience.contains(resource)) {
        return Err(AccessRefusal::UnknownResource);
    }
    let asked = AskedAccess { scope: Some(scope), resources: asked.resources.clone() };
    let decided = decide(client, &asked, servers, issuer)?;
    let granted_and = |is_meant: &dyn Fn(&str) -> bool| -> SpaceDelimited {
        granted.audience.iter().filter(|one| is_meant(one)).map(str::to_owned).collect()
    };
    let mut audience = granted_and(&|one| decided.audience.contains(one));
    if audience.is_empty() {
        // Resource servers that came since know the scope now; it was granted for those of before.
        let is_there = |one: &str| {
            one == issuer.as_str() || servers.iter().any(|server| server.audience == one)
        };
        audience = granted_and(&is_there);
    }
    if audience.is_empty() {
        return Err(AccessRefusal::UnknownResource);
    }
    Ok(Access { scope: decided.scope, audience })
}

/// Whether `resource` is the issuer, for a client that has business with its API.
fn is_our_api(resource: &str, client: &Client, issuer: &Issuer) -> bool {
    let is_ours = |token: &str| is_for_api(token) || is_of_openid(token);
    resource == issuer.as_str() && client.scope.iter().any(is_ours)
}

/// Whether a scope asks nothing of any resource server but what OpenID has.
fn is_of_openid_alone(scope: &Scope) -> bool {
    scope.iter().all(is_of_openid)
}

/// The resource servers that are named. The issuer needs not be registered for its own API.
fn named_servers<'s>(
    client: &Client,
    resources: &[String],
    servers: &'s [ResourceServer],
    issuer: &Issuer,
) -> Result<Vec<&'s ResourceServer>, AccessRefusal> {
    let find = |resource: &String| {
        let found = servers
            .iter()
            .find(|server| server.audience == *resource)
            .filter(|server| server.scope.is_empty() || server.scope.meets(&client.scope));
        match found {
            None if is_our_api(resource, client, issuer) => None,
            found => Some(found.ok_or(AccessRefusal::UnknownResource)),
        }
    };
    resources.iter().filter_map(find).collect()
}

fn implied_audience(scope: &Scope, servers: &[ResourceServer], issuer: &Issuer) -> SpaceDelimited {
    let is_about_people = scope.iter().any(is_of_openid);
    let scope = scope.retain(|token| !is_of_openid(token));
    let is_for_us = scope.iter().any(is_for_api);
    let is_for_others = !scope.iter().all(is_for_api);
    let audiences = |wanted: &dyn Fn(&&ResourceServer) -> bool| -> Vec<String> {
        servers.iter().filter(wanted).map(|server| server.audience.clone()).collect()
    };
    let mut found = audiences(&|server| server.scope.meets(&scope));
    if found.is_empty() && (is_for_others || !is_for_us && !is_about_people) {
        found = audiences(&|server| server.is_default);
    }
    if found.is_empty() || is_for_us {
        found.push(issuer.as_str().to_owned());
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests;

//! The settings of a client: what a kind of client begins with, and which settings go together.

use std::time::Duration;

use crate::{
    grants::GRANTS,
    model::{
        client::{AssertionAudience, Client, ClientAuthentication, ClientKind, ClientStatus},
        client_id::ClientId,
        client_key,
        reuse::Reuse,
        scope::Scope,
        sign_in_settings::SignInSettings,
        signature_algorithm::SignatureAlgorithm,
        space_delimited::SpaceDelimited,
        timestamp::Timestamp,
        token_format::TokenFormat,
    },
};

use super::{Error, Result, checks, sign_in_settings};

pub use super::sign_in_settings::SignInChanges;

/// What a client can be given or have changed. `None` leaves it as it is, or as the kind has it.
#[derive(Debug, Clone, Default)]
pub struct ClientChanges {
    /// Its name for people.
    pub name: Option<String>,
    /// How it authenticates.
    pub authentication: Option<ClientAuthentication>,
    /// Its public keys, a JWK set.
    pub jwks: Option<String>,
    /// Which `aud` its assertions may have.
    pub assertion_audience: Option<AssertionAudience>,
    /// The grant types it may use.
    pub grant_types: Option<SpaceDelimited>,
    /// What it may ask for.
    pub scope: Option<Scope>,
    /// Origins whose pages may read our answers.
    pub cors_origins: Option<SpaceDelimited>,
    /// The format of its access tokens; `Some(None)` for the server's.
    pub access_format: Option<Option<TokenFormat>>,
    /// The algorithm of its JWT access tokens; `Some(None)` for the server's.
    pub access_algorithm: Option<Option<SignatureAlgorithm>>,
    /// How long its access tokens live; `Some(None)` for the server's.
    pub access_lifetime: Option<Option<Duration>>,
    /// What it gets that asks again; `Some(None)` for as the server has it.
    pub reuse: Option<Option<Reuse>>,
    /// The format of its refresh tokens; `Some(None)` for the server's.
    pub refresh_format: Option<Option<TokenFormat>>,
    /// Whether its refresh tokens rotate; `Some(None)` for as the server's do.
    pub refresh_rotate: Option<Option<bool>>,
    /// How long its refresh tokens live; `Some(None)` for the server's.
    pub refresh_lifetime: Option<Option<Duration>>,
    /// What it is told of people, and how they come to it and back.
    pub sign_in: SignInChanges,
}

/// A client of `kind` before anything is set.
pub(super) fn blank(client_id: ClientId, kind: ClientKind, now: Timestamp) -> Client {
    let grant_types = if kind == ClientKind::Machine { "client_credentials" } else { "" };
    Client {
        name: title(client_id.as_str()),
        client_id,
        kind,
        authentication: if kind.is_public() {
            ClientAuthentication::None
        } else {
            ClientAuthentication::SecretBasic
        },
        jwks: None,
        assertion_audience: AssertionAudience::Issuer,
        grant_types: SpaceDelimited::parse(grant_types),
        scope: Scope::default(),
        cors_origins: SpaceDelimited::default(),
        access_format: None,
        access_algorithm: None,
        access_lifetime: None,
        reuse: None,
        refresh_format: None,
        refresh_rotate: None,
        refresh_lifetime: None,
        sign_in: SignInSettings::default(),
        status: ClientStatus::Active,
        generation: 1,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// The client with `changes`.
pub(super) fn apply(mut client: Client, changes: ClientChanges) -> Result<Client> {
    let ClientChanges { name, authentication, jwks, assertion_audience, .. } = changes;
    let states_grants = changes.grant_types.is_some();
    client.name = name.unwrap_or(client.name);
    client.authentication = authentication.unwrap_or(client.authentication);
    client.jwks = jwks.or(client.jwks);
    client.assertion_audience = assertion_audience.unwrap_or(client.assertion_audience);
    client.grant_types = changes.grant_types.unwrap_or(client.grant_types);
    client.scope = changes.scope.unwrap_or(client.scope);
    client.cors_origins = changes.cors_origins.unwrap_or(client.cors_origins);
    client.access_format = changes.access_format.unwrap_or(client.access_format);
    client.access_algorithm = changes.access_algorithm.unwrap_or(client.access_algorithm);
    if let Some(lifetime) = changes.access_lifetime {
        client.access_lifetime = lifetime.map(checks::access_lifetime).transpose()?;
    }
    client.reuse = changes.reuse.unwrap_or(client.reuse);
    client.refresh_format = changes.refresh_format.unwrap_or(client.refresh_format);
    client.refresh_rotate = changes.refresh_rotate.unwrap_or(client.refresh_rotate);
    if let Some(lifetime) = changes.refresh_lifetime {
        client.refresh_lifetime = lifetime.map(checks::refresh_lifetime).transpose()?;
    }
    client.sign_in = sign_in_settings::apply(client.sign_in, changes.sign_in)?;
    if !states_grants && client.grant_types.is_empty() {
        client.grant_types = sign_in_settings::grants_of_people(client.kind, &client.sign_in);
    }
    Ok(client)
}

/// Refuses settings that contradict each other.
pub(super) fn check(client: &Client) -> Result<()> {
    match faults(client).into_iter().next() {
        Some((_, text)) => Err(Error::Invalid(text)),
        None => Ok(()),
    }
}

/// Everything that is wrong with the settings of a client: which setting, and what about it.
pub(super) fn faults(client: &Client) -> Vec<(&'static str, String)> {
    let refused = |(field, judged): (&'static str, Result<()>)| {
        judged.err().map(|error| (field, error.to_string()))
    };
    let by_themselves = [
        ("name", checks::name(&client.name)),
        ("cors_origins", client.cors_origins.iter().try_for_each(checks::origin)),
        ("jwks", client.jwks.as_deref().map_or(Ok(()), keys)),
        ("grant_types", client.grant_types.iter().try_for_each(grant_type)),
    ];
    let together = [("authentication", proof(client)), ("grant_types", public_grants(client))];
    let of_people = sign_in_settings::judged(client);
    by_themselves.into_iter().chain(together).chain(of_people).filter_map(refused).collect()
}

/// Refuses a proof that the kind of client cannot give, or has not what it takes.
fn proof(client: &Client) -> Result<()> {
    if client.kind.is_public() != client.is_public() {
        let (kind, method) = (client.kind, client.authentication);
        return Err(Error::Invalid(format!("a {kind} client cannot authenticate by {method}")));
    }
    if client.authentication == ClientAuthentication::PrivateKeyJwt && client.jwks.is_none() {
        let text = "private_key_jwt needs the client's public keys";
        return Err(Error::Invalid(text.to_owned()));
    }
    Ok(())
}

fn keys(jwks: &str) -> Result<()> {
    let text = |fault| format!("the public keys cannot be used: {fault}");
    client_key::read(jwks).map(drop).map_err(|fault| Error::Invalid(text(fault)))
}

fn grant_type(name: &str) -> Result<()> {
    if GRANTS.iter().any(|grant| grant.grant_type == name) {
        return Ok(());
    }
    let all: Vec<_> = GRANTS.iter().map(|grant| grant.grant_type).collect();
    Err(Error::Invalid(format!("{name} is no grant type here; one of: {}", all.join(", "))))
}

fn public_grants(client: &Client) -> Result<()> {
    if client.is_public() && client.grant_types.contains("client_credentials") {
        let text = "a public client cannot have client_credentials";
        return Err(Error::Invalid(text.to_owned()));
    }
    Ok(())
}

/// Refuses a change between having a secret and having none.
pub(super) fn check_change(before: &Client, new: ClientAuthentication) -> Result<()> {
    if uses_secret(new) == needs_secret(before) {
        return Ok(());
    }
    let text = "a client cannot change between having a secret and having none; add another";
    Err(Error::Invalid(text.to_owned()))
}

/// Whether the client authenticates by a secret.
pub(super) fn needs_secret(client: &Client) -> bool {
    uses_secret(client.authentication)
}

/// Whether clients that authenticate by `method` have secrets.
pub(super) fn uses_secret(method: ClientAuthentication) -> bool {
    matches!(method, ClientAuthentication::SecretBasic | ClientAuthentication::SecretPost)
}

/// `report-mailer` becomes `Report Mailer`.
fn title(name: &str) -> String {
    let words = name.split(['-', '_', '.', '~']).filter(|word| !word.is_empty());
    let words: Vec<String> = words
        .map(|word| {
            let (first, rest) = word.split_at(1);
            format!("{}{rest}", first.to_ascii_uppercase())
        })
        .collect();
    if words.is_empty() { name.to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn a_name_for_people_is_made_of_the_name_on_the_wire() {
        assert_eq!(title("report-mailer"), "Report Mailer");
        assert_eq!(title("~"), "~");
    }
}

//! The settings of a client that are about people: which change, and which go together.

use std::time::Duration;

use crate::model::{
    client::{Client, ClientKind},
    registered_uri::{check_link, check_redirect, host},
    scope::Scope,
    sign_in_settings::{ConsentPolicy, OutlivesSession, SignInSettings, SubjectType},
    signature_algorithm::SignatureAlgorithm,
    space_delimited::SpaceDelimited,
};

use super::{Error, Result};

/// The oldest sign-in that a client can be content with, in seconds: a year.
const LONGEST_MAX_AGE: u64 = 365 * 24 * 60 * 60;

/// The most addresses that a client has of each sort.
const MOST_URIS: usize = 100;

/// What can be changed of it. `None` leaves it as it is; `Some(None)` takes it away.
#[derive(Debug, Clone, Default)]
pub struct SignInChanges {
    /// Where people may be sent back to.
    pub redirect_uris: Option<SpaceDelimited>,
    /// Where people may be sent after they signed out.
    pub post_logout_redirect_uris: Option<SpaceDelimited>,
    /// Whether people are asked.
    pub consent: Option<ConsentPolicy>,
    /// The part of its scope that people may leave out.
    pub optional_scope: Option<Scope>,
    /// Whether a request needs a code challenge.
    pub require_pkce: Option<Option<bool>>,
    /// What signs its ID tokens.
    pub id_token_algorithm: Option<Option<SignatureAlgorithm>>,
    /// What signs the answers of the userinfo endpoint.
    pub userinfo_algorithm: Option<Option<SignatureAlgorithm>>,
    /// What it knows people by.
    pub subject_type: Option<SubjectType>,
    /// The host that pairwise subjects are made for.
    pub sector: Option<Option<String>>,
    /// How old a sign-in may be.
    pub default_max_age: Option<Option<Duration>>,
    /// Which of its tokens outlive the browser session.
    pub outlives_session: Option<OutlivesSession>,
    /// Its own page.
    pub client_uri: Option<Option<String>>,
    /// What it does with what it learns of people.
    pub policy_uri: Option<Option<String>>,
    /// On which terms it may be used.
    pub tos_uri: Option<Option<String>>,
}

/// The settings with `changes`.
pub(super) fn apply(before: SignInSettings, changes: SignInChanges) -> Result<SignInSettings> {
    let default_max_age = match changes.default_max_age {
        Some(age) => age.map(seconds).transpose()?,
        None => before.default_max_age,
    };
    Ok(SignInSettings {
        redirect_uris: changes.redirect_uris.unwrap_or(before.redirect_uris),
        post_logout_redirect_uris: changes
            .post_logout_redirect_uris
            .unwrap_or(before.post_logout_redirect_uris),
        consent: changes.consent.unwrap_or(before.consent),
        optional_scope: changes.optional_scope.unwrap_or(before.optional_scope),
        require_pkce: changes.require_pkce.unwrap_or(before.require_pkce),
        id_token_algorithm: changes.id_token_algorithm.unwrap_or(before.id_token_algorithm),
        userinfo_algorithm: changes.userinfo_algorithm.unwrap_or(before.userinfo_algorithm),
        subject_type: changes.subject_type.unwrap_or(before.subject_type),
        sector: changes.sector.unwrap_or(before.sector),
        default_max_age,
        outlives_session: changes.outlives_session.unwrap_or(before.outlives_session),
        client_uri: changes.client_uri.unwrap_or(before.client_uri),
        policy_uri: changes.policy_uri.unwrap_or(before.policy_uri),
        tos_uri: changes.tos_uri.unwrap_or(before.tos_uri),
    })
}

/// What a client of this kind may use that people are sent back to, and nobody said what it may.
pub(super) fn grants_of_people(kind: ClientKind, settings: &SignInSettings) -> SpaceDelimited {
    if kind == ClientKind::Machine || settings.redirect_uris.is_empty() {
        return SpaceDelimited::default();
    }
    SpaceDelimited::parse("authorization_code refresh_token")
}

/// What each setting is judged by, with its name.
pub(super) fn judged(client: &Client) -> Vec<(&'static str, Result<()>)> {
    let settings = &client.sign_in;
    let link = |uri: &Option<String>| uri.as_deref().map_or(Ok(()), link);
    vec![
        ("redirect_uris", redirects(client, &settings.redirect_uris)),
        ("redirect_uris", has_somewhere_to_go(client)),
        ("post_logout_redirect_uris", redirects(client, &settings.post_logout_redirect_uris)),
        ("optional_scope", optional(client)),
        ("sector", sector(settings)),
        ("client_uri", link(&settings.client_uri)),
        ("policy_uri", link(&settings.policy_uri)),
        ("tos_uri", link(&settings.tos_uri)),
    ]
}

fn redirects(client: &Client, uris: &SpaceDelimited) -> Result<()> {
    if uris.len() > MOST_URIS {
        return Err(Error::Invalid(format!("a client has at most {MOST_URIS} of them")));
    }
    uris.iter().try_for_each(|uri| {
        check_redirect(uri, client.kind)
            .map_err(|fault| Error::Invalid(format!("{uri} cannot be registered: {fault}")))
    })
}

fn has_somewhere_to_go(client: &Client) -> Result<()> {
    let needs = client.grant_types.contains("authorization_code");
    if needs && client.sign_in.redirect_uris.is_empty() {
        let text = "authorization_code needs an address that people are sent back to";
        return Err(Error::Invalid(text.to_owned()));
    }
    Ok(())
}

fn optional(client: &Client) -> Result<()> {
    let mut left_out = client.sign_in.optional_scope.iter();
    match left_out.find(|token| !client.scope.contains(token)) {
        Some(token) => Err(Error::Invalid(format!("{token} is not in its scope"))),
        None => Ok(()),
    }
}

/// Clients that are told pairwise subjects have one sector (OpenID Connect Core §8.1).
fn sector(settings: &SignInSettings) -> Result<()> {
    if let Some(sector) = &settings.sector {
        return match host(&format!("https://{sector}")) {
            Some(host) if host == *sector => Ok(()),
            _ => Err(Error::Invalid(format!("{sector} is no host, such as app.example"))),
        };
    }
    let mut hosts: Vec<_> = settings.redirect_uris.iter().filter_map(host).collect();
    hosts.dedup();
    if settings.subject_type == SubjectType::Pairwise && hosts.len() != 1 {
        let text = "pairwise subjects need a sector, since its redirect URIs have not one host";
        return Err(Error::Invalid(text.to_owned()));
    }
    Ok(())
}

fn link(uri: &str) -> Result<()> {
    check_link(uri).map_err(|fault| Error::Invalid(format!("{uri} cannot be shown: {fault}")))
}

fn seconds(age: Duration) -> Result<i64> {
    let whole = age.subsec_nanos() == 0 && age.as_secs() <= LONGEST_MAX_AGE;
    match i64::try_from(age.as_secs()) {
        Ok(seconds) if whole => Ok(seconds),
        _ => Err(Error::Invalid("a sign-in is between 0s and 365d old, in whole seconds".into())),
    }
}

//! The parts of a client's page. Each is saved by itself.

use crate::{
    model::client::{Client, ClientAuthentication, ClientKind},
    pages::admin::form::Field,
};

use super::{
    more_settings::{
        ASSERTION_AUDIENCE, ID_TOKEN_ALGORITHM, JWKS, MAX_AGE, OUTLIVES, REFRESH_FORMAT,
        REFRESH_LIFETIME, REFRESH_ROTATE, REUSE, SECTOR, SUBJECT_TYPE, USERINFO_ALGORITHM,
    },
    settings::{
        ACCESS_ALGORITHM, ACCESS_FORMAT, ACCESS_LIFETIME, AUTHENTICATION, CLIENT_URI, CONSENT,
        CORS_ORIGINS, GRANT_TYPES, NAME, OPTIONAL_SCOPE, POLICY_URI, POST_LOGOUT, PROOF,
        REDIRECT_URIS, REQUIRE_PKCE, SCOPE, Setting, TOS_URI,
    },
};

/// A part of a client's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Identity,
    Addresses,
    Grants,
    Scopes,
    Tokens,
    People,
    /// The public keys: on the page of credentials.
    Keys,
}

impl Part {
    /// Those of the page of settings, in its order.
    pub(super) const OF_SETTINGS: [Self; 6] =
        [Self::Identity, Self::Addresses, Self::Grants, Self::Scopes, Self::Tokens, Self::People];

    /// The part of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::OF_SETTINGS.into_iter().chain([Self::Keys]).find(|part| part.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Addresses => "addresses",
            Self::Grants => "grants",
            Self::Scopes => "scopes",
            Self::Tokens => "tokens",
            Self::People => "people",
            Self::Keys => "keys",
        }
    }

    /// The keys of its heading and of what is said below it.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Identity => ("admin-clients-identity", "admin-clients-identity-text"),
            Self::Addresses => ("admin-clients-addresses", "admin-clients-addresses-text"),
            Self::Grants => ("admin-clients-how", "admin-clients-how-text"),
            Self::Scopes => ("admin-clients-scopes", "admin-clients-scopes-text"),
            Self::Tokens => ("admin-clients-tokens", "admin-clients-tokens-text"),
            Self::People => ("admin-clients-people", "admin-clients-people-text"),
            Self::Keys => ("admin-clients-keys", "admin-clients-keys-text"),
        }
    }

    /// What it has of this client: what cannot be another is left out.
    pub(super) fn settings(self, client: &Client) -> Vec<&'static Setting> {
        let has_secret = matches!(
            client.authentication,
            ClientAuthentication::SecretBasic | ClientAuthentication::SecretPost
        );
        let of_people = client.kind != ClientKind::Machine;
        let all: Vec<(&'static Setting, bool)> = match self {
            Self::Identity => {
                vec![(&NAME, true), (&CLIENT_URI, true), (&POLICY_URI, true), (&TOS_URI, true)]
            }
            Self::Addresses => {
                vec![(&REDIRECT_URIS, true), (&POST_LOGOUT, true), (&CORS_ORIGINS, true)]
            }
            Self::Grants => vec![
                (&GRANT_TYPES, true),
                (&AUTHENTICATION, has_secret),
                (&CONSENT, of_people),
                (&REQUIRE_PKCE, of_people && !client.is_public()),
            ],
            Self::Scopes => vec![(&SCOPE, true), (&OPTIONAL_SCOPE, of_people)],
            Self::Tokens => vec![
                (&ACCESS_LIFETIME, true),
                (&ACCESS_FORMAT, true),
                (&ACCESS_ALGORITHM, true),
                (&REUSE, true),
                (&REFRESH_LIFETIME, of_people),
                (&REFRESH_FORMAT, of_people),
                (&REFRESH_ROTATE, of_people && !client.is_public()),
            ],
            Self::People => vec![
                (&SUBJECT_TYPE, of_people),
                (&SECTOR, of_people),
                (&ID_TOKEN_ALGORITHM, of_people),
                (&USERINFO_ALGORITHM, of_people),
                (&MAX_AGE, of_people),
                (&OUTLIVES, of_people),
            ],
            Self::Keys => vec![(&JWKS, true), (&ASSERTION_AUDIENCE, true)],
        };
        all.into_iter().filter(|(_, is_there)| *is_there).map(|(setting, _)| setting).collect()
    }

    /// Its fields, as they stand.
    pub(super) fn fields(self, client: &Client) -> Vec<Field> {
        self.settings(client).into_iter().map(|setting| setting.field(client)).collect()
    }
}

/// What a form for another client asks for.
pub(super) const OF_NEW: [&Setting; 6] =
    [&NAME, &GRANT_TYPES, &PROOF, &SCOPE, &REDIRECT_URIS, &JWKS];

//! The settings of a client that are seldom another than the server's: refresh tokens, and what it
//! is told of people.

use crate::{
    model::{reuse::Reuse, signature_algorithm::SignatureAlgorithm, token_format::TokenFormat},
    pages::admin::form::Kind,
};

use super::settings::{ALGORITHMS, FORMATS, Setting, length, maybe, maybe_length, own, put, word};

pub(super) const REUSE: Setting = Setting {
    name: "reuse",
    label: "admin-clients-reuse",
    hint: None,
    kind: Kind::Choice(&[
        ("", "admin-clients-as-server"),
        ("new", "admin-clients-reuse-new"),
        ("reuse_active", "admin-clients-reuse-active"),
        ("renew", "admin-clients-reuse-renew"),
    ]),
    read: |client| client.reuse.map_or("", Reuse::as_str).to_owned(),
    put: |changes, text| own(&mut changes.reuse, text),
};

pub(super) const REFRESH_FORMAT: Setting = Setting {
    name: "refresh_format",
    label: "admin-clients-refresh-format",
    hint: None,
    kind: Kind::Choice(FORMATS),
    read: |client| client.refresh_format.map_or("", TokenFormat::as_str).to_owned(),
    put: |changes, text| own(&mut changes.refresh_format, text),
};

pub(super) const REFRESH_ROTATE: Setting = Setting {
    name: "refresh_rotate",
    label: "admin-clients-rotate",
    hint: Some("admin-clients-rotate-hint"),
    kind: Kind::Choice(&[
        ("", "admin-clients-as-server"),
        ("true", "admin-clients-rotate-yes"),
        ("false", "admin-clients-rotate-no"),
    ]),
    read: |client| client.refresh_rotate.map_or_else(String::new, |rotate| rotate.to_string()),
    put: |changes, text| own(&mut changes.refresh_rotate, text),
};

pub(super) const REFRESH_LIFETIME: Setting = Setting {
    name: "refresh_lifetime",
    label: "admin-clients-refresh-lifetime",
    hint: Some("admin-clients-lifetime-hint"),
    kind: Kind::Code,
    read: |client| length(client.refresh_lifetime),
    put: |changes, text| put(&mut changes.refresh_lifetime, maybe_length(text)?),
};

pub(super) const ID_TOKEN_ALGORITHM: Setting = Setting {
    name: "id_token_algorithm",
    label: "admin-clients-id-tokens",
    hint: None,
    kind: Kind::Choice(ALGORITHMS),
    read: |client| {
        client.sign_in.id_token_algorithm.map_or("", SignatureAlgorithm::as_str).to_owned()
    },
    put: |changes, text| own(&mut changes.sign_in.id_token_algorithm, text),
};

pub(super) const USERINFO_ALGORITHM: Setting = Setting {
    name: "userinfo_algorithm",
    label: "admin-clients-userinfo",
    hint: None,
    kind: Kind::Choice(&[
        ("", "admin-clients-userinfo-plain"),
        ("ES256", ""),
        ("RS256", ""),
        ("EdDSA", ""),
        ("PS256", ""),
    ]),
    read: |client| {
        client.sign_in.userinfo_algorithm.map_or("", SignatureAlgorithm::as_str).to_owned()
    },
    put: |changes, text| own(&mut changes.sign_in.userinfo_algorithm, text),
};

pub(super) const SUBJECT_TYPE: Setting = Setting {
    name: "subject_type",
    label: "admin-clients-subjects",
    hint: None,
    kind: Kind::Choice(&[
        ("public", "admin-clients-subjects-public"),
        ("pairwise", "admin-clients-subjects-pairwise"),
    ]),
    read: |client| client.sign_in.subject_type.as_str().to_owned(),
    put: |changes, text| word(&mut changes.sign_in.subject_type, text),
};

pub(super) const SECTOR: Setting = Setting {
    name: "sector",
    label: "admin-clients-sector",
    hint: Some("admin-clients-sector-hint"),
    kind: Kind::Code,
    read: |client| client.sign_in.sector.clone().unwrap_or_default(),
    put: |changes, text| put(&mut changes.sign_in.sector, maybe(text)),
};

pub(super) const MAX_AGE: Setting = Setting {
    name: "default_max_age",
    label: "admin-clients-max-age",
    hint: Some("admin-clients-max-age-hint"),
    kind: Kind::Code,
    read: |client| length(client.sign_in.default_max_age),
    put: |changes, text| put(&mut changes.sign_in.default_max_age, maybe_length(text)?),
};

pub(super) const OUTLIVES: Setting = Setting {
    name: "outlives_session",
    label: "admin-clients-outlives",
    hint: None,
    kind: Kind::Choice(&[
        ("offline", "admin-clients-outlives-offline"),
        ("never", "admin-clients-outlives-never"),
        ("always", "admin-clients-outlives-always"),
    ]),
    read: |client| client.sign_in.outlives_session.as_str().to_owned(),
    put: |changes, text| word(&mut changes.sign_in.outlives_session, text),
};

pub(super) const JWKS: Setting = Setting {
    name: "jwks",
    label: "admin-clients-jwks",
    hint: Some("admin-clients-jwks-hint"),
    kind: Kind::Lines(8),
    read: |client| client.jwks.clone().unwrap_or_default(),
    put: |changes, text| {
        changes.jwks = maybe(text);
        Ok(())
    },
};

pub(super) const ASSERTION_AUDIENCE: Setting = Setting {
    name: "assertion_audience",
    label: "admin-clients-assertion",
    hint: None,
    kind: Kind::Choice(&[
        ("issuer", "admin-clients-assertion-issuer"),
        ("token_endpoint", "admin-clients-assertion-endpoint"),
    ]),
    read: |client| client.assertion_audience.as_str().to_owned(),
    put: |changes, text| word(&mut changes.assertion_audience, text),
};

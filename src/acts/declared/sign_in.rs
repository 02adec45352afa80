//! What `[[clients]]` says of people.

use serde_json::{Value, json};
use toml::de::DeValue;

use crate::{
    acts::client_settings::SignInChanges,
    config::{Wrong, duration},
    model::{
        scope::Scope,
        sign_in_settings::{ConsentPolicy, OutlivesSession, SignInSettings, SubjectType},
        signature_algorithm::SignatureAlgorithm,
    },
};

use super::{
    clients::{items, own},
    difference::{Fields, unless_empty},
    page::{Section, text},
};

/// The word that stands for nothing.
const NONE: &str = "none";

/// Reads what a section says.
pub(super) fn read(section: &mut Section<'_, '_, '_>) -> SignInChanges {
    let mut stated = |key| section.text(key).map(|text| Some(text).filter(|text| text != NONE));
    let (client_uri, policy_uri) = (stated("client_uri"), stated("policy_uri"));
    let (tos_uri, sector) = (stated("tos_uri"), stated("sector"));
    SignInChanges {
        redirect_uris: items(section, "redirect_uris"),
        post_logout_redirect_uris: items(section, "post_logout_redirect_uris"),
        consent: section.word("consent"),
        optional_scope: section.read("optional_scope", |value| {
            let remedy = "write the tokens with spaces between them: \"email phone\"";
            Scope::parse(&text(value)?).map_err(|fault| Wrong::new(fault.to_string(), remedy))
        }),
        require_pkce: section.boolean("require_pkce").map(Some),
        id_token_algorithm: section.read("id_token_algorithm", own),
        userinfo_algorithm: section.read("userinfo_algorithm", algorithm_or_none),
        subject_type: section.word("subject_type"),
        sector,
        default_max_age: section.read("default_max_age", age),
        outlives_session: section.word("outlives_session"),
        client_uri,
        policy_uri,
        tos_uri,
    }
}

/// The settings by name, to be compared.
pub(super) fn fields(settings: &SignInSettings) -> Fields {
    let word = |algorithm: Option<SignatureAlgorithm>| algorithm.map(|a| a.as_str().to_owned());
    vec![
        ("redirect_uris", unless_empty(settings.redirect_uris.to_string())),
        ("post_logout_redirect_uris", unless_empty(settings.post_logout_redirect_uris.to_string())),
        ("consent", Some(settings.consent.to_string())),
        ("optional_scope", unless_empty(settings.optional_scope.to_string())),
        ("require_pkce", settings.require_pkce.map(|required| required.to_string())),
        ("id_token_algorithm", word(settings.id_token_algorithm)),
        ("userinfo_algorithm", word(settings.userinfo_algorithm)),
        ("subject_type", Some(settings.subject_type.to_string())),
        ("sector", settings.sector.clone()),
        ("default_max_age", settings.default_max_age.map(|seconds| format!("{seconds}s"))),
        ("outlives_session", Some(settings.outlives_session.to_string())),
        ("client_uri", settings.client_uri.clone()),
        ("policy_uri", settings.policy_uri.clone()),
        ("tos_uri", settings.tos_uri.clone()),
    ]
}

/// The settings that are not what they are when nothing is said, to be written into a file.
pub(super) fn pairs(settings: &SignInSettings) -> Vec<(&'static str, Value)> {
    let mut pairs = Vec::new();
    for (key, uris) in [
        ("redirect_uris", &settings.redirect_uris),
        ("post_logout_redirect_uris", &settings.post_logout_redirect_uris),
    ] {
        if !uris.is_empty() {
            pairs.push((key, json!(uris.iter().collect::<Vec<_>>())));
        }
    }
    if settings.consent != ConsentPolicy::Once {
        pairs.push(("consent", json!(settings.consent.as_str())));
    }
    if !settings.optional_scope.is_empty() {
        pairs.push(("optional_scope", json!(settings.optional_scope.to_string())));
    }
    pairs.extend(settings.require_pkce.map(|required| ("require_pkce", json!(required))));
    for (key, algorithm) in [
        ("id_token_algorithm", settings.id_token_algorithm),
        ("userinfo_algorithm", settings.userinfo_algorithm),
    ] {
        pairs.extend(algorithm.map(|algorithm| (key, json!(algorithm.as_str()))));
    }
    if settings.subject_type != SubjectType::Public {
        pairs.push(("subject_type", json!(settings.subject_type.as_str())));
    }
    let age = settings.default_max_age.map(|seconds| format!("{seconds}s"));
    pairs.extend(age.map(|age| ("default_max_age", json!(age))));
    if settings.outlives_session != OutlivesSession::Offline {
        pairs.push(("outlives_session", json!(settings.outlives_session.as_str())));
    }
    for (key, text) in [
        ("sector", &settings.sector),
        ("client_uri", &settings.client_uri),
        ("policy_uri", &settings.policy_uri),
        ("tos_uri", &settings.tos_uri),
    ] {
        pairs.extend(text.as_ref().map(|text| (key, json!(text))));
    }
    pairs
}

fn algorithm_or_none(value: &DeValue<'_>) -> Result<Option<SignatureAlgorithm>, Wrong> {
    let word = text(value)?;
    if word == NONE {
        return Ok(None);
    }
    word.parse().map(Some).map_err(|unknown: crate::model::UnknownWord| {
        let remedy = format!("one of: {}, or {NONE} for plain JSON", unknown.known);
        Wrong::new(format!("{:?} is not a {}", unknown.word, unknown.list), remedy)
    })
}

fn age(value: &DeValue<'_>) -> Result<Option<std::time::Duration>, Wrong> {
    let text = text(value)?;
    if text == NONE {
        return Ok(None);
    }
    duration::parse(&text).map(Some).map_err(|problem| Wrong::new(problem, duration::ADVICE))
}

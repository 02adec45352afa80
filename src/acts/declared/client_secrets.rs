//! `[[clients.secrets]]`: where the secrets of a client come from.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use toml::de::DeValue;

use crate::{
    acts::checks,
    config::Wrong,
    hashing::is_hash,
    model::{
        client_secret::SecretKind,
        secret::{Secret, same},
        timestamp::Timestamp,
    },
};

use super::{
    clients::wrong,
    declaration::{DeclaredEnd, DeclaredSecret, SecretSource, Verifier},
    file::External,
    page::{Section, mistyped, text},
};

/// What stands before the hash of a generated secret.
const SHA_256: &str = "sha256:";

/// The word for a secret that never ends.
const NEVER: &str = "never";

/// The keys of which a secret has one.
const SOURCES: [&str; 5] = ["value", "env", "file", "generate", "hint"];

/// Reads a secret.
pub(super) fn read(mut section: Section<'_, '_, '_>) -> Option<DeclaredSecret> {
    let given = SOURCES.iter().filter(|key| section.value(key).is_some()).count();
    if given != 1 {
        let remedy = "write exactly one of value, env, file, generate = true and hint";
        let problem =
            if given == 0 { "comes from nowhere" } else { "comes from several places at once" };
        let (name, place) = (section.name.clone(), section.place.clone());
        section.page.findings.report(&place, &name, Wrong::new(problem, remedy));
    }
    let known = known(&mut section);
    let generate = section.read("generate", only_true);
    let hint = section.read("hint", hint);
    let verifier = section.read("verifier", verifier);
    if verifier.is_some() && section.value("hint").is_none() {
        section.refuse("verifier", Wrong::new("stands without hint", "write both, as an export"));
    }
    let end = section.read("expires_at", end).unwrap_or(DeclaredEnd::Kept);
    let source = match (known, generate, hint) {
        (Some(secret), _, _) => Some(SecretSource::Known(secret)),
        (None, Some(()), _) => Some(SecretSource::Generate),
        (None, None, Some(hint)) => Some(SecretSource::Hint { hint, verifier }),
        (None, None, None) => None,
    };
    let (name, place) = (section.name.clone(), section.place.clone());
    let is_sound = section.finish();
    let source = source.filter(|_| is_sound)?;
    Some(DeclaredSecret { place, name, source, end })
}

/// A secret that stands in the file, in the environment or in a file of its own.
fn known(section: &mut Section<'_, '_, '_>) -> Option<Secret> {
    let (key, secret) = stated(section)?;
    if let Err(error) = checks::chosen_secret(secret.expose()) {
        section.refuse(key, wrong(&error));
    }
    Some(secret)
}

/// The secret that `value`, `env` or `file` state, and which of them.
pub(super) fn stated(section: &mut Section<'_, '_, '_>) -> Option<(&'static str, Secret)> {
    let value = section.text("value").map(Secret::new);
    let outside = [
        ("env", External::Variable as fn(String) -> External),
        ("file", External::SecretFile as fn(String) -> External),
    ];
    section.page.states_secret |= value.is_some();
    let mut found = value.map(|secret| ("value", secret));
    for (key, external) in outside {
        let Some((place, _)) = section.value(key) else { continue };
        let Some(name) = section.text(key) else { continue };
        let secret = section.fetch((&place, key), &external(name));
        found = found.or(secret.map(|secret| (key, secret)));
    }
    found
}

fn only_true(value: &DeValue<'_>) -> Result<(), Wrong> {
    match value.as_bool() {
        Some(true) => Ok(()),
        Some(false) => Err(Wrong::new("is false, which says nothing", "remove the secret")),
        None => Err(mistyped("a boolean", value)),
    }
}

fn hint(value: &DeValue<'_>) -> Result<String, Wrong> {
    let hint = text(value)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if hint.len() == 6 && hint.bytes().all(allowed) {
        return Ok(hint);
    }
    let remedy = "write the six characters that tessera client show names it by";
    Err(Wrong::new("is no hint", remedy))
}

/// The refusal never repeats the text: it may be the secret itself by mistake.
fn verifier(value: &DeValue<'_>) -> Result<Verifier, Wrong> {
    let text = text(value)?;
    if let Some(encoded) = text.strip_prefix(SHA_256) {
        let bytes = URL_SAFE_NO_PAD.decode(encoded).ok().filter(|bytes| bytes.len() == 32);
        if let Some(bytes) = bytes {
            return Ok(Verifier { kind: SecretKind::Generated, bytes });
        }
    }
    if is_hash(&text) {
        return Ok(Verifier { kind: SecretKind::Chosen, bytes: text.into_bytes() });
    }
    let remedy = "write it as tessera export --with-hashes does";
    Err(Wrong::new("is neither sha256: and base64url nor an argon2id hash in PHC form", remedy))
}

/// A verifier as a file states it.
pub(super) fn verifier_text(kind: SecretKind, bytes: &[u8]) -> String {
    match kind {
        SecretKind::Generated => format!("{SHA_256}{}", URL_SAFE_NO_PAD.encode(bytes)),
        SecretKind::Chosen => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The refusal does not repeat the text: beside secrets stands a secret by mistake.
fn end(value: &DeValue<'_>) -> Result<DeclaredEnd, Wrong> {
    let text = match value {
        DeValue::Datetime(time) => time.to_string(),
        other => text(other)?,
    };
    if text == NEVER {
        return Ok(DeclaredEnd::Never);
    }
    let end = Timestamp::parse_rfc3339(&text).map(Timestamp::floor_to_second);
    let remedy = "write a time with its offset, such as 2027-03-12T14:30:00Z, or \"never\"";
    end.map(DeclaredEnd::At).ok_or_else(|| Wrong::new("is no moment", remedy))
}

/// Reports secrets of one client that stand twice, and keeps the first of them.
pub(super) fn refuse_duplicates(
    secrets: Vec<DeclaredSecret>,
    section: &mut Section<'_, '_, '_>,
) -> Vec<DeclaredSecret> {
    let mut kept: Vec<DeclaredSecret> = Vec::new();
    for secret in secrets {
        match kept.iter().find(|known| is_same(&known.source, &secret.source)) {
            None => kept.push(secret),
            Some(first) => {
                let problem = format!("is the same secret as the one at {}", first.place);
                let wrong = Wrong::new(problem, "keep one of them");
                section.page.findings.report(&secret.place, &secret.name, wrong);
            }
        }
    }
    kept
}

fn is_same(one: &SecretSource, other: &SecretSource) -> bool {
    use SecretSource::{Generate, Hint, Known};
    match (one, other) {
        (Known(one), Known(other)) => same(one.expose().as_bytes(), other.expose().as_bytes()),
        (Generate, Generate) => true,
        (Hint { hint: one, .. }, Hint { hint: other, .. }) => one == other,
        _ => false,
    }
}

//! `[[clients]]`.

use std::{str::FromStr, time::Duration};

use toml::de::DeValue;

use crate::{
    acts::{
        self, checks,
        client_settings::{ClientChanges, apply, blank, faults, needs_secret},
    },
    config::{Wrong, duration},
    model::{
        UnknownWord, client::ClientKind, client_id::ClientId, scope::Scope,
        space_delimited::SpaceDelimited,
    },
};

use super::{
    client_secrets,
    declaration::DeclaredClient,
    file::External,
    page::{Section, mistyped, text},
    sign_in,
};

/// The word that stands for whatever the server's settings say.
const SERVER: &str = "server";

/// Reads a client. `None` if it has no name that others could refer to.
pub(super) fn read(mut section: Section<'_, '_, '_>) -> Option<DeclaredClient> {
    let client_id = client_id(&mut section);
    if let Some(client_id) = &client_id {
        section.name = format!("clients.{client_id}");
    }
    let kind = section.word("kind");
    let changes = settings(&mut section);
    let disabled = section.boolean("disabled");
    let secrets = section.each("secrets", client_secrets::read);
    let named = client_id.clone().unwrap_or_else(nobody);
    let plain = blank(named, kind.unwrap_or(ClientKind::Machine), section.page.now);
    let client = match apply(plain.clone(), changes) {
        Ok(client) => client,
        Err(error) => {
            section.refuse("access_lifetime", wrong(&error));
            plain
        }
    };
    if section.is_sound() {
        for (key, problem) in faults(&client) {
            section.refuse(key, Wrong::new(problem, "correct it, or the settings beside it"));
        }
        if secrets.as_ref().is_some_and(|secrets| !secrets.is_empty()) && !needs_secret(&client) {
            let problem = format!("a client with {} has no secret", client.authentication);
            section.refuse("secrets", Wrong::new(problem, "remove them"));
        }
    }
    let secrets = secrets.map(|secrets| client_secrets::refuse_duplicates(secrets, &mut section));
    let place = section.place.clone();
    let is_sound = section.finish();
    client_id?;
    Some(DeclaredClient { place, is_sound, client, disabled, secrets })
}

fn client_id(section: &mut Section<'_, '_, '_>) -> Option<ClientId> {
    let remedy = "write client_id = \"its-name\"";
    if section.value("client_id").is_none() {
        section.refuse("client_id", Wrong::new("is missing", remedy));
    }
    section.read("client_id", |value| {
        let parsed = ClientId::parse(&text(value)?);
        let client_id = parsed.map_err(|fault| Wrong::new(fault.to_string(), remedy))?;
        checks::client_id(&client_id).map_err(|error| wrong(&error))?;
        Ok(client_id)
    })
}

/// A name for what has none, so that its other keys are judged too.
fn nobody() -> ClientId {
    ClientId::parse("nobody").expect("this is a name")
}

fn settings(section: &mut Section<'_, '_, '_>) -> ClientChanges {
    ClientChanges {
        name: section.text("name"),
        authentication: section.word("authentication"),
        jwks: jwks(section),
        assertion_audience: section.word("assertion_audience"),
        grant_types: items(section, "grant_types"),
        scope: scope(section),
        cors_origins: items(section, "cors_origins"),
        access_format: section.read("access_format", own),
        access_algorithm: section.read("access_algorithm", own),
        access_lifetime: section
            .read("access_lifetime", |value| lifetime(value, checks::access_lifetime)),
        reuse: section.read("reuse", own),
        refresh_format: section.read("refresh_format", own),
        refresh_rotate: section.read("refresh_rotate", rotation),
        refresh_lifetime: section
            .read("refresh_lifetime", |value| lifetime(value, checks::refresh_lifetime)),
        sign_in: sign_in::read(section),
    }
}

/// The scope of whatever the section is about.
pub(super) fn scope(section: &mut Section<'_, '_, '_>) -> Option<Scope> {
    section.read("scope", |value| {
        let remedy = "write the tokens with spaces between them: \"read write\"";
        Scope::parse(&text(value)?).map_err(|fault| Wrong::new(fault.to_string(), remedy))
    })
}

pub(super) fn items(
    section: &mut Section<'_, '_, '_>,
    key: &'static str,
) -> Option<SpaceDelimited> {
    section.list(key).map(SpaceDelimited::from_iter)
}

/// The public keys: the text of a JWK set, here or in a file.
fn jwks(section: &mut Section<'_, '_, '_>) -> Option<String> {
    let here = section.text("jwks");
    let file = section.value("jwks_file");
    let path = section.text("jwks_file");
    if here.is_some() && file.is_some() {
        let wrong = Wrong::new("stands beside jwks_file", "keep one of them");
        section.refuse("jwks", wrong);
    }
    let read = match (path, file) {
        (Some(path), Some((place, _))) => {
            let external = External::PublicFile(path);
            section.fetch((&place, "jwks_file"), &external).map(|text| text.expose().to_owned())
        }
        _ => here,
    };
    read.map(|text| text.trim().to_owned())
}

pub(super) fn own<T: FromStr<Err = UnknownWord>>(value: &DeValue<'_>) -> Result<Option<T>, Wrong> {
    let word = text(value)?;
    if word == SERVER {
        return Ok(None);
    }
    word.parse().map(Some).map_err(|unknown: UnknownWord| {
        let UnknownWord { word, list, known } = unknown;
        let remedy = format!("one of: {known}, or {SERVER} for the server's own");
        Wrong::new(format!("{word:?} is not a {list}"), remedy)
    })
}

fn rotation(value: &DeValue<'_>) -> Result<Option<bool>, Wrong> {
    match value {
        DeValue::Boolean(rotates) => Ok(Some(*rotates)),
        DeValue::String(word) if word == SERVER => Ok(None),
        other => {
            let remedy = format!("true or false, or \"{SERVER}\" for the server's own");
            Err(Wrong::new(mistyped("true or false", other).problem, remedy))
        }
    }
}

fn lifetime(
    value: &DeValue<'_>,
    check: fn(Duration) -> acts::Result<i64>,
) -> Result<Option<Duration>, Wrong> {
    let text = text(value)?;
    if text == SERVER {
        return Ok(None);
    }
    // Not repeating the text: it may be anything, a secret too.
    let length = duration::parse(&text).map_err(|problem| Wrong::new(problem, duration::ADVICE))?;
    check(length).map(|_| Some(length)).map_err(|error| wrong(&error))
}

/// What a deed would refuse, where it stands in a file.
pub(super) fn wrong(error: &crate::acts::Error) -> Wrong {
    Wrong::new(error.to_string(), "correct it")
}
